"""The runs of a process are told apart, and a login that does not last is told from another visitor's 401."""

import io

import pytest

from sessile.doctor.evidence.logs import collect
from sessile.doctor.facts.logs import Kind, Log

BANNERS = {
    "express": ["> app@1.0.0 start", "> node server.js", "", "Server running on port 3000"],
    "two banners": ["🚀 Server listening on http://localhost:3000", "✅ App is running at http://localhost:3000"],
    "replit": ["2:10:11 PM [express] serving on port 5000"],
    "nest": ["[Nest] 7  - LOG Nest application successfully started"],
    "next": [" ▲ Next.js 15.0.0", "   - Local: http://localhost:3000", " ✓ Ready in 1.2s"],
    "uvicorn": [
        "INFO:     Started server process [7]",
        "INFO:     Waiting for application startup.",
        "INFO:     Application startup complete.",
        "INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)",
    ],
    "uvicorn workers": [
        "INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)",
        "INFO:     Started parent process [7]",
        *["INFO:     Started server process [8]", "INFO:     Application startup complete."] * 4,
    ],
    "gunicorn": [
        "[2026-11-23 10:00:00 +0000] [7] [INFO] Starting gunicorn 23.0.0",
        "[2026-11-23 10:00:00 +0000] [7] [INFO] Listening at: http://0.0.0.0:8000 (7)",
        "[2026-11-23 10:00:00 +0000] [8] [INFO] Booting worker with pid: 8",
        "[2026-11-23 10:00:00 +0000] [9] [INFO] Booting worker with pid: 9",
    ],
    "flask": [" * Running on all addresses (0.0.0.0)", " * Running on http://127.0.0.1:5000"],
    "heroku": [
        "2026-11-23T10:00:00+00:00 heroku[web.1]: Starting process with command `npm start`",
        "2026-11-23T10:00:05+00:00 app[web.1]: > app@1.0.0 start",
        "2026-11-23T10:00:09+00:00 app[web.1]: Listening on 31337",
        "2026-11-23T10:00:09+00:00 heroku[web.1]: State changed from starting to up",
    ],
    "render": [
        "==> Running 'npm start'",
        "> app@1.0.0 start",
        "> node .",
        "Server running on port 10000",
        "==> Your service is live 🎉",
    ],
    "a name of one's own": ["CRM listening on 14756 (production)"],
    "after a time": ["2026-11-23T10:00:00.000Z invoice-api listening on :8080"],
    "up on a port": ["shop up on 3000"],
    "up on a port, with its stage": ["tea-shop up on 11341 (production)"],
    "up at an address": ["API up on http://localhost:3000"],
    "nodemon": ["[nodemon] 3.1.0", "[nodemon] starting `node server.js`", "Server running on port 3000"],
}
SERVING = "Server running on port 3000"
BUSY = ["GET /health 200 1 ms"] * 5


def read(*lines: str) -> Log:
    (log,) = collect("app.log", text=io.BytesIO("\n".join(lines).encode()))
    return log


@pytest.mark.parametrize("banner", BANNERS.values(), ids=BANNERS)
def test_a_start_counts_once_however_many_lines_announce_it(banner: list[str]) -> None:
    once = read(*banner, *BUSY)
    assert (once.boots, once.count(Kind.BOOT)) == (1, 1)


@pytest.mark.parametrize("banner", BANNERS.values(), ids=BANNERS)
def test_a_second_start_counts(banner: list[str]) -> None:
    later = [line.replace("T10:0", "T11:0").replace(" 10:00", " 11:00") for line in banner]
    twice = read(*banner, *BUSY, *later, *BUSY)
    assert (twice.boots, twice.count(Kind.BOOT)) == (2, 2)


@pytest.mark.parametrize(
    "line",
    [
        "> app@1.0.0 build",
        "> app@1.0.0 test",
        "Payment started on https://example.in/pay",
        "Job 7 is running at :8080 speed",
        "customer is listening on channel 4444",
        "worker 3 queue listening on orders at 5 parallel jobs",
        "follow up on 10432",
        "Alice signed up on 2026",
        "wake up at 07:30",
        "Ready",
    ],
)
def test_other_lines_are_no_start(line: str) -> None:
    assert read(line).boots == 0


def test_what_is_done_once_at_start_up_belongs_to_the_start_that_is_announced_later() -> None:
    log = read(
        "Session table exists and is properly configured",
        "Server running on port 3000",
        *BUSY,
        "Session table creation warning: error: permission denied for schema public",
        "Server running on port 3000",
    )
    assert log.boots == 2
    assert log.of(Kind.TABLE_WARNING)[0].boots == (2,)


def test_starts_within_a_second_are_one_unless_the_process_ended_between() -> None:
    first, end, second = (
        f"2026-11-23T10:00:00.{ms}Z {said}" for ms, said in ((100, SERVING), (200, "Server stopped"), (900, SERVING))
    )
    assert read(first, second).boots == 1
    assert read(first, end, second).boots == 2


def test_a_crash_loop_is_one_exit_and_one_run_each() -> None:
    crash = [
        "node:internal/process/promises:394",
        "      triggerUncaughtException(err, true);",
        "      ^",
        "",
        'error: multiple primary keys for table "session" are not allowed',
        "    at x {",
        "  code: '42P16',",
        "}",
        "",
        "Node.js v20.20.2",
        "npm error code 1",
        "==> Exited with status 1",
    ]
    log = read(*["> app@1.0.0 start", *crash] * 3)
    (exit_event,) = log.of(Kind.EXIT)
    assert (exit_event.code, exit_event.count, exit_event.boots) == ("42P16", 3, (1, 2, 3))
    assert log.boots == 3
    assert [run.errors for run in log.runs] == [("42P16",)] * 3


@pytest.mark.parametrize("line", ["Process exited with status 143", "Process exited with status 0", "Server stopped"])
def test_an_orderly_end_is_no_failure(line: str) -> None:
    assert read("Server running on port 1", line).count(Kind.EXIT) == 0


def test_a_crash_is_told_by_the_mistake_in_the_code_that_stands_before_it() -> None:
    stack = ["TypeError: req.sessionStore.clear is not a function", "    at /app/routes/account.js:11:22", ""]
    crashed = read("Server running on port 3000", *BUSY, *stack, "Node.js v20.20.2")
    (end,) = crashed.of(Kind.EXIT)
    assert end.text == "TypeError: req.sessionStore.clear is not a function: Node.js v20.20.2"
    (later,) = read("Server running on port 3000", *stack, *BUSY * 3, "Node.js v20.20.2").of(Kind.EXIT)
    assert later.text == "Node.js v20.20.2"


def test_the_keys_of_each_start_and_of_each_worker_stand_by_themselves() -> None:
    log = read(
        "session keys: 1a2b3c4d signs",
        "Application startup complete.",
        *BUSY,
        "INFO: Finished server process [1]",
        "session keys: 5e6f7a8b signs, 1a2b3c4d verifies",
        "session keys: 99999999 signs",
    )
    assert [(event.values, event.boots) for event in log.of(Kind.KEYS)] == [
        (("1a2b3c4d",), (1,)),
        (("5e6f7a8b", "1a2b3c4d"), (2,)),
        (("99999999",), (2,)),
    ]


LOGIN, ME, REFUSED = "POST /api/auth/login 200 9 ms", "GET /api/me 200 3 ms", "GET /api/me 401 1 ms"


@pytest.mark.parametrize(
    ("lines", "lost", "kept"),
    [
        ([LOGIN, REFUSED], 1, 0),
        ([LOGIN, ME], 0, 1),
        ([LOGIN, ME, REFUSED], 0, 1),
        ([LOGIN, REFUSED, ME], 0, 1),
        ([REFUSED, LOGIN, ME], 0, 1),
        ([LOGIN, REFUSED, LOGIN, REFUSED], 2, 0),
        ([LOGIN], 0, 0),
        ([LOGIN, *BUSY * 10, REFUSED], 0, 0),
        (["Session saved for user: 7", LOGIN, REFUSED], 1, 0),
        (["Session saved for user: 7", REFUSED], 1, 0),
        (["POST /api/auth/login 401 9 ms", REFUSED], 0, 0),
    ],
)
def test_a_login_followed_by_a_401(lines: list[str], lost: int, kept: int) -> None:
    log = read(*lines)
    assert (log.login_then_401, log.login_then_authorized) == (lost, kept)


def test_within_seconds_where_the_log_has_times() -> None:
    assert read(f"2026-11-23T10:00:00Z {LOGIN}", f"2026-11-23T10:00:09Z {REFUSED}").login_then_401 == 1
    assert read(f"2026-11-23T10:00:00Z {LOGIN}", f"2026-11-23T10:00:11Z {REFUSED}").login_then_401 == 0


def test_another_client_where_the_log_has_addresses() -> None:
    line = '{} - - [23/Nov/2026:10:00:0{} +0000] "{} HTTP/1.1" {} 3'
    login, me = "POST /api/auth/login", "GET /api/me"
    other = read(line.format("10.0.0.1", 0, login, 200), line.format("10.0.0.2", 1, me, 401))
    same = read(line.format("10.0.0.1", 0, login, 200), line.format("10.0.0.1", 1, me, 401))
    assert (other.login_then_401, same.login_then_401) == (0, 1)


def test_a_refused_login_is_not_a_lost_session() -> None:
    log = read("POST /api/auth/login 401 9 ms")
    assert (log.count(Kind.LOGIN_REFUSED), log.count(Kind.UNAUTHORIZED), log.runs[0].unauthorized) == (1, 0, 0)


@pytest.mark.parametrize(
    ("before", "count"), [([REFUSED, REFUSED], 2), ([ME, REFUSED], 0), ([REFUSED, ME], 0), ([LOGIN, REFUSED], 0)]
)
def test_401s_before_anyone_logs_in_unless_a_session_survived(before: list[str], count: int) -> None:
    log = read("Server running on port 1", ME, *BUSY, "Server stopped", "Server running on port 1", *before, LOGIN, ME)
    assert [run.boot for run in log.runs] == [1, 2]
    assert log.runs[1].unauthorized_before_login == count


def test_a_log_that_begins_in_the_middle_has_a_run_before_the_first_start() -> None:
    log = read(ME, *BUSY, "Server running on port 1", ME)
    assert [(run.boot, run.authorized) for run in log.runs] == [(0, 1), (1, 1)]
    assert log.boots == 1
