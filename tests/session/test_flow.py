"""Two requests on one session: neither loses the other's keys, and a logout is final."""

import json

import pytest

from sessile.errors import SessionGone, StoreError
from sessile.session import events
from sessile.session.cookie import CookiePolicy, cookie_value
from sessile.session.driver import drive
from sessile.session.expiry import Expiry
from sessile.session.flow import Flow
from sessile.session.keyring import Keyring
from sessile.session.outcome import Reason
from sessile.session.session import Session
from sessile.session.store import Answer, Create, Stored, Update, Want
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
    await drive(FLOW.destroy(one, now=NOW), store)
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


async def test_keys_that_both_changed_are_named_to_the_one_that_wrote_last(
    store: MemoryStore, two: tuple[Session, Session]
) -> None:
    one, other = two
    one["cart"]["items"].append(2)
    one["theme"] = "dark"
    del one["user"]
    one["only"] = "mine"
    other["cart"]["items"].append(3)
    other["theme"] = "dark"
    other["user"] = 8
    other["also"] = "mine"
    await saved(store, one)
    await saved(store, other)
    assert (sorted(one.overwritten), sorted(other.overwritten)) == ([], ["cart", "theme", "user"])
    other["later"] = 1
    await saved(store, other)
    assert other.overwritten == frozenset()
    assert events.overwritten(frozenset({"theme", "cart"})).message == (
        "session change overwritten: another request had just changed 'cart', 'theme'; what was written last stays"
    )


async def test_a_deletion_counts_as_a_change(store: MemoryStore, two: tuple[Session, Session]) -> None:
    one, other = two
    one["cart"]["items"].append(2)
    del other["cart"]
    await saved(store, one)
    await saved(store, other)
    assert (dict(other), sorted(other.overwritten)) == ({"user": 7}, ["cart"])


async def test_what_was_saved_meanwhile_goes_with_a_regenerated_id(store: MemoryStore, two: tuple[Session, Session]) -> None:
    one, other = two
    one["theme"] = "dark"
    await saved(store, one)
    FLOW.regenerate(other)
    other["user"] = 8
    await saved(store, other)
    assert list(store.rows) == [other.id]
    assert other.id is not None
    assert dict(await opened(store, other.id)) == {"user": 8, "theme": "dark", "cart": {"items": [1]}}


async def test_an_emptied_session_takes_nothing_along(store: MemoryStore, two: tuple[Session, Session]) -> None:
    one, other = two
    one["theme"] = "dark"
    await saved(store, one)
    FLOW.regenerate(other, empty=True)
    other["user"] = 7
    await saved(store, other)
    assert dict(other) == {"user": 7}


async def test_a_login_beside_a_logout_begins_anew_with_what_it_wrote(store: MemoryStore, two: tuple[Session, Session]) -> None:
    leaving, entering = two
    await drive(FLOW.destroy(leaving, now=NOW), store)
    FLOW.regenerate(entering)
    entering["user"] = 8
    await saved(store, entering)
    assert entering.id is not None
    assert dict(await opened(store, entering.id)) == {"user": 8}


async def test_another_id_does_not_bring_back_what_was_logged_out(store: MemoryStore, two: tuple[Session, Session]) -> None:
    leaving, other = two
    await drive(FLOW.destroy(leaving, now=NOW), store)
    FLOW.regenerate(other)
    await drive(FLOW.close(other, https=True, now=NOW), store)
    assert (store.rows, dict(other), other.outcome.reason) == ({}, {}, Reason.DELETED)


async def test_of_twenty_logins_at_once_each_has_its_session_and_the_id_of_before_none(store: MemoryStore) -> None:
    first = Session()
    first["cart"] = 1
    await saved(store, first)
    assert first.id is not None
    sessions = [await opened(store, first.id) for _ in range(20)]
    for number, session in enumerate(sessions):
        FLOW.regenerate(session)
        session["user"] = number
    for session in sessions:
        await drive(FLOW.close(session, https=True, now=NOW), store)
    assert first.id not in store.rows
    found = [await opened(store, str(session.id)) for session in sessions]
    assert [session["user"] for session in found] == list(range(20))


async def test_a_session_that_another_request_ended_leaves_the_browsers_cookie_alone(
    store: MemoryStore, two: tuple[Session, Session]
) -> None:
    entering, beside = two
    beside["seen"] = 1
    FLOW.regenerate(entering)
    await drive(FLOW.close(entering, https=True, now=NOW), store)
    await drive(FLOW.close(beside, https=True, now=NOW), store)
    assert beside.outcome.reason is Reason.DELETED
    assert FLOW.set_cookies(beside, https=True) == []


class ReorderingStore(MemoryStore):
    """Keeps texts as jsonb does: keys in an order of its own, and blanks."""

    def answer(self, want: Want) -> Answer | StoreError:
        answer = super().answer(want)
        if isinstance(want, Create | Update) and isinstance(answer, str):
            answer = json.dumps(json.loads(answer), sort_keys=True)
            self.rows[want.id] = Stored(answer, self.rows[want.id].expires)
        return answer


async def test_a_store_that_reorders_keys_is_not_written_without_need() -> None:
    store = ReorderingStore()
    session = Session()
    session.update(z={"y": 1, "a": [{"c": 1, "b": 2}]}, a=1)
    await saved(store, session)
    assert (session.changes, FLOW.settled(session, now=NOW)) == (frozenset(), True)
    session["new"] = 1
    assert session.changes == {"new"}
    beside = await opened(store, str(session.id))
    beside["z"]["y"] = 2
    await saved(store, beside)
    await saved(store, session)
    assert session.overwritten == frozenset()
    assert (await opened(store, str(session.id)))["z"]["y"] == 2


async def test_nothing_is_due_exactly_where_close_wants_nothing(two: tuple[Session, Session]) -> None:
    one, _ = two
    for change, settled in ((None, True), ("theme", False)):
        if change:
            one[change] = 1
        assert FLOW.settled(one, now=NOW) is settled
        assert (next(FLOW.close(one, https=True, now=NOW), None) is None) is settled
    assert FLOW.settled(Session(), now=NOW)


async def test_a_user_of_any_name_is_one_line_in_the_log() -> None:
    said = events.saved("abcdefgh", "ana\n2026-11-23 CRITICAL sessile: table dropped\x1b[2K").message
    assert said == "Session saved for user: ana\\n2026-11-23 CRITICAL sessile: table dropped\\x1b[2K"


class TestKeys:
    OLD, NEW = "another one, from last year", "a secret of sufficient length"

    async def test_a_session_signed_by_an_old_key_gets_a_cookie_of_the_new_one_without_a_write(self, store: MemoryStore) -> None:
        before = Flow(Keyring(self.OLD), CookiePolicy(), Expiry())
        session = Session()
        session["user"] = 7
        await drive(before.close(session, https=True, now=NOW), store)
        (cookie,) = before.set_cookies(session, https=True)
        rows = dict(store.rows)

        after = Flow(Keyring([self.NEW, self.OLD]), CookiePolicy(), Expiry())
        met = Session()
        await drive(after.open(met, cookie.partition(";")[0], now=NOW + 1), store)
        assert (dict(met), met.key) == ({"user": 7}, after.keyring.keys[1].fingerprint)
        assert list(after.close(met, https=True, now=NOW + 1)) == []
        (renewed,) = after.set_cookies(met, https=True)
        assert store.rows == rows
        assert renewed.partition("; ")[2] == cookie.partition("; ")[2]

        final = Flow(Keyring(self.NEW), CookiePolicy(), Expiry())
        again = Session()
        await drive(final.open(again, renewed.partition(";")[0], now=NOW + 2), store)
        assert (dict(again), final.set_cookies(again, https=True)) == ({"user": 7}, [])
        assert [use.count for use in after.keyring.uses.values()] == [0, 1]
        assert [use.last_used for use in final.keyring.uses.values()] == [NOW + 2]

    async def test_only_a_session_that_lives_counts_as_a_use(self, store: MemoryStore) -> None:
        flow = Flow(Keyring(self.NEW), CookiePolicy(), Expiry())
        header = f"connect.sid={cookie_value('nobody', flow.keyring)}"
        await drive(flow.open(Session(), header, now=NOW), store)
        assert [use.count for use in flow.keyring.uses.values()] == [0]
