"""The same facts come out of every format in which services and platforms print them."""

import gzip
import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from sessile.doctor.evidence.logs import collect
from sessile.doctor.facts.logs import Kind, Log

REFUSED = "there is no unique or exclusion constraint matching the ON CONFLICT specification"
INSPECTED = f"""\
Session save error: error: {REFUSED}
    at /app/node_modules/pg-pool/index.js:45:11
    at async PGStore.query {{
  length: 148,
  severity: 'ERROR',
  code: '42P10',
  routine: 'infer_arbiter_indexes'
}}
"""
TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)


def logs(text: str | bytes) -> tuple[Log, ...]:
    return collect("app.log", text=io.BytesIO(text.encode() if isinstance(text, str) else text))


def prefixed(prefix: str, text: str = INSPECTED) -> str:
    return "".join(f"{prefix}{line}\n" for line in text.splitlines())


def records(*values: object) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


@pytest.mark.parametrize(
    ("prefix", "instance", "time"),
    [
        ("", "", None),
        ("2026-11-23T10:00:00Z ", "", TEN),
        ("2026-11-23T10:00:00.000000000Z ", "", TEN),
        ("2026-11-23 15:30:00,000+05:30 ", "", TEN),
        ("2026-11-23 10:00:00.000 UTC [123] ", "", TEN),
        ("[2026-11-23 10:00:00 +0000] [7] ", "", TEN),
        ("2026-11-23T10:00:00Z [web-1] ", "web-1", TEN),
        ("[srv-abc123-xyz45] ", "srv-abc123-xyz45", None),
        ("web-1  | ", "web-1", None),
        ("web-1  | 2026-11-23T10:00:00.0Z ", "web-1", TEN),
        ("backend  | ", "backend", None),
        ("0|app  | ", "app-0", None),
        ("0|app  | 2026-11-23T10:00:00: ", "app-0", TEN),
        ("2026-11-23T10:00:00.000000+00:00 app[web.1]: ", "web.1", TEN),
        ("[pod/web-7d9f/app] ", "pod/web-7d9f/app", None),
        ("Nov 23 10:00:00 host1 node[123]: ", "host1 node", None),
        ("<13>Nov 23 10:00:00 host1 node[123]: ", "host1 node", None),
        ("<34>1 2026-11-23T10:00:00.000Z host1 node 123 ID47 - ", "host1 node", TEN),
        ("2026-11-23T10:00:00+0000 host1 node[123]: ", "host1 node", TEN),
        ("\x1b[2m2026-11-23T10:00:00Z\x1b[0m \x1b[31m", "", TEN),
    ],
)
def test_a_prefix_is_taken_off_and_the_error_stays_whole(prefix: str, instance: str, time: datetime | None) -> None:
    (log,) = logs(prefixed(prefix))
    (event,) = log.events
    assert (event.kind, event.code, event.count, event.first.line) == (Kind.SAVE_ERROR, "42P10", 1, 1)
    assert event.text == f"Session save error: error: {REFUSED}"
    assert (log.instance, event.first.time, log.lines) == (instance, time, 8)


@pytest.mark.parametrize(
    "encoded",
    [
        INSPECTED.encode(),
        b"\xef\xbb\xbf" + INSPECTED.encode(),
        INSPECTED.encode("utf-16"),
        b"\xfe\xff" + INSPECTED.encode("utf-16-be"),
        INSPECTED.replace("\n", "\r\n").encode(),
        INSPECTED.replace("\n", "\r").encode(),
        gzip.compress(INSPECTED.encode(), mtime=0),
        gzip.compress(INSPECTED[:100].encode(), mtime=0) + gzip.compress(INSPECTED[100:].encode(), mtime=0),
        b"\0" * 4096 + INSPECTED.encode(),
        INSPECTED.rstrip("\n").encode(),
    ],
    ids=["utf-8", "utf-8 bom", "utf-16 le", "utf-16 be", "crlf", "cr", "gzip", "gzip members", "truncated in place", "no end"],
)
def test_an_encoding_is_told_by_its_bytes(encoded: bytes) -> None:
    (log,) = logs(encoded)
    (event,) = log.events
    assert (event.kind, event.code, log.lines, log.cut_off) == (Kind.SAVE_ERROR, "42P10", 8, False)


def test_latin_1_where_a_line_is_no_utf_8() -> None:
    (log,) = logs('relation "séances" does not exist\n'.encode("latin-1"))
    assert log.events[0].values == ("séances",)


@pytest.mark.parametrize(
    "record",
    [
        {
            "level": 50,
            "time": 1795341600000,
            "msg": "Session save error:",
            "err": {"type": "DatabaseError", "message": REFUSED, "stack": f"error: {REFUSED}\n    at x", "code": "42P10"},
        },
        {
            "name": "app",
            "hostname": "",
            "v": 0,
            "level": 50,
            "time": "2026-11-22T10:00:00.000Z",
            "msg": "Session save error",
            "err": {"message": REFUSED, "name": "error", "stack": "...", "code": "42P10"},
        },
        {
            "level": "error",
            "message": f"Session save error: {REFUSED}",
            "timestamp": "2026-11-22T10:00:00.000Z",
            "code": "42P10",
            "stack": f"error: {REFUSED}\n    at x",
        },
        {
            "event": "Session save error",
            "level": "error",
            "timestamp": "2026-11-22T10:00:00Z",
            "exception": f'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    raise x\n'
            f"psycopg.errors.InvalidColumnReference: {REFUSED}",
        },
        {
            "asctime": "2026-11-22 10:00:00,000",
            "levelname": "ERROR",
            "message": "Session save error",
            "exc_info": f'Traceback (most recent call last):\n  File "a.py"\npsycopg.errors.InvalidColumnReference: {REFUSED}',
        },
        {"log": f"Session save error: error: {REFUSED}\n", "stream": "stderr", "time": "2026-11-22T10:00:00.000000000Z"},
        {
            "log": json.dumps({"level": 50, "msg": "Session save error", "err": {"message": REFUSED, "code": "42P10"}}) + "\n",
            "time": "2026-11-22T10:00:00Z",
        },
        {
            "time": 1795341600.0,
            "msg": "Session save error",
            "err": {"message": "Failed query", "cause": {"message": REFUSED, "code": "42P10"}},
        },
        {"textPayload": f"Session save error: {REFUSED} (SQLSTATE 42P10)", "timestamp": "2026-11-22T10:00:00Z"},
    ],
    ids=["pino", "bunyan", "winston", "structlog", "python", "docker", "pino in docker", "cause", "cloud"],
)
def test_a_json_record(record: dict[str, object]) -> None:
    (log,) = logs(records(record))
    (event,) = log.events
    assert (event.kind, event.code) == (Kind.SAVE_ERROR, "42P10")
    assert event.first.time == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_records_of_render_each_over_several_lines_and_one_error_over_several_records() -> None:
    lines = [
        {
            "id": str(number),
            "labels": [{"name": "instance", "value": "srv-abc-x1"}, {"name": "level", "value": "error"}],
            "message": line,
            "timestamp": "2026-11-23T10:00:00.000000000Z",
        }
        for number, line in enumerate(INSPECTED.splitlines())
    ]
    (log,) = logs("".join(json.dumps(line, indent=2) for line in lines))
    (event,) = log.events
    assert (event.kind, event.code, event.first.time, log.instance) == (Kind.SAVE_ERROR, "42P10", TEN, "srv-abc-x1")


def test_an_array_of_records() -> None:
    (log,) = logs(json.dumps([{"message": "Session saved for user: 1"}, {"message": "Session saved for user: 2"}], indent=2))
    assert log.count(Kind.SAVED) == 2


def test_what_looks_like_a_record_and_is_none_is_read_as_text() -> None:
    (log,) = logs("{\n  note: 'an object'\n}\nSession saved for user: 1\n")
    assert (log.count(Kind.SAVED), log.lines) == (1, 4)


def test_half_a_record_is_read_as_text() -> None:
    (log,) = logs(f'{{"level":50,"msg":"Session save error: {REFUSED}","err":{{"code":"42P10"')
    (event,) = log.events
    assert (event.kind, event.code) == (Kind.SAVE_ERROR, "42P10")


ACCESS = (
    "{method} {path} {status} 3.123 ms - 30",
    "\x1b[0m{method} {path} \x1b[33m{status}\x1b[0m 3.123 ms - 30\x1b[0m",
    "10:00:00 AM [express] {method} {path} {status} in 3ms",
    '::1 - - [23/Nov/2026:10:00:00 +0000] "{method} {path} HTTP/1.1" {status} 30 "-" "curl/8"',
    '10.1.2.3 - ada [23/Nov/2026:15:30:00 +0530] "{method} {path}?next=%2F HTTP/2.0" {status} 30',
    'INFO:     127.0.0.1:5000 - "{method} {path} HTTP/1.1" {status} Whatever',
    '127.0.0.1 - - [23/Nov/2026 10:00:00] "{method} {path} HTTP/1.1" {status} -',
    '[23/Nov/2026 10:00:00] "{method} {path} HTTP/1.1" {status} 30',
    '2026-11-23T10:00:00.0+00:00 heroku[router]: at=info method={method} path="{path}" host=x dyno=web.1 status={status} bytes=3',
    '{{"level":30,"time":1795428000000,"req":{{"method":"{method}","url":"{path}"}},"res":{{"statusCode":{status}}},"msg":"done"}}',
    '{{"message":"HTTP {method}","meta":{{"req":{{"method":"{method}","url":"{path}"}},"res":{{"statusCode":{status}}}}}}}',
    '{{"event":"request","method":"{method}","path":"{path}","status_code":{status}}}',
)


@pytest.mark.parametrize("form", ACCESS)
@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("POST", "/api/auth/login", 200, Kind.LOGIN),
        ("POST", "/login", 302, Kind.LOGIN),
        ("POST", "/signin", 303, Kind.LOGIN),
        ("POST", "/api/sessions", 201, Kind.LOGIN),
        ("POST", "/api/auth/login", 401, Kind.LOGIN_REFUSED),
        ("POST", "/api/auth/logout", 200, None),
        ("GET", "/login", 200, None),
        ("GET", "/api/me", 401, Kind.UNAUTHORIZED),
        ("POST", "/api/onboarding", 401, Kind.UNAUTHORIZED),
        ("GET", "/somewhere/else", 401, Kind.UNAUTHORIZED),
        ("GET", "/api/me", 200, Kind.AUTHORIZED),
        ("GET", "/api/user", 304, Kind.AUTHORIZED),
        ("GET", "/whoami", 200, Kind.AUTHORIZED),
        ("GET", "/api/auth/session", 200, None),
        ("GET", "/api/me", 403, None),
        ("GET", "/api/me", 503, Kind.SERVER_ERROR),
        ("GET", "/error", 200, None),
    ],
)
def test_an_answered_request(form: str, method: str, path: str, status: int, kind: Kind | None) -> None:
    (log,) = logs(form.format(method=method, path=path, status=status) + "\n")
    assert [(event.kind, event.values) for event in log.events] == ([(kind, (path,))] if kind else [])


def test_the_time_of_the_common_log_format_counts_with_its_zone() -> None:
    (log,) = logs(ACCESS[4].format(method="GET", path="/api/me", status=401))
    assert log.events[0].first.time == TEN


def interleaved(*columns: Iterable[str]) -> str:
    return "".join(f"{line}\n" for lines in zip(*columns, strict=True) for line in lines)


def test_interleaved_instances_are_told_apart_and_their_errors_stay_whole() -> None:
    one = prefixed("web-1  | ").splitlines()
    two = prefixed("web-2  | ").splitlines()
    found = logs(interleaved(one, two))
    assert [(log.instance, log.lines, [(e.code, e.count) for e in log.events]) for log in found] == [
        ("web-1", 8, [("42P10", 1)]),
        ("web-2", 8, [("42P10", 1)]),
    ]


def test_lines_without_a_prefix_belong_to_the_instance_before_them() -> None:
    first, *rest = INSPECTED.splitlines()
    found = logs("\n".join([f"[web-1] {first}", *rest, "[web-2] Server running on port 3000"]))
    assert [(log.instance, [event.kind for event in log.events]) for log in found] == [
        ("web-1", [Kind.SAVE_ERROR]),
        ("web-2", [Kind.BOOT]),
    ]


def test_what_comes_before_the_only_instance_names_itself_is_its_own() -> None:
    (log,) = logs("> app@1.0.0 start\n> node server.js\n\n[web-1] Server running on port 3000\n")
    assert (log.instance, log.boots, log.count(Kind.BOOT), log.lines) == ("web-1", 1, 1, 4)


@pytest.mark.parametrize("word", ["[info]", "[ERROR]", "[express]", "[req-17]", "[a1b2c3d4]", "[12345]", "[request-9]"])
def test_a_word_in_brackets_is_not_an_instance(word: str) -> None:
    (log,) = logs(f"2026-11-23T10:00:00Z {word} Session saved for user: 1\n")
    assert (log.instance, log.count(Kind.SAVED)) == ("", 1)


def test_a_new_process_under_the_same_host_is_a_restart() -> None:
    (log,) = logs(
        records(
            {"pid": 7, "hostname": "h", "msg": "Server running on port 3000"},
            {"pid": 7, "hostname": "h", "msg": "Session saved for user: 1"},
            {"pid": 9, "hostname": "h", "msg": "Session saved for user: 1"},
        )
    )
    assert (log.instance, log.boots, log.lines) == ("h", 2, 3)
    assert log.events[1].boots == (1, 2)


def test_processes_that_live_at_the_same_time_are_two() -> None:
    found = logs(records(*({"pid": pid, "hostname": "h", "msg": "Session saved for user: 1"} for pid in (7, 9, 7, 9))))
    assert [(log.instance, log.count(Kind.SAVED)) for log in found] == [("h process 1", 2), ("h process 2", 2)]


def test_a_name_given_by_the_caller_covers_all() -> None:
    (log,) = collect("x", text=io.BytesIO(prefixed("web-1  | ").encode()), instance="api")
    assert (log.instance, log.lines) == ("api", 8)


def test_endless_instances_do_not_cost_endless_memory() -> None:
    found = logs("".join(f"web-{number}  | Session saved for user: 1\n" for number in range(5000)))
    assert len(found) < 40
    assert sum(log.count(Kind.SAVED) for log in found) == 5000
