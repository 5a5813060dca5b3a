"""Django: its test client and its own ways with a session, what the log says, and the sessions that a site had before."""

import os
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from io import StringIO
from typing import Any

import django
import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.core.management import call_command
from django.http import HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.utils import timezone

from sessile import ConfigurationError, MemoryStore, Outcome
from sessile.integrations.django import SessionMiddleware, SessionStore
from sessile.integrations.django.configuration import sessions
from sessile.session.codec import decode
from sessile.session.keyring import Keyring
from sessile.session.presented import decoded, verify
from sessile.session.store import Create, Update
from sessile.testing import SECRET, FakeClock, Fault, FaultyStore
from tests.integrations.django_site import settings as site

CLOCK = FakeClock()
FAULTY = FaultyStore()


def before() -> Any:
    """A session of Django's own db engine."""
    return import_module("django.contrib.sessions.backends.db").SessionStore()


@pytest.fixture(scope="module", autouse=True)
def administrator() -> Any:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.integrations.django_site.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    users: Any = get_user_model().objects
    return users.create_superuser("admin", password="secret")


@pytest.fixture
def memory() -> Iterator[MemoryStore]:
    site.STORE.rows.clear()
    sessions.cache_clear()
    yield site.STORE
    sessions.cache_clear()


@pytest.fixture
def client(memory: MemoryStore) -> Client:
    assert not memory.rows
    return Client()


def set_cookie(response: Any) -> str:
    return str(response.cookies["sessionid"].OutputString()) if "sessionid" in response.cookies else ""


def test_a_login_lasts_and_a_logout_ends_it(client: Client, memory: MemoryStore) -> None:
    assert client.get("/me").status_code == 401
    assert not memory.rows
    assert set_cookie(client.post("/login")).startswith("sessionid=s%3A")
    response = client.get("/me")
    assert response.status_code == 200
    assert set_cookie(response) == ""
    assert 'sessionid=""' in set_cookie(client.get("/logout"))
    assert not memory.rows


def test_the_cookie_and_the_row_are_those_of_express(client: Client, memory: MemoryStore, administrator: Any) -> None:
    client.post("/login")
    [(session_id, row)] = memory.rows.items()
    verified = verify(decoded(client.cookies["sessionid"].value), Keyring(site.SESSILE["secret"]))
    assert verified.session_id == session_id
    payload = decode(row.text)
    assert payload.cookie["originalMaxAge"] == 14 * 86_400_000
    assert payload.data["userId"] == administrator.pk


def test_a_nested_change_is_noticed(client: Client) -> None:
    client.post("/login")
    client.get("/nested")
    assert client.get("/nested").json() == {"items": [1, 1]}


def test_an_asynchronous_view_has_the_same_session(client: Client) -> None:
    client.post("/login")
    assert [client.get("/later").json()["later"] for _ in range(2)] == [1, 2]


async def test_under_asgi_too(memory: MemoryStore) -> None:
    client = AsyncClient()
    assert not memory.rows
    await client.post("/login")
    assert [(await client.get("/later")).json()["later"] for _ in range(2)] == [1, 2]
    assert (await client.get("/me")).status_code == 200
    await client.get("/logout")
    assert not memory.rows


def test_the_test_clients_own_login_works(client: Client, administrator: Any) -> None:
    client.force_login(administrator)
    assert client.get("/admin/").status_code == 200
    session = client.session
    session["userId"] = 5
    session.save()
    assert client.get("/me").json()["user"] == 5


def test_a_login_gives_a_new_key_and_keeps_the_data(client: Client, memory: MemoryStore) -> None:
    client.get("/nested")
    [before] = memory.rows
    client.post("/login")
    [after] = memory.rows
    assert before != after
    assert client.get("/nested").json() == {"items": [1, 1]}


@override_settings(
    SESSILE={"store": site.STORE, "secret": SECRET, "clock": (CLOCK := FakeClock())}, SESSION_SAVE_EVERY_REQUEST=True
)
def test_a_use_prolongs_the_session_and_is_written_once_a_minute(client: Client, memory: MemoryStore) -> None:
    client.post("/login")
    [first] = [row.expires for row in memory.rows.values()]
    CLOCK.advance(timedelta(seconds=30))
    client.get("/me")
    assert [row.expires for row in memory.rows.values()] == [first]
    CLOCK.advance(timedelta(seconds=31))
    client.get("/me")
    [later] = [row.expires for row in memory.rows.values()]
    assert later - first >= 60_000


@override_settings(SESSILE={"store": site.STORE, "secret": SECRET, "clock": CLOCK})
def test_as_with_django_a_use_alone_prolongs_nothing_otherwise(client: Client, memory: MemoryStore) -> None:
    client.post("/login")
    rows = dict(memory.rows)
    CLOCK.advance(timedelta(days=13))
    assert client.get("/me").status_code == 200
    assert memory.rows == rows
    CLOCK.advance(timedelta(days=2))
    assert client.get("/me").status_code == 401


class TestTheStore:
    def test_what_was_deleted_meanwhile_is_not_saved_again(self, memory: MemoryStore) -> None:
        one = SessionStore()
        one["a"] = 1
        one.save()
        other = SessionStore(one.session_key)
        other.flush()
        one["a"] = 2
        with pytest.raises(UpdateError):
            one.save()
        assert not memory.rows

    def test_changes_of_two_requests_are_both_kept(self, memory: MemoryStore) -> None:
        first = SessionStore()
        first.create()
        second = SessionStore(first.session_key)
        second["b"] = 2
        first["a"] = 1
        first.save()
        second.save()
        [row] = memory.rows.values()
        assert decode(row.text).data == {"a": 1, "b": 2}

    def test_a_key_that_is_taken_is_refused(self, memory: MemoryStore) -> None:
        session = SessionStore()
        session.create()
        with pytest.raises(CreateError):
            SessionStore(session.session_key).save(must_create=True)
        assert len(memory.rows) == 1

    def test_a_life_of_its_own_reaches_the_row_and_is_taken_back(self, memory: MemoryStore) -> None:
        session = SessionStore()
        for seconds, expected in ((300, 300_000), (0, None), (None, 14 * 86_400_000)):
            session.set_expiry(seconds)
            session.save()
            [row] = memory.rows.values()
            assert decode(row.text).cookie["originalMaxAge"] == expected

    def test_one_that_ends_at_a_date_ends_there_however_it_is_used(self, memory: MemoryStore) -> None:
        session = SessionStore()
        session.set_expiry(timezone.now() + timedelta(hours=1))
        session.save()
        [(session_id, row)] = memory.rows.items()
        again = SessionStore(session.session_key)
        assert again.get("x") is None
        again.save()
        assert memory.rows == {session_id: row}

    def test_the_outcome_says_why_there_is_none(self, memory: MemoryStore) -> None:
        session = SessionStore()
        session.create()
        memory.rows.clear()
        again = SessionStore(session.session_key)
        assert again.get("x") is None
        assert isinstance(again.outcome, Outcome)
        assert str(again.outcome) == "find: missing"
        assert again.session_key is None


class TestOutages:
    @pytest.fixture
    def client(self) -> Iterator[Client]:
        with override_settings(SESSILE={"store": FAULTY, "secret": SECRET}):
            yield Client(raise_request_exception=False)

    @pytest.mark.parametrize(("path", "kinds"), [("/me", ()), ("/nested", (Create, Update)), ("/admin/", ())])
    def test_are_never_a_logout(
        self, client: Client, path: str, kinds: tuple[Any, ...], caplog: pytest.LogCaptureFixture
    ) -> None:
        client.post("/login")
        with FAULTY.failing(Fault.DOWN, *kinds):
            response = client.get(path)
            assert (response.status_code, response.headers.get("Retry-After"), set_cookie(response)) == (503, "5", "")
            assert client.get("/health").status_code == 200
        assert "session stopped at reach: unavailable" in caplog.text
        assert client.get("/me").status_code == 200


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"storre": "x"}, "'storre'"),
        ({"secret": "keyboard cat", "store": site.STORE}, "easy to guess"),
        ({"store": 7}, "no session store"),
    ],
)
def test_a_wrong_setting_is_named(memory: MemoryStore, said: dict[str, Any], complaint: str) -> None:
    assert not memory.rows
    with override_settings(SESSILE=said):
        with pytest.raises(ConfigurationError, match=complaint):
            SessionMiddleware(lambda _: HttpResponse())
        with pytest.raises(ConfigurationError, match=complaint):
            SessionStore().create()


def test_djangos_own_key_signs_and_its_fallbacks_verify(memory: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SESSION_SECRET", raising=False)
    with override_settings(SESSILE={"store": memory}):
        session = SessionStore()
        session["a"] = 1
        session.save()
    with override_settings(SESSILE={"store": memory}, SECRET_KEY=SECRET, SECRET_KEY_FALLBACKS=[site.SECRET_KEY]):
        again = SessionStore(session.session_key)
        assert again["a"] == 1
        assert again.modified
        assert again.session_key != session.session_key


class TestDropIn:
    """A site that had Django's own db sessions."""

    @pytest.fixture(autouse=True)
    def taken_over(self, memory: MemoryStore) -> Iterator[None]:
        said = {**site.SESSILE, "predecessor": "django.contrib.sessions.backends.db"}
        with override_settings(SESSILE=said):
            yield
        assert memory is site.STORE

    def test_a_live_session_becomes_a_row_once(self, client: Client, memory: MemoryStore) -> None:
        old = before()
        old["userId"] = 7
        old.save()
        client.cookies["sessionid"] = old.session_key
        response = client.get("/me")
        assert response.json()["user"] == 7
        assert set_cookie(response).startswith("sessionid=s%3A")
        assert client.get("/me").json()["user"] == 7
        assert [decode(row.text).data for row in memory.rows.values()] == [{"userId": 7}, {}]
        client.get("/logout")
        client.cookies["sessionid"] = old.session_key
        assert client.get("/me").status_code == 401

    def test_one_that_has_expired_does_not(self, client: Client) -> None:
        old = before()
        old["userId"] = 7
        old.set_expiry(-60)
        old.save()
        client.cookies["sessionid"] = old.session_key
        assert client.get("/me").status_code == 401

    def test_an_outage_of_where_they_were_is_no_logout(self) -> None:
        client = Client(raise_request_exception=False)
        client.cookies["sessionid"] = "abcdefghijklmnopqrstuvwxyz012345"
        with override_settings(SESSILE={**site.SESSILE, "predecessor": "tests.integrations.django_site.broken"}):
            assert client.get("/me").status_code == 503

    def test_a_command_counts_them_beforehand(self) -> None:
        before().model.objects.all().delete()
        for value in (1, 2, 10**20):
            old = before()
            old["number"] = value
            old.save()
        said = StringIO()
        call_command("checksessions", stdout=said)
        assert said.getvalue().splitlines() == [
            "2 live sessions can be taken over",
            "1 cannot: session['number'] is an integer beyond 2^53, which loses digits in JavaScript: store it as text",
        ]
