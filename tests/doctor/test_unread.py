"""Code that nobody here reads, or that gives its requests no session, is told as such; health is not concluded from it."""

from pathlib import Path

import psycopg
import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.evidence.gathering import Gathered, Options, gather
from sessile.doctor.evidence.sorting import NotEvidence, offered, sort
from sessile.doctor.findings import Need
from sessile.doctor.report.headline import headline

LITESTAR = "from litestar import Litestar\napp = Litestar([])\n"
EXPRESS = "const app = require('express')();\napp.get('/', (req, res) => res.send('x'));\napp.listen(3000);\n"
SESSION = "app.use(require('express-session')({secret: process.env.SESSION_SECRET, resave: false, saveUninitialized: false}));\n"

FRAMEWORKS = {
    "Litestar": {"app.py": LITESTAR},
    "Sanic": {"app.py": "from sanic import Sanic\napp = Sanic('a')\n"},
    "aiohttp": {"app.py": "from aiohttp import web\napp = web.Application()\n"},
    "Bottle": {"app.py": "import bottle\nbottle.run()\n"},
    "Tornado": {"app.py": "import tornado.web\napp = tornado.web.Application([])\n"},
    "Koa": {"app.js": "const Koa = require('koa');\nnew Koa().listen(3000);\n"},
    "Fastify": {"app.js": "import Fastify from 'fastify';\nconst app = Fastify();\napp.listen({port: 3000});\n"},
    "NestJS": {"package.json": '{"dependencies": {"@nestjs/core": "^11.0.0"}}', "main.ts": "export const x = 1;\n"},
    "Next.js": {"package.json": '{"dependencies": {"next": "15.0.0"}}', "page.tsx": "export default () => null;\n"},
    "hapi": {"app.js": 'const Hapi = require("@hapi/hapi");\nHapi.server().start();\n'},
    "Falcon": {"requirements.txt": "falcon==4.0\n", "app.py": "x = 1\n"},
}
LANGUAGES = {
    "Ruby": {"Gemfile": "gem 'rails'\n"},
    "Go": {"go.mod": "module a\n", "main.go": "package main\n"},
    "PHP": {"index.php": "<?php\n"},
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (folder / name).write_text(content)


def seen(folder: Path, files: dict[str, str]) -> Gathered:
    write(folder, files)
    return gather(sort([str(folder)], {}), Options())


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_framework_that_is_not_read_is_named_and_no_health_is_concluded(tmp_path: Path, name: str) -> None:
    found = seen(tmp_path, FRAMEWORKS[name] | {"Procfile": "web: run\n"})
    diagnosis = diagnose(found.facts)
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert f"its code is on {name}, which sessile does not read" in headline(diagnosis)
    assert "the service's code" in headline(diagnosis).partition("Not seen: ")[2]
    assert any("give the database, the log, the site or a recording (HAR) instead" in failure for failure in found.failures)
    assert "the service's own code" not in [one.collect for one in diagnosis.next]


@pytest.mark.parametrize("name", LANGUAGES)
def test_so_is_another_language(tmp_path: Path, name: str) -> None:
    diagnosis = diagnose(seen(tmp_path, LANGUAGES[name] | {".env": "PORT=3000\n"}).facts)
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert f"its code is in {name}, which sessile does not read" in headline(diagnosis)


@pytest.mark.parametrize("files", [FRAMEWORKS["Litestar"], LANGUAGES["Ruby"]])
def test_alone_it_is_nothing_to_look_at(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(NotEvidence, match="which sessile does not read; give the database, the log"):
        seen(tmp_path, files)


def test_a_manifest_of_another_language_is_what_is_here(tmp_path: Path) -> None:
    write(tmp_path, LANGUAGES["Ruby"])
    assert [item.path for item in offered(tmp_path, {})] == [tmp_path]


def test_with_a_log_there_is_no_fault_in_what_was_seen(tmp_path: Path) -> None:
    diagnosis = diagnose(seen(tmp_path, FRAMEWORKS["Litestar"] | {"app.log": "Server running on port 3000\n"}).facts)
    assert diagnosis.verdict is Verdict.HEALTHY
    assert "on Litestar, which sessile does not read" in diagnosis.reservation
    assert Need.SOURCE not in diagnosis.given


def test_beside_a_service_that_is_read_a_page_on_next_is_no_matter(tmp_path: Path) -> None:
    service = {"app.js": EXPRESS.replace("app.get", f"{SESSION}app.get"), "package.json": '{"dependencies": {"next": "15.0.0"}}'}
    found = seen(tmp_path, service)
    assert found.facts.unread == ()
    assert diagnose(found.facts).reservation == ""


def test_a_service_whose_code_has_no_session_is_not_healthy_by_it(tmp_path: Path) -> None:
    diagnosis = diagnose(seen(tmp_path, {"app.js": EXPRESS, "Procfile": "web: node app.js\n"}).facts)
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert "no session was found in its code on Express" in headline(diagnosis)
    assert Need.SOURCE in diagnosis.given


def test_a_table_of_another_kind_is_said_not_to_be_read(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE sessions (token text PRIMARY KEY, user_id int, expires_at timestamptz)")
    diagnosis = diagnose(gather(sort([database], {}), Options()).facts)
    assert "public.sessions was not read: if it holds sessions, they are of another kind." in headline(diagnosis)


OWN_NAME = (
    "from flask import Flask, session\nimport os\napp = Flask('a')\napp.secret_key = os.environ['APP_KEY']\nsession['user'] = 1\n"
)


def test_a_secret_under_a_name_of_the_services_own_is_set_and_named_in_the_fix(tmp_path: Path) -> None:
    anew = "import os, secrets\ndef post_fork(server, worker):\n    os.environ['APP_KEY'] = secrets.token_hex(32)\n"
    write(tmp_path, {"app.py": OWN_NAME, "gunicorn.conf.py": anew, ".env": "APP_KEY=4f1c7ab04e6d2f83c5b7e1aa20d94c66\n"})
    diagnosis = diagnose(gather(sort([str(tmp_path)], {}), Options()).facts)
    remedy = diagnosis.causes[0].cause.remedy
    assert diagnosis.causes[0].cause.id == "verify-secret-random-per-boot"
    assert remedy.summary.startswith("Set APP_KEY to one value of its own")
    assert remedy.command == 'echo "APP_KEY=$(sessile secret new)" >> .env'
    assert diagnosis.checklist[1].state == "yes"
    assert diagnosis.checklist[1].because.startswith("APP_KEY, by the code's own name, set in ")


IN_COOKIES = {
    "cookie-session": {
        "app.js": EXPRESS.replace("app.get", "app.use(require('cookie-session')({keys: [process.env.KEY]}));\napp.get")
    },
    "Starlette": {
        "app.py": "from starlette.applications import Starlette\n"
        "from starlette.middleware.sessions import SessionMiddleware\n"
        "app = Starlette()\napp.add_middleware(SessionMiddleware, secret_key=KEY)\n"
    },
    "Flask": {"app.py": "from flask import Flask, session\napp = Flask('a')\napp.secret_key = KEY\nsession['user'] = 1\n"},
}


@pytest.mark.parametrize("keeper", IN_COOKIES)
def test_where_the_cookies_keep_the_sessions_no_table_is_missed_or_asked_for(tmp_path: Path, keeper: str) -> None:
    diagnosis = diagnose(seen(tmp_path, IN_COOKIES[keeper]).facts)
    table = diagnosis.checklist[0]
    assert (table.state, table.because) == ("unknown", f"{keeper} keeps its sessions in the cookies: there is none to be")
    assert not [one.command for one in diagnosis.next if one.command.endswith(('doctor "$DATABASE_URL"', 'doctor "$REDIS_URL"'))]
    assert not [one.command for one in diagnosis.next if "--scan" in one.command]
