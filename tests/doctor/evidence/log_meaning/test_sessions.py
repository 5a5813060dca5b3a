"""What express-session in debug and sessile say of single sessions, and oddities that are no errors."""

import pytest

from sessile.doctor.facts.logs import Kind
from tests.doctor.evidence.log_meaning.reading import read


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("no SID sent, generating session", Kind.NO_COOKIE),
        ("cookie signature invalid", Kind.SIGNATURE_INVALID),
        ("cookie unsigned", Kind.COOKIE_UNSIGNED),
        ("no session found", Kind.NO_SESSION),
        ("session found", Kind.SESSION_FOUND),
        ("not secured", Kind.NOT_SECURED),
        ("pathname mismatch", Kind.PATH_MISMATCH),
        ("store is disconnected", Kind.STORE_DISCONNECTED),
        ("split response", None),
        ("saving abc", None),
        ("fetching abc", None),
    ],
)
@pytest.mark.parametrize("form", ["Mon, 23 Nov 2026 10:00:00 GMT express-session {}", "  express-session {} +3ms"])
def test_the_debug_vocabulary_of_express_session(form: str, said: str, kind: Kind | None) -> None:
    log = read("error: something else", "    at x {", form.format(said), "}")
    assert [event.kind for event in log.events] == ([kind] if kind else [])


def test_an_error_of_the_store_in_debug() -> None:
    (event,) = read('express-session error {"code":"42P01","message":"relation \\"session\\" does not exist"} +2ms').events
    assert (event.kind, event.code) == (Kind.ERROR, "42P01")


def test_sessile_names_station_reason_and_keys() -> None:
    log = read(
        "WARNING:sessile:session keys: 1a2b3c4d signs, 5e6f7a8b verifies",
        "session stopped at verify: bad_signature (key fingerprints 1a2b3c4d, 5e6f7a8b; cookie s%3Aab…)",
        "session stopped at nowhere: because (of that)",
        '{"level":"info","message":"session keys: 1a2b3c4d signs","keys":["1a2b3c4d"]}',
        '{"level":"warning","message":"a session stopped","station":"live","reason":"expired"}',
    )
    assert [(e.kind, e.code, e.values) for e in log.events] == [
        (Kind.KEYS, "", ("1a2b3c4d", "5e6f7a8b")),
        (Kind.OUTCOME, "verify: bad_signature", ("1a2b3c4d", "5e6f7a8b")),
        (Kind.KEYS, "", ("1a2b3c4d",)),
        (Kind.OUTCOME, "live: expired", ()),
    ]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("22021", 'error: invalid byte sequence for encoding "UTF8": 0x00'),
        ("SECRET_NOT_GIVEN", "express-session deprecated req.secret; provide secret option app.js:44:9"),
        ("SECRET_FALLBACK", "SESSION_SECRET is not set, using a fallback"),
        ("SECRET_FALLBACK", "⚠️  Using default SESSION_SECRET because none is missing: SESSION_SECRET default"),
        ("SECRET_WEAK", "SESSION_SECRET is easy to guess (a known default): anybody could sign in as anybody"),
        ("COLLATION_CHANGED", 'WARNING:  database "app" has a collation version mismatch'),
        ("DATABASE_CRASHED", "LOG:  database system was not properly shut down; automatic recovery in progress"),
        ("TABLE_DROPPED", 'DROP TABLE "session" CASCADE;'),
        ("TABLE_DROPPED", "STATEMENT:  TRUNCATE user_sessions"),
        ("BOGUS_SESSION_ID", "express-session session ignored because of bogus req.sessionID undefined +1ms"),
        ("DUPLICATE_COOKIE", "several cookies of the session's name: 1 of 2 verified"),
    ],
)
def test_an_oddity_is_a_warning_and_no_error(code: str, line: str) -> None:
    log = read(line)
    assert [(event.kind, event.code) for event in log.events] == [(Kind.WARNING, code)]
    assert log.errors == ()
