"""A store that fails on command, as an application's tests use it, and a clock that stands."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sessile import SessionMiddleware
from sessile.errors import SaveUnknown, StoreRefused, StoreUnavailable
from sessile.session.store import Create, Load, Stored
from sessile.testing import SECRET, FakeClock, Fault, FaultyStore
from tests.integrations.asgi.application import ROUTES


@pytest.fixture
def store() -> FaultyStore:
    return FaultyStore()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def client(store: FaultyStore, clock: FakeClock) -> Iterator[TestClient]:
    app = Starlette(routes=ROUTES)
    app.add_middleware(SessionMiddleware, store=store, secret=SECRET, clock=clock, idle=timedelta(hours=1))
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault.DOWN, "session stopped at reach: unavailable"),
        (Fault.TIMEOUT, "session stopped at reach: timeout"),
        (Fault.REFUSED, "session stopped at save: refused"),
        (Fault.ANSWER_LOST, "session stopped at save: unknown"),
    ],
)
def test_each_fault_is_an_outage_and_no_logout(
    client: TestClient, store: FaultyStore, fault: Fault, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    with store.failing(fault):
        assert client.post("/login").status_code == 503
    assert says in caplog.text
    assert client.post("/login").status_code == 200
    with store.failing(fault):
        assert client.get("/me").status_code == 503
    assert client.get("/me").json() == {"user": 7}


def test_only_some_wants_may_fail(client: TestClient, store: FaultyStore) -> None:
    client.post("/login")
    with store.failing(Fault.DOWN, Create):
        assert client.get("/me").status_code == 200
        client.cookies.clear()
        assert client.get("/nested").status_code == 503


async def test_a_lost_answer_is_of_a_write_that_was_done(store: FaultyStore) -> None:
    with store.failing(Fault.ANSWER_LOST):
        [lost] = await store.perform([Create("a", "{}", 1)])
    assert isinstance(lost, SaveUnknown)
    assert await store.perform([Load("a")]) == [Stored("{}", 1)]


async def test_wants_beside_one_that_fails_are_done(store: FaultyStore) -> None:
    with store.failing(Fault.REFUSED, Create):
        refused, none = await store.perform([Create("a", "{}", 1), Load("a")])
    assert (type(refused), none) == (StoreRefused, None)


def test_a_synchronous_service_meets_the_same_faults(store: FaultyStore) -> None:
    synchronous = store.sync()
    synchronous.open()
    with store.failing(Fault.DOWN):
        [down] = synchronous.perform([Load("a")])
    assert isinstance(down, StoreUnavailable)
    assert synchronous.perform([Create("a", "{}", 1), Load("a")]) == ["{}", Stored("{}", 1)]
    synchronous.close()


def test_the_clock_ends_a_session_without_waiting(client: TestClient, clock: FakeClock) -> None:
    client.post("/login")
    cookie = {"cookie": f"connect.sid={client.cookies['connect.sid']}"}
    clock.advance(timedelta(minutes=59))
    assert client.get("/me", headers=cookie).status_code == 200
    clock.advance(3601)
    assert client.get("/outcome", headers=cookie).text == "live: expired"
