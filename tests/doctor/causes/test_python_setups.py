"""How services in Python set their sessions up: each mistake, what is nearly it, and what is done so that it is none."""

from pathlib import Path

import pytest

from sessile.doctor.facts import Log
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.causes.frameworks import django, flask, seen, starlette
from tests.doctor.evidence.test_log_guarded import START, asks, read
from tests.doctor.facts_builder import BOOT, facts, judge, line, log

LOGIN = asks("POST /login 200")
SHOWN, REFUSED = (asks("GET /api/me 200", "10.0.0.9"),), asks("GET /api/me 401")


def bounced(*more: str, somebody: bool = True) -> Log:
    """Logins that do not last, though others' do."""
    return read(*START, *more, *(SHOWN if somebody else ()), *(LOGIN, REFUSED) * 3)


class TestExtensionBeforeConfiguration:
    CAUSE = "boot-extension-before-configuration"
    FACTORY = """
from flask import Flask, session
from flask_session import Session
sessions = Session()

def create_app(config="shop.settings.Production"):
    app = Flask(__name__)
    {first}
    {second}
    return app
"""

    @pytest.mark.parametrize(
        ("first", "second", "kind"),
        [
            ("sessions.init_app(app)", "app.config.from_object(config)", Confirmed),
            ("Session(app)", 'app.config["SESSION_TYPE"] = "redis"', Confirmed),
            ("app.config.from_object(config)", "sessions.init_app(app)", RuledOut),
            ("sessions.init_app(app)", 'app.config["DEBUG"] = True', RuledOut),
            ("app.config.from_object(config)", "Session(app); app.config.update(PORT=1)", RuledOut),
        ],
    )
    def test_the_settings_come_first(self, tmp_path: Path, first: str, second: str, kind: type) -> None:
        files = {"app.py": self.FACTORY.format(first=first, second=second)}
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files)), kind)

    def test_an_extension_of_another_module(self, tmp_path: Path) -> None:
        files = {
            "shop/__init__.py": "from flask import Flask\nfrom .extensions import sessions\n\ndef create_app():\n"
            "    app = Flask(__name__)\n    sessions.init_app(app)\n    app.config.from_prefixed_env()\n    return app\n",
            "shop/extensions.py": "from flask_session import Session\nsessions = Session()\n",
        }
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files)), Confirmed)

    def test_the_log_tells_it_alone(self) -> None:
        said = line(Kind.ERROR, "SESSION_TYPE", "ValueError: Unrecognized value for SESSION_TYPE: null")
        assert isinstance(judge(self.CAUSE, facts(None, log(BOOT, said))), Confirmed)


class TestSessionNeverLoaded:
    CAUSE = "boot-session-never-loaded"
    SOURCE = """
from fastapi import FastAPI, Request
from starsessions import {names}

app = FastAPI()
app.add_middleware(SessionMiddleware, store=store)
{more}
"""

    @pytest.mark.parametrize(
        ("names", "more", "kind"),
        [
            ("SessionMiddleware", "", Confirmed),
            ("SessionMiddleware, SessionAutoloadMiddleware", "app.add_middleware(SessionAutoloadMiddleware)", RuledOut),
            ("SessionMiddleware, load_session", "async def user(request):\n    await load_session(request)", RuledOut),
        ],
    )
    def test_something_loads_it(self, tmp_path: Path, names: str, more: str, kind: type) -> None:
        files = {"main.py": self.SOURCE.format(names=names, more=more)}
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files)), kind)

    def test_starlettes_own_middleware_loads_by_itself(self, tmp_path: Path) -> None:
        assert isinstance(judge(self.CAUSE, seen(tmp_path, starlette())), RuledOut)
        assert isinstance(judge(self.CAUSE, facts()), Unseen)


TWO = {
    "docker-compose.yml": """\
services:
  web:
    build: .
    command: gunicorn shop.wsgi
    deploy:
      replicas: 2
    ports: [8000]
"""
}
WORKERS = {"Procfile": "web: gunicorn -w 3 shop.wsgi\n"}


class TestPrefixOfEachHost:
    CAUSE = "find-prefix-of-each-host"
    ENGINE = 'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\n'
    CACHE = 'CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "KEY_PREFIX": %s}}\n'

    @pytest.mark.parametrize(
        ("prefix", "files", "kind"),
        [
            ('f"shop:{NODE}"', TWO, Confirmed),
            ('f"shop:{NODE}"', WORKERS, Noted),
            ('f"shop:{os.getpid()}"', WORKERS, Confirmed),
            ("os.uname().nodename", {}, Noted),
            ('"shop"', TWO, RuledOut),
            ('os.environ["RELEASE"]', TWO, RuledOut),
        ],
    )
    def test_what_differs_between_those_that_answer(self, tmp_path: Path, prefix: str, files: dict[str, str], kind: type) -> None:
        settings = f'NODE = os.environ["HOSTNAME"]\n{self.ENGINE}{self.CACHE % prefix}'
        assert isinstance(judge(self.CAUSE, seen(tmp_path, {**django(settings), **files})), kind)

    def test_what_stands_in_the_database_too_is_found_there(self, tmp_path: Path) -> None:
        settings = self.ENGINE.replace("backends.cache", "backends.cached_db") + self.CACHE % "os.uname().nodename"
        assert isinstance(judge(self.CAUSE, seen(tmp_path, {**django(settings), **TWO})), RuledOut)

    def test_of_flask_session(self, tmp_path: Path) -> None:
        code = "import socket\nfrom flask_session import Session\nSESSION_KEY_PREFIX = socket.gethostname()\nSession(app)"
        assert isinstance(judge(self.CAUSE, seen(tmp_path, flask(code))), Noted)


class TestInactiveUser:
    CAUSE = "read-inactive-user"
    BACKEND = """
from django.contrib.auth.backends import ModelBackend

class Email(ModelBackend):
    def authenticate(self, request, username=None, password=None):
        user = find(username)
        if {condition}:
            return user
    {more}
"""

    @pytest.mark.parametrize(
        ("condition", "more", "kind"),
        [
            ("user.check_password(password)", "", Undecided),
            ("user.check_password(password) and self.user_can_authenticate(user)", "", RuledOut),
            ("user.check_password(password) and user.is_active", "", RuledOut),
            ("super().authenticate(request, user.username, password)", "", RuledOut),
            ("user.check_password(password)", "def get_user(self, key): return find(key)", RuledOut),
        ],
    )
    def test_who_logs_in_is_known_afterwards(self, tmp_path: Path, condition: str, more: str, kind: type) -> None:
        files = {**django(), "shop/backends.py": self.BACKEND.format(condition=condition, more=more)}
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files, bounced())), kind)

    def test_where_nobody_gets_in_it_is_something_else(self, tmp_path: Path) -> None:
        files = {**django(), "shop/backends.py": self.BACKEND.format(condition="user.check_password(password)", more="")}
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files, bounced(somebody=False))), Noted)
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files)), Noted)


class TestApiIgnoresSession:
    CAUSE = "read-api-ignores-session"
    TOKEN, SESSION = "rest_framework.authentication.TokenAuthentication", "rest_framework.authentication.SessionAuthentication"

    @pytest.mark.parametrize(
        ("classes", "kind"),
        [
            ([TOKEN], Undecided),
            (["rest_framework_simplejwt.authentication.JWTAuthentication"], Undecided),
            ([TOKEN, SESSION], RuledOut),
            (["shop.authentication.Own"], RuledOut),
            ([], RuledOut),
        ],
    )
    def test_what_the_api_reads(self, tmp_path: Path, classes: list[str], kind: type) -> None:
        settings = f'REST_FRAMEWORK = {{"DEFAULT_AUTHENTICATION_CLASSES": {classes!r}}}'
        assert isinstance(judge(self.CAUSE, seen(tmp_path, django(settings), bounced())), kind)

    def test_an_api_for_tokens_is_no_fault(self, tmp_path: Path) -> None:
        settings = f'REST_FRAMEWORK = {{"DEFAULT_AUTHENTICATION_CLASSES": ["{self.TOKEN}"]}}'
        assert isinstance(judge(self.CAUSE, seen(tmp_path, django(settings))), Noted)
        assert isinstance(judge(self.CAUSE, facts()), Unseen)


class TestStrictBeforeAnIdentityProvider:
    CAUSE = "send-strict-after-external-link"
    LOST = log(BOOT, line(Kind.ERROR, "OAUTH_STATE", "MismatchingStateError: mismatching_state: CSRF Warning!"))

    def test_strict_and_a_lost_state(self, tmp_path: Path) -> None:
        strict = starlette('secret_key=os.environ["SECRET_KEY"], same_site="strict"')
        assert isinstance(judge(self.CAUSE, seen(tmp_path, strict, self.LOST)), Confirmed)
        assert not isinstance(judge(self.CAUSE, seen(tmp_path, strict)), Confirmed)

    def test_lax_and_a_lost_state_is_something_else(self, tmp_path: Path) -> None:
        assert not isinstance(judge(self.CAUSE, seen(tmp_path, starlette(), self.LOST)), Confirmed)


class TestSecureOnPlainHttp:
    WARNED = "/srv/quart_auth/extension.py:245: UserWarning: Secure cookies will be ignored on insecure requests"

    def test_the_librarys_warning_counts_where_logins_do_not_last(self) -> None:
        assert isinstance(judge("keep-secure-over-http", facts(None, bounced(self.WARNED, somebody=False))), Undecided)
        assert isinstance(judge("keep-secure-over-http", facts(None, read(*START, self.WARNED))), Noted)


class TestChangedAfterResponse:
    CAUSE = "save-changed-after-response"

    @pytest.mark.parametrize(("key", "kind"), [("user", Confirmed), ("userId", Confirmed), ("cart", Unseen)])
    def test_sessiles_own_word(self, key: str, kind: type) -> None:
        said = line(Kind.ERROR, "CHANGE_LOST", f"session change lost: '{key}' changed after the response had started")
        assert isinstance(judge(self.CAUSE, facts(None, log(BOOT, said))), kind)
