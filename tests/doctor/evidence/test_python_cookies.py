"""Cookies of Starlette, Flask and Django on the wire, verified with the secrets that were given, Django's row looked up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from sessile.doctor.evidence import database as evidence, environment, source
from sessile.doctor.evidence.correlation import correlate
from sessile.doctor.evidence.sorting import Item, Kind
from sessile.doctor.facts import Facts
from sessile.doctor.facts.correlation import Correlation, Held, Signature, Stored, Unsigned
from sessile.doctor.facts.evidence import Unknown
from tests.doctor.recording import asked, login, recording
from tests.doctor.test_signed_data import SECRET, django_cookie, flask_cookie, starlette_cookie

KEY = "0jazzwfgptymhkflzo6we68tyktbhy4d"
TABLE = (
    "CREATE TABLE django_session "
    "(session_key varchar(40) PRIMARY KEY, session_data text NOT NULL, expire_date timestamptz NOT NULL)"
)
IN_ROW = "django.contrib.sessions.SessionStore"


def only(value: str, folder: Path, secret: str = SECRET, url: str | None = None, code: str = "") -> Correlation:
    path = folder / ".env"
    path.write_text(f"SECRET_KEY={secret}\n")
    wire = recording(login(sets=f"session={value}; Path=/; HttpOnly"), asked(1, status=401, sends=f"session={value}"))
    facts = Facts(now=datetime.now(UTC), environments=(environment.collect(path),), wires=(wire,))
    if url:
        facts = replace(facts, database=evidence.collect(url, now=facts.now))
    if code:
        (folder / "app.py").write_text(code)
        facts = replace(facts, sources=source.collect(folder).applications)
    [found] = correlate(facts, [Item(Kind.ENVIRONMENT, ".env", path=path)], url, None).cookies
    return found


COOKIES = {"starlette": starlette_cookie(), "flask": flask_cookie(), "django": django_cookie({"_auth_user_id": "3"})}


@pytest.mark.parametrize("value", COOKIES.values(), ids=COOKIES)
def test_one_that_holds_the_session_is_verified_and_its_end_is_known(value: str, tmp_path: Path) -> None:
    found = only(value, tmp_path)
    assert isinstance(found.signature, Signature)
    assert isinstance(found.row, Held)
    assert found.row.identities
    assert found.row.ends is not None
    assert found.row.ends > datetime.now(UTC).timestamp() * 1000
    assert isinstance(only(value, tmp_path, "another").signature, Unsigned)


def test_the_secret_in_the_code_is_tried_and_its_lifetime_counts(tmp_path: Path) -> None:
    code = (
        "from flask import Flask\nfrom datetime import timedelta\napp = Flask(__name__)\n"
        f"app.secret_key = {SECRET!r}\napp.permanent_session_lifetime = timedelta(seconds=-90)\n"
    )
    found = only(flask_cookie(), tmp_path, "another", code=code)
    assert isinstance(found.signature, Signature)
    assert "app.py:4" in found.signature.where


def test_the_row_of_a_key_is_looked_up_where_django_keeps_it(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(TABLE.encode())
        absent = only(KEY, tmp_path, url=database)
        data = django_cookie({"_auth_user_id": "3"}, SECRET, IN_ROW)
        row = (KEY, data, datetime.now(UTC) + timedelta(days=1))
        connection.execute("INSERT INTO django_session VALUES (%s, %s, %s)", row)
    assert isinstance(absent.row, Unknown)
    found = only(KEY, tmp_path, url=database)
    assert isinstance(found.row, Stored)
    assert isinstance(found.signature, Signature)
    assert found.row.identities
    assert KEY not in repr(found)
    assert isinstance(only(KEY, tmp_path, "another", url=database).signature, Unsigned)


def test_other_cookies_are_followed_nowhere(database: str, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(f"SECRET_KEY={SECRET}\n")
    wire = recording(login(sets=f"sessionid={KEY}\nlang=en"), asked(1, sends="theme=dark"))
    facts = Facts(now=datetime.now(UTC), wires=(wire,), database=evidence.collect(database, now=datetime.now(UTC)))
    assert correlate(facts, [Item(Kind.ENVIRONMENT, ".env", path=path)], database, None).cookies == ()
