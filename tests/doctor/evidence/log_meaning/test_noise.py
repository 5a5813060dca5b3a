"""What is no error stays none, and nothing of a person or a secret is shown."""

import pytest

from sessile.doctor.facts.logs import Kind
from tests.doctor.evidence.log_meaning.reading import read


@pytest.mark.parametrize(
    "line",
    [
        "No errors found in 12 files",
        "error rate 0.0 %, all good",
        "GET /error 200 3 ms",
        "Stripe error: your card was declined",
        'NOTICE:  relation "session" already exists, skipping',
        "Error: ENOENT: no such file or directory, open '/app/public/favicon.ico'",
        "Error: ENOENT: no such file or directory, stat '/app/dist/index.html' { code: 'ENOENT' }",
        "{ code: 'P2002', clientVersion: '5.0.0' } error",
        "MongoServerError: E11000 duplicate key error collection: app.users",
        "user error: session expired page rendered",
        "session store connected, 0 errors",
        "Payment started on https://example.in/pay",
        "queue worker for email: nothing to do",
        "    throw new Error('permission denied for table session')",
        "migration finished: all tables exist",
    ],
)
def test_noise_is_not_an_event(line: str) -> None:
    assert read(line).events == ()


def test_source_code_quoted_by_a_traceback_is_not_an_error_of_its_own() -> None:
    log = read(
        "Traceback (most recent call last):",
        '  File "store.py", line 1, in get',
        "    raise LookupError('relation \"session\" does not exist')",
        "ValueError: something else",
    )
    assert log.events == ()


def test_nothing_of_a_person_or_a_secret_is_shown() -> None:
    log = read(
        "Session saved for user: ada@example.com",
        "Session save error: connect postgres://app:hunter2@db/app ECONNREFUSED 10.0.0.1:5432",
        "express-session cookie signature invalid s%3AZy3kP0aB9xQ2Lm5nR7tUvWxYz1C4dE6f.abc/def+0 +1ms",
        'error: invalid input syntax for type uuid: "Zy3kP0aB9xQ2Lm5nR7tUvWxYz1C4dE6f"',
        "GET /api/users/ada@example.com/profile 401 3 ms",
    )
    shown = repr(log)
    assert all(secret not in shown for secret in ("ada", "example.com", "hunter2", "Zy3kP", "abc/def"))
    assert len(log.events) == 5


def test_a_text_is_one_line_of_at_most_300_characters() -> None:
    (event,) = read("Session save error: " + "word \x1b[31m\x07" + "word \x1b[0m" * 200).events
    assert len(event.text) == 300
    assert event.text.isprintable()


@pytest.mark.parametrize("socket", ["http://127.0.0.1:8000", "unix:/run/shop.sock"])
def test_gunicorn_s_process_number_is_no_sqlstate(socket: str) -> None:
    log = read("[2026-11-23 10:00:00 +0000] [25554] [INFO] Starting gunicorn 23.0.0", f"[INFO] Listening at: {socket} (25554)")
    assert [event.kind for event in log.events] == [Kind.BOOT]
