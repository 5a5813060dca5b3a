"""`sessile why` on cookies of other frameworks: which they are, who signed them, how old they are, and Django's row."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from sessile.doctor.diagnosis import State
from sessile.doctor.evidence.cookie import NamedSecret
from sessile.doctor.evidence.framework_cookie import examine_held, examine_key, held, key, secrets_in
from sessile.doctor.evidence.source import collect
from sessile.doctor.why import Answer, Status
from sessile.doctor.why_framework import answer
from sessile.session.outcome import Station
from tests.doctor.test_signed_data import SECRET, django_cookie, flask_cookie, starlette_cookie

OURS = (NamedSecret("SECRET_KEY (.env:1)", SECRET),)
KEY = "0jazzwfgptymhkflzo6we68tyktbhy4d"
TABLE = (
    "CREATE TABLE django_session "
    "(session_key varchar(40) PRIMARY KEY, session_data text NOT NULL, expire_date timestamptz NOT NULL)"
)
BACKEND = "django.contrib.auth.backends.ModelBackend"


def follow(
    cookie: str, secrets: tuple[NamedSecret, ...] = OURS, *, later: timedelta = timedelta(), source: Path | None = None
) -> Answer:
    found = held(cookie)
    assert found
    sources = collect(source).applications if source else ()
    return answer(examine_held(*found, (*secrets, *secrets_in(sources)), sources, datetime.now(UTC) + later))


class TestHeldInTheCookie:
    def test_a_good_one_lives_and_says_what_it_is_without_what_it_holds(self) -> None:
        found = follow(f"theme=dark; session={flask_cookie()}")
        assert found.status is Status.LIVES
        assert found.says.startswith("this is a Flask cookie: signed data, no row")
        assert not any("tea" in stop.because or "eyJ" in stop.because for stop in found.stops)

    def test_another_secret_stops_it_at_verify(self) -> None:
        assert follow(starlette_cookie(), (NamedSecret("SECRET_KEY (.env:1)", "another"),)).station is Station.VERIFY

    def test_the_same_secret_in_quotes_is_named(self) -> None:
        found = follow(starlette_cookie(), (NamedSecret("SECRET_KEY (.env:1)", f'"{SECRET}"'),))
        assert found.station is Station.VERIFY
        assert "without its quotes" in found.says

    def test_without_a_secret_nobody_can_tell(self) -> None:
        assert follow(flask_cookie(), ()).status is Status.CANNOT_TELL

    def test_an_old_one_stops_at_live_with_its_age(self) -> None:
        found = follow(starlette_cookie(), later=timedelta(days=15))
        assert found.station is Station.LIVE
        assert "15 d ago" in found.says
        assert "too old by 1 d" in found.says

    def test_flask_accepts_it_longer(self) -> None:
        assert follow(flask_cookie(), later=timedelta(days=15)).status is Status.LIVES

    def test_the_code_says_how_long_and_which_secret(self, tmp_path: Path) -> None:
        (tmp_path / "app.py").write_text(
            "from flask import Flask\nfrom datetime import timedelta\napp = Flask(__name__)\n"
            f"app.secret_key = {SECRET!r}\napp.permanent_session_lifetime = timedelta(hours=1)\n"
        )
        found = follow(flask_cookie(), (), later=timedelta(hours=2), source=tmp_path)
        assert found.station is Station.LIVE
        assert "1 h (PERMANENT_SESSION_LIFETIME, app.py:5)" in found.says
        assert next(stop.because for stop in found.stops if stop.station is Station.VERIFY).startswith(
            "SECRET_KEY (app.py:4) signed it"
        )

    def test_one_without_a_user_cannot_tell_and_an_empty_one_is_nobodys(self) -> None:
        assert follow(flask_cookie({"cart": 1})).status is Status.CANNOT_TELL
        assert follow(django_cookie({})).station is Station.READ

    @pytest.mark.parametrize("text", ["connect.sid=s%3Aabc.def", "a=b; c=d", "", KEY])
    def test_other_cookies_are_not_taken_for_one(self, text: str) -> None:
        assert held(text) is None


class TestKeyOfDjango:
    def test_it_is_known_by_its_name_among_others_or_alone(self) -> None:
        assert key(f"csrftoken={KEY}; sessionid={KEY}") == ("sessionid", KEY)
        assert key(KEY) == (None, KEY)
        assert key(f"csrftoken={KEY}") is None

    def test_its_row_is_followed_to_the_user(self, database: str) -> None:
        self._save(database, {"_auth_user_id": "3", "_auth_user_backend": BACKEND}, timedelta(days=1))
        found = answer(examine_key("sessionid", KEY, OURS, database))
        assert found.status is Status.LIVES
        assert any(BACKEND in stop.because for stop in found.stops)

    def test_a_row_that_another_secret_signed_says_what_django_says(self, database: str) -> None:
        self._save(database, {"_auth_user_id": "3"}, timedelta(days=1), secret="another")
        found = answer(examine_key("sessionid", KEY, OURS, database))
        assert found.station is Station.VERIFY
        assert "Session data corrupted" in found.says

    def test_an_expired_row_a_missing_one_and_one_without_a_user(self, database: str) -> None:
        self._save(database, {"_auth_user_id": "3"}, timedelta(days=-1))
        assert answer(examine_key("sessionid", KEY, OURS, database)).station is Station.LIVE
        assert answer(examine_key("sessionid", KEY[::-1], OURS, database)).station is Station.FIND
        self._save(database, {"cart": 1}, timedelta(days=1))
        assert answer(examine_key("sessionid", KEY, OURS, database)).station is Station.READ

    def test_without_the_table_nobody_can_tell(self, database: str) -> None:
        found = answer(examine_key("sessionid", KEY, OURS, database))
        assert found.status is Status.CANNOT_TELL
        assert next(stop for stop in found.stops if stop.state is State.UNSEEN).station is Station.FIND

    @staticmethod
    def _save(database: str, data: dict[str, object], lives: timedelta, secret: str = SECRET) -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS django_session")
            connection.execute(TABLE.encode())
            row = (KEY, django_cookie(data, secret, "django.contrib.sessions.SessionStore"), datetime.now(UTC) + lives)
            connection.execute("INSERT INTO django_session VALUES (%s, %s, %s)", row)
