"""Causes of the frameworks' own session layers: what tells each, what is nearly it, and what only looks like it."""

from pathlib import Path

import pytest

from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Unseen
from tests.doctor.causes.frameworks import django, flask, seen, starlette
from tests.doctor.facts_builder import BOOT, facts, judge, line, log

NESTED = 'session["{key}"]["id"] = 1'
WHO = """
from starlette.middleware.base import BaseHTTPMiddleware


class Who(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return request.session


"""
ACCESS_LOG = """

class AccessLog:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def sending(message):
            if message["type"] == "http.response.start":
                print(scope["session"].get("user"))
            await send(message)

        await self.app(scope, receive, sending)


app.add_middleware(AccessLog)
"""


class TestNestedChangeLost:
    CAUSE = "save-nested-change-lost"

    def test_a_login_inside_a_value_is_proven(self, tmp_path: Path) -> None:
        finding = judge(self.CAUSE, seen(tmp_path, flask(login=NESTED.format(key="user"))))
        assert isinstance(finding, Confirmed)
        assert finding.evidence[0].pointer == "app.py:10"

    def test_another_key_is_a_note(self, tmp_path: Path) -> None:
        assert isinstance(judge(self.CAUSE, seen(tmp_path, flask(login=NESTED.format(key="cart")))), Noted)

    @pytest.mark.parametrize(
        "login",
        [
            'session["user"]["id"] = 1\n    session.modified = True',
            'session["user"]["id"] = 1\n    session["seen"] = 1',
            'session["user"] = {"id": 1}',
            'user = dict(session["user"])\n    user["id"] = 1',
            'session.setdefault("other", 1)',
        ],
    )
    def test_what_the_session_notices_is_none(self, tmp_path: Path, login: str) -> None:
        assert isinstance(judge(self.CAUSE, seen(tmp_path, flask(login=login))), RuledOut)

    @pytest.mark.parametrize(
        "login",
        ['cart = session["user"]\n    cart["id"] = 1', 'session.get("user").update(id=1)', 'session["user"]["ids"].append(1)'],
    )
    def test_the_same_by_another_name(self, tmp_path: Path, login: str) -> None:
        assert isinstance(judge(self.CAUSE, seen(tmp_path, flask(login=login))), Confirmed)

    def test_permanent_sessions_of_flask_are_sent_at_each_request(self, tmp_path: Path) -> None:
        files = flask(login=NESTED.format(key="user"))
        files["views.py"] = "from flask import session\ndef enter():\n    session.permanent = True\n"
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files)), RuledOut)

    def test_starlette_before_one_saved_at_each_answer(self, tmp_path: Path) -> None:
        files = starlette(login='request.session["user"]["id"] = 1')
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files | {"requirements.txt": "starlette==0.52.1\n"})), RuledOut)
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files | {"requirements.txt": "starlette==1.10.0\n"})), Confirmed)

    def test_without_source_nobody_can_tell(self) -> None:
        assert isinstance(judge(self.CAUSE, facts()), Unseen)


class TestSessionMiddlewareMissing:
    CAUSE = "boot-session-middleware-missing"

    def test_one_that_is_added_later_runs_earlier(self, tmp_path: Path) -> None:
        files = starlette()
        later = {"main.py": WHO + files["main.py"] + "\n\napp.add_middleware(Who)\n"}
        earlier = {
            "main.py": files["main.py"].replace("app.add_middleware(", WHO + "app.add_middleware(Who)\napp.add_middleware(", 1)
        }
        assert isinstance(judge(self.CAUSE, seen(tmp_path, later)), Confirmed)
        assert isinstance(judge(self.CAUSE, seen(tmp_path, earlier)), RuledOut)

    def test_none_at_all(self, tmp_path: Path) -> None:
        text = starlette()["main.py"].replace('app.add_middleware(SessionMiddleware, secret_key=os.environ["SECRET_KEY"])', "")
        assert isinstance(judge(self.CAUSE, seen(tmp_path, {"main.py": text})), Confirmed)

    def test_a_broken_file_may_hold_it(self, tmp_path: Path) -> None:
        text = starlette()["main.py"].replace('app.add_middleware(SessionMiddleware, secret_key=os.environ["SECRET_KEY"])', "")
        assert isinstance(judge(self.CAUSE, seen(tmp_path, {"main.py": text, "more.py": "def session(:\n"})), RuledOut)

    def test_django_lists_the_first_outermost(self, tmp_path: Path) -> None:
        assert isinstance(judge(self.CAUSE, seen(tmp_path, django())), RuledOut)
        swapped = django('MIDDLEWARE = MIDDLEWARE and ["django.contrib.auth.middleware.AuthenticationMiddleware", '
                         '"django.contrib.sessions.middleware.SessionMiddleware"]')  # fmt: skip
        swapped["shop/settings.py"] = swapped["shop/settings.py"].replace("MIDDLEWARE and ", "")
        assert isinstance(judge(self.CAUSE, seen(tmp_path, swapped)), Confirmed)

    def test_the_log_alone_tells(self) -> None:
        said = line(
            Kind.ERROR, "SESSION_MIDDLEWARE", "AssertionError: SessionMiddleware must be installed to access request.session"
        )
        assert isinstance(judge(self.CAUSE, facts(None, log(BOOT, said))), Confirmed)

    @pytest.mark.parametrize(
        ("body", "finding"),
        [
            (
                'if "user" not in request.scope.get("session", {}):\n        return 401\n    return await call_next(request)',
                Confirmed,
            ),
            ('if "user" not in request.scope["session"]:\n        return 401\n    return await call_next(request)', Confirmed),
            ('answer = await call_next(request)\n    print(request.session.get("user"))\n    return answer', RuledOut),
        ],
    )
    def test_around_it_the_session_is_there_only_afterwards(self, tmp_path: Path, body: str, finding: type) -> None:
        guard = f'\n\n@app.middleware("http")\nasync def guard(request, call_next):\n    {body}\n'
        assert isinstance(judge(self.CAUSE, seen(tmp_path, {"main.py": starlette()["main.py"] + guard})), finding)

    def test_at_the_start_of_the_answer_the_session_is_there(self, tmp_path: Path) -> None:
        text = starlette()["main.py"] + ACCESS_LOG
        assert isinstance(judge(self.CAUSE, seen(tmp_path, {"main.py": text})), RuledOut)


class TestSecretInTheSource:
    RANDOM, MISSING = "verify-secret-random-per-boot", "boot-secret-missing"

    @pytest.mark.parametrize("secret", ["os.urandom(24)", "secrets.token_hex(32)", "str(uuid.uuid4())", "os.urandom(24).hex()"])
    def test_made_up_at_each_start(self, tmp_path: Path, secret: str) -> None:
        files = flask(f"import secrets, uuid\napp.secret_key = {secret}")
        assert isinstance(judge(self.RANDOM, seen(tmp_path, files)), Confirmed)

    @pytest.mark.parametrize(
        "secret", ['os.environ["S"]', '"of-the-source"', 'open("secret").read() or os.urandom(24)', "load()"]
    )
    def test_kept_from_start_to_start(self, tmp_path: Path, secret: str) -> None:
        assert not isinstance(judge(self.RANDOM, seen(tmp_path, flask(f"app.secret_key = {secret}"))), Confirmed)

    def test_a_start_command_that_makes_it_up(self, tmp_path: Path) -> None:
        files = flask() | {"Procfile": "web: SECRET_KEY=$(openssl rand -hex 32) gunicorn app:app\n"}
        assert isinstance(judge(self.RANDOM, seen(tmp_path, files)), Confirmed)

    def test_flask_without_one(self, tmp_path: Path) -> None:
        assert isinstance(judge(self.MISSING, seen(tmp_path, flask("app.debug = False"))), Confirmed)

    @pytest.mark.parametrize(
        "settings", ['app.config.from_envvar("SETTINGS")', "app.config.from_object(choose())", 'app.secret_key = "x"']
    )
    def test_flask_with_settings_from_elsewhere(self, tmp_path: Path, settings: str) -> None:
        assert not isinstance(judge(self.MISSING, seen(tmp_path, flask(settings))), Confirmed)


class TestCookieSettings:
    def test_none_without_secure(self, tmp_path: Path) -> None:
        cause = "keep-same-site-none-insecure"
        assert isinstance(judge(cause, seen(tmp_path, starlette('secret_key="x", same_site="none"'))), Confirmed)
        assert not isinstance(
            judge(cause, seen(tmp_path, starlette('secret_key="x", same_site="none", https_only=True'))), Confirmed
        )
        unknown = starlette('secret_key="x", same_site="none", https_only=os.environ.get("HTTPS") == "1"')
        assert not isinstance(judge(cause, seen(tmp_path, unknown)), Confirmed)

    def test_a_public_suffix_for_a_domain(self, tmp_path: Path) -> None:
        cause = "keep-domain-is-public-suffix"
        assert isinstance(judge(cause, seen(tmp_path, django('SESSION_COOKIE_DOMAIN = ".onrender.com"'))), Confirmed)
        assert not isinstance(judge(cause, seen(tmp_path, django('SESSION_COOKIE_DOMAIN = "shop.onrender.com"'))), Confirmed)

    def test_a_domain_that_covers_no_host_of_the_deployment(self, tmp_path: Path) -> None:
        cause, files = "keep-domain-of-another-host", django('SESSION_COOKIE_DOMAIN = "old-shop.example"')
        assert not isinstance(judge(cause, seen(tmp_path, files)), Confirmed)
        blueprint = {"render.yaml": "services:\n- {type: web, name: shop, domains: [shop.example]}\n"}
        assert isinstance(judge(cause, seen(tmp_path, files | blueprint)), Confirmed)
        assert isinstance(judge(cause, seen(tmp_path, django('SESSION_COOKIE_DOMAIN = "https://shop.example"'))), Confirmed)
