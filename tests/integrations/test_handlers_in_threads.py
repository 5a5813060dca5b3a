"""A handler without `async`, which its framework runs in a thread, logs in and out like any other."""

import anyio.from_thread
import httpx2
from fastapi import FastAPI

from sessile import CookiePolicy, MemoryStore, SessionMiddleware
from sessile.integrations.fastapi import CurrentSession

COOKIE = "shop.sid"


def shop() -> httpx2.AsyncClient:
    app = FastAPI()
    app.add_middleware(
        SessionMiddleware, store=MemoryStore(), secret="Zl3Wv9rTq8sXm5yBn0dRd7gHk2aLe9fQ", cookie=CookiePolicy(name=COOKIE)
    )

    @app.get("/cart")
    def cart(session: CurrentSession) -> None:
        session["cart"] = [1]

    @app.get("/login")
    def login(session: CurrentSession) -> None:
        session.regenerate()
        session["user"] = 7

    @app.get("/me")
    def me(session: CurrentSession) -> dict[str, object]:
        return dict(session)

    @app.get("/logout")
    def logout(session: CurrentSession) -> None:
        anyio.from_thread.run(session.destroy)

    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="https://shop.test")


async def test_its_login_gives_a_new_id_though_nothing_is_awaited() -> None:
    async with shop() as client:
        await client.get("/cart")
        before = client.cookies[COOKIE]
        await client.get("/login")
        assert client.cookies[COOKIE] != before
        assert (await client.get("/me")).json() == {"cart": [1], "user": 7}
        client.cookies.set(COOKIE, before, domain="shop.test")
        assert (await client.get("/me")).json() == {}


async def test_its_logout_ends_the_session() -> None:
    async with shop() as client:
        await client.get("/login")
        kept = client.cookies[COOKIE]
        await client.get("/logout")
        assert (await client.get("/me", headers={"cookie": f"{COOKIE}={kept}"})).json() == {}
