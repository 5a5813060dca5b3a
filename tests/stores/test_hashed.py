"""Ids hashed at rest: whoever reads the store can open no session, and a service changes over without a logout."""

import json
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sessile import ConfigurationError, PostgresStore, SessionMiddleware, TableError, session_of
from sessile.session.codec import Payload, encode
from sessile.session.rotation import alias_text
from sessile.session.store import Create, Delete, Load, Replace, Rotate, Stored, Touch, Update
from sessile.session.user import key_of
from sessile.stores.hashed import HashIds, hashed
from sessile.testing import FakeClock, StoreConformance
from sessile.testing.contract import BOB, EVE, later
from tests.stores.writers import Express, execute

OLD, NEW = "old-old-old-old-old-old-old-old!", "new-new-new-new-new-new-new-new!"
TURNED = encode(Payload({"user": "bob", "device": OLD}, {}, {"created": 1, "was": OLD, "until": 2}))[0]


@pytest.fixture(scope="module")
def shared(server_url: str) -> Iterator[str]:
    """The URL of a database for the stores of all rules."""
    name = f"test_{secrets.token_hex(8)}"
    execute(server_url, f"CREATE DATABASE {name}")
    yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


class TestHashed(StoreConformance):
    @pytest.fixture
    def store(self, shared: str) -> PostgresStore:
        return PostgresStore(shared, table=f"s_{secrets.token_hex(4)}", pool_size=2, hash_ids=True)


class TestPreferred(StoreConformance):
    @pytest.fixture
    def store(self, shared: str) -> PostgresStore:
        return PostgresStore(shared, table=f"s_{secrets.token_hex(4)}", pool_size=2, hash_ids="prefer")


async def one(store: PostgresStore, want: Load | Create | Update | Touch | Delete | Replace | Rotate) -> object:
    [answer] = await store.perform([want])
    return answer


class TestAtRest:
    async def test_no_id_stands_in_the_table(self, database: str) -> None:
        store = PostgresStore(database, hash_ids=True, journal=True, triggers=True)
        await one(store, Create(OLD, BOB, later()))
        alias = alias_text(NEW, {}, 2)
        assert await one(store, Rotate(OLD, NEW, TURNED, later(), BOB, alias, later(30))) == TURNED
        everything = json.dumps(
            execute(database, "SELECT s::text FROM session s UNION ALL SELECT j::text FROM session_journal j")
        )
        assert OLD not in everything
        assert NEW not in everything
        assert OLD[:8] not in everything
        assert execute(database, "SELECT count(*) FROM session WHERE sid LIKE 'sha256-%'") == [(2,)]
        found, leads = await one(store, Load(NEW)), await one(store, Load(OLD))
        assert isinstance(found, Stored)
        assert isinstance(leads, Stored)
        assert (found.text, leads.text) == (TURNED, alias)
        assert await one(store, Update(NEW, TURNED.replace("bob", "eve"), later(), TURNED)) == TURNED.replace("bob", "eve")
        assert await one(store, Delete(NEW, OLD)) is True
        assert execute(database, "SELECT count(*) FROM session") == [(0,)]
        await store.close()

    async def test_what_is_stored_opens_nothing(self, database: str) -> None:
        store = PostgresStore(database, hash_ids=True)
        await one(store, Create(OLD, BOB, later()))
        assert await one(store, Load(hashed(OLD))) is None
        await store.close()

    async def test_a_user_s_sessions_are_listed_and_ended(self, database: str) -> None:
        text = BOB.replace('"user":"bob"', '"userId":7')
        store = PostgresStore(database, hash_ids=True, users=True)
        await store.perform([Create(OLD, text, later()), Create(NEW, text, later())])
        for first, *others in (await store.sessions_of(7, current=NEW), store.sync().sessions_of(7, current=NEW)):
            assert (first.current, first.key) == (True, key_of(hashed(NEW)))
            assert [one.key for one in others] == [key_of(hashed(OLD))]
        assert await store.revoke_all(7, but=NEW) == 1
        assert await one(store, Load(OLD)) is None
        assert store.sync().revoke(7, key_of(hashed(NEW))) is True
        store.sync().close()
        await store.close()


class TestChangingOver:
    async def test_nobody_is_logged_out_while_instances_differ(self, database: str) -> None:
        """The steps of a rolling deployment, each instance one step before or behind the other."""
        steps: list[HashIds] = [False, "accept", "prefer"]
        stores = [PostgresStore(database, hash_ids=step, pool_size=2) for step in steps]
        for before, after in ((stores[0], stores[1]), (stores[1], stores[2])):
            for here, there in ((before, after), (after, before)):
                name = secrets.token_hex(8)
                expires = later()
                assert await one(here, Create(name, BOB, expires)) == BOB
                assert await one(there, Load(name)) == Stored(BOB, expires)
                assert await one(there, Update(name, EVE, expires, BOB)) == EVE
                assert await one(here, Update(name, BOB, expires, EVE)) == BOB
                assert await one(there, Touch(name, expires + 60_000, lazily=there is not stores[0])) is True
                assert await one(here, Replace(name, f"{name}-2", EVE, expires, BOB)) == EVE
                assert await one(there, Load(name)) is None
                assert await one(there, Rotate(f"{name}-2", f"{name}-3", BOB, expires, EVE, EVE, later(30))) == BOB
                assert await one(here, Load(f"{name}-3")) == Stored(BOB, expires)
                assert await one(here, Delete(f"{name}-3")) is True
                assert await one(there, Load(f"{name}-3")) is None
        for store in stores:
            await store.close()

    async def test_new_ids_are_hashed_from_the_second_step_on(self, database: str) -> None:
        store = PostgresStore(database)
        await one(store, Create("plain", BOB, later()))
        preferring = PostgresStore(database, hash_ids="prefer")
        assert await one(preferring, Replace("plain", "other", BOB, later(), BOB)) == BOB
        assert execute(database, "SELECT sid FROM session") == [(hashed("other"),)]
        await store.close()
        await preferring.close()

    async def test_the_rest_is_hashed_by_one_statement(self, database: str) -> None:
        """That of docs/users.md."""
        store = PostgresStore(database)
        await store.perform([Create(OLD, BOB, later()), Create("ümläut", BOB, later())])
        page = (Path(__file__).parents[2] / "docs" / "users.md").read_text(encoding="utf-8")
        statement = dedent(page.partition("```sql\n")[2].partition("```")[0])
        for _ in range(2):
            execute(database, statement)
        assert {sid for (sid,) in execute(database, "SELECT sid FROM session")} == {hashed(OLD), hashed("ümläut")}
        await store.close()

    async def test_a_table_that_others_write_is_refused(self, database: str) -> None:
        store = PostgresStore(database)
        await store.open()
        await store.close()
        with Express(database) as express:
            express.save("of-express")
            express.save("expired", life=-5)
        with pytest.raises(TableError, match=r"1 of the latest 1 sessions.*accept"):
            await PostgresStore(database, hash_ids=True).open()
        threads = PostgresStore(database, hash_ids=True).sync()
        with pytest.raises(TableError, match="not hashed"):
            threads.open()
        threads.close()
        accepting = PostgresStore(database, hash_ids="accept")
        await accepting.open()
        await accepting.close()

    async def test_a_column_too_short_is_refused(self, database: str) -> None:
        execute(database, "CREATE TABLE session (sid varchar(40) PRIMARY KEY, sess json NOT NULL, expire timestamp NOT NULL)")
        with pytest.raises(TableError, match="40 characters"):
            await PostgresStore(database, hash_ids=True).open()

    def test_another_word_is_refused(self) -> None:
        word: Any = "yes"
        with pytest.raises(ConfigurationError, match="hash_ids"):
            PostgresStore("postgresql://h/d", hash_ids=word)


async def test_a_service_exchanges_ids_and_follows_the_old_one_while_its_grace_lasts(database: str) -> None:
    clock, store = FakeClock(), PostgresStore(database, hash_ids=True)

    async def me(request: Request) -> JSONResponse:
        session = session_of(request)
        if request.method == "POST":
            await session.regenerate()
            session["user"] = 7
        return JSONResponse({"user": session.get("user"), "id": session.id})

    app = SessionMiddleware(
        Starlette(routes=[Route("/me", me, methods=["GET", "POST"])]),
        store=store,
        secret="Zx8fQ2mN4vB7kL1pR9sT3wY6uE0aD5gH",
        rotate=timedelta(hours=1),
        clock=clock,
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://shop.test") as browser:
        await browser.post("/me")
        first = dict(browser.cookies)
        clock.advance(timedelta(hours=2))
        assert (await browser.get("/me")).json()["user"] == 7
        second = dict(browser.cookies)
        assert second != first
        late = {"cookie": f"connect.sid={first['connect.sid']}"}
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://shop.test") as other:
            in_flight = await other.get("/me", headers=late)
        assert in_flight.json()["user"] == 7, "the old id leads to the new one"
        assert in_flight.cookies["connect.sid"] == second["connect.sid"]
        live = in_flight.json()["id"]
        assert live not in json.dumps(execute(database, "SELECT s::text FROM session s"))
        assert execute(database, "SELECT count(*) FROM session") == [(2,)]
        clock.advance(timedelta(minutes=5))
        assert (await browser.get("/me")).json()["user"] == 7
    await store.close()
