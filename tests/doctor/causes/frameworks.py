"""Facts of a service in Python: its source as it would be read, beside deployment files, tables and logs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from sessile.doctor.evidence import deployment, source
from sessile.doctor.facts import Database, Deployments, Facts, Log, OtherTable, Unknown
from sessile.doctor.facts.other_tables import Library
from tests.doctor.facts_builder import NOW

DJANGO_TABLE = OtherTable(
    library=Library.DJANGO,
    name='"public"."django_session"',
    expiry_type="timestamp with time zone",
    rows=5,
    live=5,
    sampled=5,
    signed=5,
    tried=("SECRET_KEY (.env:1)",),
    backends=("django.contrib.auth.backends.ModelBackend",),
)
STARLETTE = """\
from fastapi import FastAPI, Request
from starlette.middleware.sessions import SessionMiddleware
import os, secrets

app = FastAPI()
app.add_middleware(SessionMiddleware, {options})


@app.post("/login")
async def login(request: Request):
    {login}
"""
FLASK = """\
import os
from flask import Flask, session

app = Flask(__name__)
{settings}


@app.post("/login")
def login():
    {login}
"""
DJANGO = """\
INSTALLED_APPS = ["django.contrib.sessions"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"]
"""


def starlette(options: str = 'secret_key=os.environ["SECRET_KEY"]', login: str = 'request.session["user"] = 1') -> dict[str, str]:
    """A service on FastAPI."""
    return {"main.py": STARLETTE.format(options=options, login=login)}


def flask(settings: str = 'app.secret_key = os.environ["SECRET_KEY"]', login: str = 'session["user"] = 1') -> dict[str, str]:
    """A service on Flask."""
    return {"app.py": FLASK.format(settings=settings, login=login)}


def django(settings: str = "", views: str = "") -> dict[str, str]:
    """A Django project."""
    return {"shop/settings.py": f"import os\n{DJANGO}{settings}\n", "shop/views.py": views}


def seen(
    folder: Path,
    files: dict[str, str],
    *logs: Log,
    database: Database | None = None,
    tables: tuple[OtherTable, ...] = (),
) -> Facts:
    """The facts of a folder with these files, of which those that put a service into operation are read as such."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    code = any(name.endswith(".py") for name in files)
    return Facts(
        now=NOW,
        database=database or Unknown("no database URL was given"),
        logs=logs,
        sources=source.collect(folder).applications if code else (),
        deployments=Deployments(tuple(deployment.collect(path) for path in deployment.in_folder(folder))),
        other_tables=tables,
    )


def table(**changes: Any) -> OtherTable:
    """Django's table with changes."""
    return replace(DJANGO_TABLE, **changes)
