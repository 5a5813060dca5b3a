"""A user ends other sessions, and changes the password, through a service: whoever held them is logged out at once."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sessile.session.user import key_of
from tests.stores.writers import execute

PAGE = (Path(__file__).parents[2] / "docs" / "users.md").read_text(encoding="utf-8")


@pytest.fixture
async def browsers(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[httpx2.AsyncClient]]:
    """Three browsers of one user, logged in to the service of docs/users.md."""
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("SESSION_SECRET", "Zx8fQ2mN4vB7kL1pR9sT3wY6uE0aD5gH")
    [program] = re.findall(r"```python\n(from fastapi.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(program, names)
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                httpx2.AsyncClient(transport=httpx2.ASGITransport(app=names["app"]), base_url="http://shop.test")
            )
            for _ in range(3)
        ]
        for client in clients:
            assert (await client.post("/login")).status_code == 200
        yield clients
    await names["store"].close()


async def users(browsers: list[httpx2.AsyncClient]) -> list[int | None]:
    return [(await browser.get("/me")).json()["user"] for browser in browsers]


async def test_the_page_lists_them_and_ends_one(browsers: list[httpx2.AsyncClient], database: str) -> None:
    first, *others = (await browsers[0].get("/sessions")).json()
    assert (first["this one"], [other["this one"] for other in others]) == (True, [False, False])
    assert {first["key"], *(other["key"] for other in others)} == {
        key_of(str(sid)) for (sid,) in execute(database, "SELECT sid FROM session")
    }
    assert (await browsers[0].delete(f"/sessions/{others[0]['key']}")).status_code == 200
    assert (await browsers[0].delete(f"/sessions/{others[0]['key']}")).status_code == 404
    assert sorted(map(str, await users(browsers))) == ["7", "7", "None"]


async def test_a_change_of_password_ends_all_others(browsers: list[httpx2.AsyncClient]) -> None:
    assert (await browsers[1].post("/password")).json() == {"other sessions ended": 2}
    assert await users(browsers) == [None, 7, None]
    assert len((await browsers[1].get("/sessions")).json()) == 1
