"""A login among parallel requests of the same session: nobody fails, nothing saved is lost, and the id of before never reaches
what the login stored.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sessile import CookiePolicy, PostgresStore, SessionMiddleware, session_of

SECRET = "a secret of sufficient length"
NAME = "ofa.sid"
OTHERS = 20


class Gate:
    """Holds a request inside its handler, its session loaded, until it is opened."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self._arrived = asyncio.Semaphore(0)

    async def passed(self) -> None:
        self._arrived.release()
        await self.opened.wait()

    async def holds(self, requests: int) -> None:
        """Wait until so many have come."""
        async with asyncio.timeout(10):
            for _ in range(requests):
                await self._arrived.acquire()


class Service:
    """The application, and a gate for each path that is to be held."""

    def __init__(self, store: PostgresStore) -> None:
        self.gates: dict[str, Gate] = {}
        pages = (self.visit, self.login, self.regenerate, self.read, self.write, self.logout)
        self.app = Starlette(routes=[Route(f"/{page.__name__}", page, methods=["POST"]) for page in pages])
        self.app.add_middleware(SessionMiddleware, store=store, secret=SECRET, cookie=CookiePolicy(name=NAME))

    def hold(self, path: str) -> Gate:
        return self.gates.setdefault(path, Gate())

    async def visit(self, request: Request) -> Response:
        request.session["cart"] = ["lamp"]
        return await self._answer(request)

    async def login(self, request: Request) -> Response:
        await session_of(request).regenerate()
        request.session["userId"] = 7
        return await self._answer(request)

    async def regenerate(self, request: Request) -> Response:
        await session_of(request).regenerate()
        return await self._answer(request)

    async def read(self, request: Request) -> Response:
        return await self._answer(request)

    async def write(self, request: Request) -> Response:
        request.session.update(await request.json())
        return await self._answer(request)

    async def logout(self, request: Request) -> Response:
        await session_of(request).destroy()
        return await self._answer(request)

    async def _answer(self, request: Request) -> Response:
        if gate := self.gates.get(request.url.path.removeprefix("/")):
            await gate.passed()
        return JSONResponse(dict(request.session))


class Browser:
    """A client that sends whichever cookie it is told to. `set` are the cookies that came with answers, in their order, "" for
    one that was cleared.
    """

    def __init__(self, service: Service) -> None:
        transport = httpx2.ASGITransport(service.app, raise_app_exceptions=False)
        self._client = httpx2.AsyncClient(transport=transport, base_url="http://shop.test")
        self.set: list[str] = []

    async def post(self, path: str, cookie: str | None, body: object = None) -> httpx2.Response:
        self._client.cookies.clear()
        headers = {"cookie": f"{NAME}={cookie}"} if cookie else {}
        response = await self._client.post(f"/{path}", json=body, headers=headers)
        for line in response.headers.get_list("set-cookie"):
            self.set.append(line.partition(";")[0].partition("=")[2])
        return response

    async def shown(self, cookie: str) -> dict[str, Any]:
        response = await self.post("read", cookie)
        assert response.status_code == 200
        session: dict[str, Any] = response.json()
        return session


@pytest.fixture
async def service(database: str) -> AsyncIterator[Service]:
    store = PostgresStore(database, pool_size=5)
    await store.open()
    yield Service(store)
    await store.close()


@pytest.fixture
def browser(service: Service) -> Browser:
    return Browser(service)


@pytest.fixture
async def before(browser: Browser) -> str:
    """The cookie of a session with a cart and nobody logged in."""
    await browser.post("visit", None)
    return browser.set[-1]


def cookie_of(response: httpx2.Response) -> str:
    """The session's cookie that a response sets."""
    [line] = response.headers.get_list("set-cookie")
    return str(line).partition(";")[0].partition("=")[2]


def saved_by(writers: int) -> dict[str, int]:
    """What all of them save together, a key each."""
    return {f"key {n}": n for n in range(writers)}


class TestALoginAmongTwentyOthers:
    async def test_fails_nobody_and_the_old_id_never_reaches_it(self, browser: Browser, before: str) -> None:
        over = asyncio.Event()
        seen: list[tuple[int, dict[str, Any]]] = []

        async def other(number: int) -> None:
            while not over.is_set():
                path, body = ("read", None) if number % 2 else ("write", {f"key {number}": number})
                response = await browser.post(path, before, body)
                seen.append((response.status_code, response.json()))

        async with asyncio.TaskGroup() as others:
            for number in range(OTHERS):
                others.create_task(other(number))
            await asyncio.sleep(0.1)
            login = await browser.post("login", before)
            await asyncio.sleep(0.1)
            over.set()
        assert login.status_code == 200
        assert len(seen) > 3 * OTHERS
        assert {status for status, _ in seen} == {200}
        assert not any("userId" in session for _, session in seen)
        assert (await browser.shown(cookie_of(login)))["userId"] == 7
        assert "userId" not in await browser.shown(before)

    async def test_is_out_of_reach_of_requests_that_were_under_way(self, browser: Browser, service: Service, before: str) -> None:
        gate = service.hold("write")
        writers = [asyncio.create_task(browser.post("write", before, {f"key {n}": n})) for n in range(OTHERS)]
        await gate.holds(OTHERS)
        login = await browser.post("login", before)
        assert login.status_code == 200
        gate.opened.set()
        answers = await asyncio.gather(*writers)
        assert {answer.status_code for answer in answers} == {200}
        assert not any("userId" in answer.json() for answer in answers)
        assert await browser.shown(cookie_of(login)) == {"cart": ["lamp"], "userId": 7}
        assert await browser.shown(before) == {}
        for cookie in filter(None, browser.set):
            assert cookie == cookie_of(login) or "userId" not in await browser.shown(cookie)

    async def test_is_not_undone_in_the_browser_by_their_answers(self, browser: Browser, service: Service, before: str) -> None:
        gate = service.hold("write")
        writers = [asyncio.create_task(browser.post("write", before, {f"key {n}": n})) for n in range(OTHERS)]
        await gate.holds(OTHERS)
        login = await browser.post("login", before)
        gate.opened.set()
        await asyncio.gather(*writers)
        assert browser.set[-1] == cookie_of(login)

    async def test_keeps_what_they_saved_meanwhile(self, browser: Browser, service: Service, before: str) -> None:
        gate = service.hold("login")
        login = asyncio.create_task(browser.post("login", before))
        await gate.holds(1)
        for n in range(OTHERS):
            assert (await browser.post("write", before, {f"key {n}": n})).status_code == 200
        gate.opened.set()
        assert await browser.shown(cookie_of(await login)) == {"cart": ["lamp"], "userId": 7, **saved_by(OTHERS)}

    async def test_pressed_twenty_times_leaves_the_browser_logged_in(
        self, browser: Browser, service: Service, before: str
    ) -> None:
        gate = service.hold("login")
        logins = [asyncio.create_task(browser.post("login", before)) for _ in range(OTHERS)]
        await gate.holds(OTHERS)
        gate.opened.set()
        answers = await asyncio.gather(*logins)
        assert {answer.status_code for answer in answers} == {200}
        assert len({cookie_of(answer) for answer in answers}) == OTHERS
        assert (await browser.shown(browser.set[-1]))["userId"] == 7
        assert await browser.shown(before) == {}


async def test_twenty_writers_of_one_session_all_succeed(browser: Browser, service: Service, before: str) -> None:
    gate = service.hold("write")
    writers = [asyncio.create_task(browser.post("write", before, {f"key {n}": n})) for n in range(OTHERS)]
    await gate.holds(OTHERS)
    gate.opened.set()
    assert {answer.status_code for answer in await asyncio.gather(*writers)} == {200}
    assert await browser.shown(before) == {"cart": ["lamp"], **saved_by(OTHERS)}


async def test_a_logout_is_not_undone_by_a_regenerate_under_way(browser: Browser, service: Service, before: str) -> None:
    cookie = cookie_of(await browser.post("login", before))
    gate = service.hold("regenerate")
    regenerate = asyncio.create_task(browser.post("regenerate", cookie))
    await gate.holds(1)
    assert (await browser.post("logout", cookie)).status_code == 200
    gate.opened.set()
    assert (await regenerate).status_code < 500
    for given in (cookie, *filter(None, browser.set)):
        assert "userId" not in await browser.shown(given)


async def test_a_login_is_not_lost_to_a_logout_of_before(browser: Browser, service: Service, before: str) -> None:
    gate = service.hold("login")
    login = asyncio.create_task(browser.post("login", before))
    await gate.holds(1)
    assert (await browser.post("logout", before)).status_code == 200
    gate.opened.set()
    assert (await browser.shown(cookie_of(await login)))["userId"] == 7
