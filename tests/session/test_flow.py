"""Two requests on one session: neither loses the other's keys, and a logout is final."""

import pytest

from sessile.errors import SessionGone
from sessile.session.cookie import CookiePolicy, cookie_value
from sessile.session.driver import drive
from sessile.session.expiry import Expiry
from sessile.session.flow import Flow
from sessile.session.keyring import Keyring
from sessile.session.outcome import Reason
from sessile.session.session import Session
from sessile.stores.memory import MemoryStore

NOW = 1_795_455_859_000
KEYRING = Keyring("a secret of sufficient length")
FLOW = Flow(KEYRING, CookiePolicy(), Expiry())


async def opened(store: MemoryStore, session_id: str) -> Session:
    session = Session()
    await drive(FLOW.open(session, f"connect.sid={cookie_value(session_id, KEYRING)}", now=NOW), store)
    assert session.outcome.reason is Reason.LIVE
    return session


async def saved(store: MemoryStore, session: Session) -> None:
    await drive(FLOW.save(session, https=True, now=NOW), store)


@pytest.fixture
async def two(store: MemoryStore) -> tuple[Session, Session]:
    first = Session()
    first.update(user=7, cart={"items": [1]})
    await saved(store, first)
    assert first.id is not None
    return await opened(store, first.id), await opened(store, first.id)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


async def test_changes_of_different_keys_both_last(store: MemoryStore, two: tuple[Session, Session]) -> None:
    one, other = two
    one["theme"] = "dark"
    other["cart"]["items"].append(2)
    del other["user"]
    await saved(store, one)
    await saved(store, other)
    assert one.id is not None
    assert dict(await opened(store, one.id)) == {"theme": "dark", "cart": {"items": [1, 2]}}
    assert dict(other) == {"theme": "dark", "cart": {"items": [1, 2]}}


async def test_of_the_same_key_the_last_write_stays(store: MemoryStore, two: tuple[Session, Session]) -> None:
    one, other = two
    one["theme"], other["theme"] = "dark", "light"
    await saved(store, one)
    await saved(store, other)
    assert one.id is not None
    assert (await opened(store, one.id))["theme"] == "light"


async def test_what_was_logged_out_meanwhile_is_not_written_again(store: MemoryStore, two: tuple[Session, Session]) -> None:
    one, other = two
    other["theme"] = "dark"
    await drive(FLOW.destroy(one), store)
    with pytest.raises(SessionGone):
        await saved(store, other)
    assert store.rows == {}
    assert (dict(other), other.outcome.reason) == ({}, Reason.DELETED)


async def test_regenerating_keeps_the_data_and_ends_the_old_id(store: MemoryStore, two: tuple[Session, Session]) -> None:
    one, other = two
    old = one.id
    FLOW.regenerate(one)
    assert one.id != old
    await saved(store, one)
    assert list(store.rows) == [one.id]
    other["theme"] = "dark"
    with pytest.raises(SessionGone):
        await saved(store, other)
    assert list(store.rows) == [one.id]
