"""PostgreSQL's own log in its three forms, and what hosts export, say the same as a service's own lines."""

import csv
import io
import json

import pytest

from sessile.doctor.evidence.logs import collect
from sessile.doctor.facts.logs import Kind, Log

MESSAGE = "there is no unique or exclusion constraint matching the ON CONFLICT specification"
STATEMENT = "INSERT INTO session (sid, sess) VALUES ('planted-secret-of-a-user', '{}')"
STAMP = "2026-11-30 15:00:00.200 UTC"


def as_csv() -> str:
    columns = [STAMP, "app", "shop", "4321", "10.0.0.5:51234", "692c.10e1", "1", "INSERT", STAMP, "3/12", "0", "ERROR", "42P10"]
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerow(
        [*columns, MESSAGE, "", "", "", "", "", STATEMENT, "", "", "", "client backend", "", "0"]
    )
    return written.getvalue().replace(f'"{STAMP}",', f"{STAMP},", 1)


FORMS = {
    "stderr": f"{STAMP} [4321] app@shop ERROR:  {MESSAGE}\n{STAMP} [4321] app@shop STATEMENT:  {STATEMENT}\n",
    "stderr with its SQLSTATE": f"{STAMP} [4321] ERROR:  42P10: {MESSAGE}\n",
    "csvlog": as_csv(),
    "jsonlog": json.dumps(
        {
            "timestamp": STAMP,
            "pid": 4321,
            "error_severity": "ERROR",
            "state_code": "42P10",
            "message": MESSAGE,
            "statement": STATEMENT,
        }
    ),
    "journald": json.dumps(
        {"__REALTIME_TIMESTAMP": "1796050800200000", "_HOSTNAME": "web-1", "_PID": "321", "MESSAGE": f"ERROR:  {MESSAGE}"}
    ),
    "docker": json.dumps({"log": f"ERROR:  {MESSAGE}\n", "stream": "stderr", "time": "2026-11-30T15:00:00.200000000Z"}),
    "CloudWatch": json.dumps({"timestamp": 1796050800200, "logStreamName": "web/1", "message": f"ERROR:  {MESSAGE}"}),
}


def read(text: str) -> Log:
    (log,) = collect("postgresql.log", text=io.BytesIO(text.encode()))
    return log


@pytest.mark.parametrize("form", FORMS)
def test_the_error_has_its_code_and_its_time_and_nothing_of_its_statement(form: str) -> None:
    log = read(FORMS[form])
    (event,) = log.of(Kind.ERROR)
    assert event.code == "42P10"
    assert event.first.time is not None
    assert f"{event.first.time:%Y-%m-%d %H:%M:%S}" == "2026-11-30 15:00:00"
    assert MESSAGE in event.text
    assert "planted-secret" not in repr(log)


@pytest.mark.parametrize(
    "line",
    [
        "database system was interrupted; last known up at 2026-11-30 14:55:00 UTC",
        "database system was not properly shut down; automatic recovery in progress",
        "server process (PID 4400) was terminated by signal 9: Killed",
    ],
)
def test_a_crash_of_the_server_is_seen(line: str) -> None:
    assert [event.code for event in read(f"{STAMP} [1] LOG:  {line}\n").of(Kind.WARNING)] == ["DATABASE_CRASHED"]
