"""What an error report, a debugger or asyncio's debug log shows of a session's own objects opens no session."""

import pytest

from sessile.session.codec import decode
from sessile.session.cookie import cookie_value
from sessile.session.keyring import Keyring
from sessile.session.presented import verify
from sessile.session.session import Record
from sessile.session.store import Create, Delete, Load, Replace, Rotate, Stored, Touch, Update, Want
from sessile.stores.postgres.catalog import Statement
from sessile.stores.postgres.source import Source
from sessile.stores.postgres.statements import collecting

SID, OTHER = "tX4xHo2mZpDq8vWc5kRb7nLs3gYf1aJe", "q9Kf0sVd6hTz2bNy8mPx4cRw7gLj3eUa"
TEXT = '{"cookie":{},"email":"ana@shop.example","sessile":{"next":"' + OTHER + '"}}'
KEYRING = Keyring("Zl3Wv9rTq8sXm5yBn0dRd7gHk2aLe9fQ")

WANTS = (
    Load(SID),
    Create(SID, TEXT, 1),
    Update(SID, TEXT, 1, TEXT),
    Touch(SID, 1),
    Delete(SID, OTHER, TEXT),
    Replace(SID, OTHER, TEXT, 1, TEXT, OTHER),
    Rotate(SID, OTHER, TEXT, 1, TEXT, TEXT, 1),
)


@pytest.mark.parametrize("want", WANTS, ids=lambda want: type(want).__name__)
def test_a_want_is_told_from_another_and_gives_nothing_away(want: Want) -> None:
    assert repr(want) == f"{type(want).__name__}({SID[:4]}…)"


def test_nor_does_what_was_read() -> None:
    stored, payload = Stored(TEXT, 1), decode(TEXT)
    presented = verify(cookie_value(SID, KEYRING), KEYRING)
    assert presented.session_id == SID
    shown = repr((stored, payload, Record.of(SID, stored, payload), presented, KEYRING, KEYRING.keys))
    for secret in (SID, OTHER, "ana@", presented.signed or SID, KEYRING.keys[0].secret.decode()):
        assert secret not in shown


def test_nor_a_query_and_its_database() -> None:
    query = collecting(Statement("SELECT $1", (SID,), len), [])
    shown = repr((query, Source.of("postgresql://ana:hunter2@db.example/shop")))
    assert SID not in shown
    assert "hunter2" not in shown
