"""The programs in the documentation run as they stand: services keep a login, examples hold what they assert."""

import asyncio
import inspect
import re
import secrets
import sys
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest
from asgiref.wsgi import WsgiToAsgi
from flask import Flask

import sessile
import sessile.testing

DOCS = Path(__file__).parents[1] / "docs"
SECRET = "Zx8fQ2mN4vB7kL1pR9sT3wY6uE0aD5gH"


def programs(page: str) -> list[Any]:
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.finditer(r"^( *)```python\n(.*?)^\1```", text, re.DOTALL | re.MULTILINE)
    return [pytest.param(dedent(match[2]), id=f"{page}:{text[: match.start()].count(chr(10)) + 1}") for match in found]


@pytest.fixture(scope="module")
def shared_database(server_url: str) -> Iterator[str]:
    name = f"test_{secrets.token_hex(8)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, shared_database: str) -> None:
    monkeypatch.setenv("DATABASE_URL", shared_database)
    monkeypatch.setenv("SESSION_SECRET", SECRET)
    monkeypatch.delitem(sys.modules, "documented", raising=False)


def run(program: str) -> dict[str, Any]:
    """The program's names. It may await, and is a module, as frameworks expect that resolve annotations."""
    module = ModuleType("documented")
    sys.modules[module.__name__] = module
    done = eval(compile(program, module.__name__, "exec", PyCF_ALLOW_TOP_LEVEL_AWAIT), vars(module))
    if inspect.iscoroutine(done):
        asyncio.run(done)
    return vars(module)


@pytest.mark.parametrize("program", programs("frameworks.md") + programs("moving.md") + programs("users.md")[:1])
async def test_a_service_keeps_a_login(program: str) -> None:
    if "create=False" in program:
        await sessile.PostgresStore().open()
    app = run(program)["app"]
    if isinstance(app, Flask):
        app = cast("Any", WsgiToAsgi)(app)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://shop.test") as client:
        before = await client.get("/me")
        assert (before.status_code, before.json().get("user")) in {(200, None), (401, None)}
        assert (await client.post("/login")).json() == {"ok": True}
        assert (await client.get("/me")).json() == {"user": 7}


@pytest.mark.parametrize("program", programs("testing.md") + programs("api.md") + programs("users.md")[1:])
def test_an_example_holds(program: str) -> None:
    run(program)


class TestThePageOfTheApi:
    PAGE = (DOCS / "api.md").read_text(encoding="utf-8")

    @pytest.mark.parametrize("module", [sessile, sessile.testing], ids=lambda module: module.__name__)
    def test_names_every_public_name(self, module: ModuleType) -> None:
        public = sessile.__all__ if module is sessile else [name for name in vars(module) if not_hidden(name, module)]
        assert [name for name in public if not re.search(rf"\b{name}\b", self.PAGE)] == []

    @pytest.mark.parametrize("name", ["SessionMiddleware", "CookiePolicy", "Keyring", "PostgresStore", "RedisStore"])
    def test_names_every_option(self, name: str) -> None:
        options = set(inspect.signature(getattr(sessile, name)).parameters) - {"app"}
        (section,) = re.findall(rf"^(?:## )?`{name}\(.*?(?=^## |^`\w+Store\()", self.PAGE, re.DOTALL | re.MULTILINE)
        assert [option for option in options if not re.search(rf"\b{option}\b", section)] == []

    def test_imports_only_what_is_there(self) -> None:
        for module, names in re.findall(r"`from (sessile\S*) import ([^`]+)`", self.PAGE):
            assert [name for name in names.split(", ") if not hasattr(import_module(module), name)] == []


def not_hidden(name: str, module: ModuleType) -> bool:
    return not name.startswith("_") and not isinstance(getattr(module, name), ModuleType)
