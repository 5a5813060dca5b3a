"""Causes of the frameworks' own session layers: what tells each, what is nearly it, and what only looks like it."""

from pathlib import Path

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Unknown
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.other_tables import Library
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.causes.frameworks import django, flask, seen, starlette, table
from tests.doctor.facts_builder import BOOT, LOGIN, database, facts, judge, line, log, server

NESTED = 'session["{key}"]["id"] = 1'
WITHOUT_TABLE = database(table=None, relations=(), rows=Unknown("no table"), experiment=Unknown("no table"))
WORKERS = {"Procfile": "web: gunicorn -w 3 app:app\n"}
MEMORY = """
sessions = {}


@app.post("/login")
async def enter(request: Request, response):
    sessions[secrets.token_hex()] = 1
    response.set_cookie("sid", "x")
"""
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


class TestProcessMemory:
    CAUSE = "find-process-memory"

    def test_a_dictionary_and_several_processes(self, tmp_path: Path) -> None:
        files = {"main.py": starlette()["main.py"] + MEMORY}
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files)), Noted)
        finding = judge(self.CAUSE, seen(tmp_path, files | WORKERS))
        assert isinstance(finding, Confirmed)
        assert [one.source for one in finding.evidence] == ["source", "deployment"]

    def test_a_dictionary_of_something_else_is_none(self, tmp_path: Path) -> None:
        files = {"main.py": starlette()["main.py"] + MEMORY.replace("sessions", "prices")}
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files | WORKERS)), RuledOut)

    @pytest.mark.parametrize(
        ("engine", "backend", "kind"),
        [
            ("cache", "django.core.cache.backends.locmem.LocMemCache", Confirmed),
            ("cached_db", "django.core.cache.backends.locmem.LocMemCache", RuledOut),
            ("cache", "django.core.cache.backends.redis.RedisCache", RuledOut),
            ("db", "django.core.cache.backends.locmem.LocMemCache", RuledOut),
        ],
    )
    def test_djangos_cache(self, tmp_path: Path, engine: str, backend: str, kind: type) -> None:
        settings = (
            f'SESSION_ENGINE = "django.contrib.sessions.backends.{engine}"\nCACHES = {{"default": {{"BACKEND": "{backend}"}}}}'
        )
        assert isinstance(judge(self.CAUSE, seen(tmp_path, django(settings) | WORKERS)), kind)

    def test_a_cache_that_is_chosen_at_the_start_cannot_be_told(self, tmp_path: Path) -> None:
        settings = (
            'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\nCACHES = {"default": {"BACKEND": os.environ["CACHE"]}}'
        )
        assert isinstance(judge(self.CAUSE, seen(tmp_path, django(settings) | WORKERS)), RuledOut)

    def test_sessiles_own_memory_store(self, tmp_path: Path) -> None:
        text = starlette("store=MemoryStore(), secret=os.environ['S']")["main.py"]
        text = text.replace("from starlette.middleware.sessions import", "from sessile import MemoryStore,")
        assert isinstance(judge(self.CAUSE, seen(tmp_path, {"main.py": text} | WORKERS)), Confirmed)


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


class TestDjango:
    TABLE = "boot-django-table-missing"
    MISSING = line(Kind.ERROR, "42P01", 'relation "django_session" does not exist', "django_session")

    def test_the_table_that_the_log_misses_is_djangos_and_not_ours(self) -> None:
        known = facts(None, log(BOOT, self.MISSING))
        assert isinstance(judge(self.TABLE, known), Confirmed)
        assert not isinstance(judge("boot-table-missing", known), Confirmed)

    def test_settings_and_database_tell_it(self, tmp_path: Path) -> None:
        assert isinstance(judge(self.TABLE, seen(tmp_path, django(), database=WITHOUT_TABLE)), Confirmed)
        assert isinstance(judge(self.TABLE, seen(tmp_path, django(), database=WITHOUT_TABLE, tables=(table(),))), RuledOut)
        cookies = django('SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"')
        assert not isinstance(judge(self.TABLE, seen(tmp_path, cookies, database=WITHOUT_TABLE)), Confirmed)

    def test_its_own_migrations_tell_it(self) -> None:
        assert isinstance(judge(self.TABLE, seen(Path(), {}, tables=(table(gone=True),))), Confirmed)

    def test_a_django_service_needs_no_table_called_session(self, tmp_path: Path) -> None:
        healthy = seen(tmp_path, django(), database=WITHOUT_TABLE, tables=(table(),))
        assert not diagnose(healthy).causes
        assert isinstance(judge("boot-table-missing", healthy), RuledOut)

    def test_django_with_sessile_needs_one(self, tmp_path: Path) -> None:
        ours = django('SESSION_ENGINE = "sessile.integrations.django"')
        assert isinstance(judge("boot-table-missing", seen(tmp_path, ours, database=WITHOUT_TABLE)), Confirmed)
        assert not isinstance(judge(self.TABLE, seen(tmp_path, ours, database=WITHOUT_TABLE)), Confirmed)

    def test_rows_that_the_given_key_did_not_sign(self) -> None:
        cause = "verify-secret-rotated-without-keyring"
        assert isinstance(judge(cause, seen(Path(), {}, tables=(table(signed=0),))), Confirmed)
        assert isinstance(judge(cause, seen(Path(), {}, tables=(table(),))), RuledOut)
        assert not isinstance(judge(cause, seen(Path(), {}, tables=(table(signed=0, tried=()),))), Confirmed)
        assert not isinstance(judge(cause, seen(Path(), {}, tables=(table(signed=0, unreadable=5),))), Confirmed)

    @pytest.mark.parametrize(
        ("settings", "kind"),
        [
            ("", RuledOut),
            ('AUTHENTICATION_BACKENDS = ["shop.backends.New"]', Confirmed),
            ('AUTHENTICATION_BACKENDS = ["a.B", "django.contrib.auth.backends.ModelBackend"]', RuledOut),
            ('AUTHENTICATION_BACKENDS = [os.environ["BACKEND"]]', Unseen),
        ],
    )
    def test_a_backend_that_is_no_longer_listed(self, tmp_path: Path, settings: str, kind: type) -> None:
        assert isinstance(judge("read-backend-removed", seen(tmp_path, django(settings), tables=(table(),))), kind)

    @pytest.mark.parametrize(
        ("then", "kind"),
        [("user.save()", Confirmed), ("update_session_auth_hash(request, user)", RuledOut), ("login(request, user)", RuledOut)],
    )
    def test_a_password_that_is_changed(self, tmp_path: Path, then: str, kind: type) -> None:
        views = f"def change(request):\n    user = request.user\n    user.set_password(request.POST['p'])\n    {then}\n"
        assert isinstance(judge("read-password-changed", seen(tmp_path, django(views=views))), kind)

    @pytest.mark.parametrize(
        ("then", "kind"),
        [
            ("user.set_password(password)\n            user.save()", Confirmed),
            ("user.password = make_password(password)\n            user.save(update_fields=['password'])", Confirmed),
            ("if user.password.startswith('md5'):\n                user.set_password(password)", RuledOut),
            (
                "if is_password_usable(user.password):\n                return user\n            user.set_password(password)",
                RuledOut,
            ),
            ("user.set_password(make_random_password())", RuledOut),
        ],
    )
    def test_a_password_that_each_login_hashes_anew(self, tmp_path: Path, then: str, kind: type) -> None:
        backend = f"""
class Backend(ModelBackend):
    def authenticate(self, request, username=None, password=None):
        user = super().authenticate(request, username, password=password)
        if user is not None:
            {then}
        return user
"""
        assert isinstance(judge("read-password-changed", seen(tmp_path, django(views=backend))), kind)

    def test_a_password_that_is_reset_is_another_than_the_one_checked(self, tmp_path: Path) -> None:
        views = "def reset(request, user, old, new):\n    if user.check_password(old):\n        user.set_password(new)\n"
        assert isinstance(judge("read-password-changed", seen(tmp_path, django(views=views))), RuledOut)

    def test_the_password_of_somebody_else(self, tmp_path: Path) -> None:
        views = "def reset(request):\n    user = User.objects.get(pk=1)\n    user.set_password('x')\n"
        assert isinstance(judge("read-password-changed", seen(tmp_path, django(views=views))), RuledOut)

    def test_a_refused_csrf_check(self, tmp_path: Path) -> None:
        said = line(Kind.WARNING, "CSRF_TOKEN", "WARNING django.security.csrf: Forbidden (CSRF cookie not set.): /login")
        finding = judge("arrive-csrf-refused", seen(tmp_path, django(), log(BOOT, said)))
        assert isinstance(finding, Confirmed)
        assert any("SECURE_PROXY_SSL_HEADER" in one.says for one in finding.evidence)
        assert isinstance(judge("arrive-csrf-refused", facts(None, log(BOOT, LOGIN))), RuledOut)

    @pytest.mark.parametrize(
        ("code", "said", "kind"),
        [
            ("CSRF_TOKEN", "Forbidden (CSRF cookie not set.): /", Noted),
            ("CSRF_REFUSED", "Forbidden (Origin checking failed)", Confirmed),
        ],
    )
    def test_robots_lack_the_token_while_logins_succeed(self, code: str, said: str, kind: type) -> None:
        refused = line(Kind.WARNING, code, said)
        assert isinstance(judge("arrive-csrf-refused", facts(None, log(BOOT, refused, LOGIN))), kind)

    def test_a_login_that_ends_in_an_error(self, tmp_path: Path) -> None:
        cause, failed = "save-not-saved-on-server-error", line(Kind.SERVER_ERROR, "500", "POST /login 500", "/login")
        assert isinstance(judge(cause, seen(tmp_path, django(), log(BOOT, failed))), Confirmed)
        assert isinstance(judge(cause, seen(tmp_path / "flask", flask(), log(BOOT, failed))), Undecided)
        assert isinstance(judge(cause, seen(tmp_path, django(), log(BOOT, failed, LOGIN))), RuledOut)
        assert isinstance(judge(cause, seen(tmp_path, django(), log(BOOT, failed, self.MISSING))), RuledOut)


class TestOtherTables:
    def test_an_expiry_with_a_zone_breaks_flask_session(self) -> None:
        zoned = table(library=Library.FLASK_SESSION, expiry_type="timestamp with time zone", tried=())
        assert isinstance(judge("read-expiry-with-zone", seen(Path(), {}, tables=(zoned,))), Confirmed)
        plain = table(library=Library.FLASK_SESSION, expiry_type="timestamp without time zone", tried=())
        assert isinstance(judge("read-expiry-with-zone", seen(Path(), {}, tables=(plain,))), RuledOut)
        said = line(Kind.ERROR, "NAIVE_DATETIME", "TypeError: can't compare offset-naive and offset-aware datetimes")
        assert isinstance(judge("read-expiry-with-zone", facts(None, log(BOOT, said))), Confirmed)

    @pytest.mark.parametrize(
        ("zone", "type_", "kind"),
        [
            ("Asia/Kolkata", "timestamp without time zone", Confirmed),
            ("UTC", "timestamp without time zone", Noted),
            ("Asia/Kolkata", "timestamp with time zone", RuledOut),
        ],
    )
    def test_times_of_connect_session_knex(self, zone: str, type_: str, kind: type) -> None:
        known = seen(
            Path(), {}, database=database(server=server(time_zone=zone)), tables=(table(library=Library.KNEX, expiry_type=type_),)
        )
        assert isinstance(judge("live-knex-time-zone", known), kind)


class TestNginx:
    SITE = "server {{ listen 443 ssl; location {path} {{ proxy_pass http://app; {line} }} }}\n"

    @pytest.mark.parametrize(
        ("cause", "line_", "path"),
        [
            ("arrive-proxy-strips-cookie", 'proxy_set_header Cookie "";', "/"),
            ("set-proxy-strips-set-cookie", "proxy_hide_header Set-Cookie;", "/"),
            ("send-path-mismatch", "proxy_cookie_path / /admin/;", "/"),
            ("agree-shared-cache-answers", "proxy_cache z; proxy_cache_valid any 1m;", "/api/"),
        ],
    )
    def test_what_it_does_is_proven_by_its_line(self, tmp_path: Path, cause: str, line_: str, path: str) -> None:
        finding = judge(cause, seen(tmp_path, {"nginx.conf": self.SITE.format(path=path, line=line_)}))
        assert isinstance(finding, Confirmed)
        assert finding.evidence[0].source == "deployment"

    @pytest.mark.parametrize(
        ("cause", "line_", "path"),
        [
            ("arrive-proxy-strips-cookie", "proxy_set_header Cookie $http_cookie;", "/"),
            ("arrive-proxy-strips-cookie", 'proxy_set_header Cookie "";', "/static/"),
            ("set-proxy-strips-set-cookie", "proxy_hide_header Set-Cookie;", "~* \\.css$"),
            ("set-proxy-strips-set-cookie", "proxy_hide_header X-Powered-By;", "/"),
            ("send-path-mismatch", "proxy_cookie_path / /api/;", "/api/"),
            ("send-path-mismatch", "proxy_cookie_path /internal/ /;", "/"),
            ("agree-shared-cache-answers", 'proxy_cache z; proxy_cache_valid any 1m; proxy_cache_key "$uri$http_cookie";', "/"),
            (
                "agree-shared-cache-answers",
                "proxy_cache z; proxy_cache_valid any 1m; proxy_cache_bypass $http_authorization $cookie_sid;",
                "/",
            ),
            ("agree-shared-cache-answers", "proxy_cache z;", "/"),
        ],
    )
    def test_what_is_nearly_the_same_is_none(self, tmp_path: Path, cause: str, line_: str, path: str) -> None:
        assert not isinstance(judge(cause, seen(tmp_path, {"nginx.conf": self.SITE.format(path=path, line=line_)})), Confirmed)

    def test_two_services_behind_it_with_a_secret_each(self, tmp_path: Path) -> None:
        balancer = "upstream app { server one:80; server two:80; }\nserver { location / { proxy_pass http://app; } }\n"
        service = "  {}: {{ports: ['80'], environment: {{SESSION_SECRET: {}}}}}\n"
        cause, apart = (
            "verify-secret-differs-between-instances",
            "services:\n" + service.format("one", "a" * 40) + service.format("two", "b" * 40),
        )
        assert isinstance(judge(cause, seen(tmp_path, {"nginx.conf": balancer, "compose.yaml": apart})), Confirmed)
        sticky = balancer.replace("server one", "ip_hash; server one")
        assert not isinstance(judge(cause, seen(tmp_path, {"nginx.conf": sticky, "compose.yaml": apart})), Confirmed)
        same = apart.replace("b" * 40, "a" * 40)
        assert not isinstance(judge(cause, seen(tmp_path, {"nginx.conf": balancer, "compose.yaml": same})), Confirmed)


POOLED = {"db.py": "from sqlalchemy import create_engine\nengine = create_engine('x', pool_size=10)\n"}


class TestConnections:
    CAUSE = "reach-connections-exhausted"

    @pytest.mark.parametrize(("workers", "kind"), [(2, RuledOut), (8, Noted)])
    def test_pools_times_processes(self, tmp_path: Path, workers: int, kind: type) -> None:
        files = flask() | POOLED | {"Procfile": f"web: gunicorn -w {workers} app:app\n"}
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files, database=database())), kind)

    def test_the_figures_are_told(self, tmp_path: Path) -> None:
        blueprint = "services:\n- {type: web, name: a, numInstances: 3, startCommand: gunicorn -w 4 app}\n"
        finding = judge(self.CAUSE, seen(tmp_path, flask() | POOLED | {"render.yaml": blueprint}, database=database()))
        assert isinstance(finding, Noted)
        assert finding.evidence[0].says.startswith("3 x 4 processes with pools of 20 may open 240 connections")
        assert finding.evidence[0].pointer == "db.py:2"

    def test_a_pool_whose_size_only_a_run_tells(self, tmp_path: Path) -> None:
        files = flask() | {"db.py": "from sqlalchemy import create_engine\nengine = create_engine('x', pool_size=size())\n"}
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files | WORKERS, database=database())), RuledOut)


class TestPlan:
    @pytest.mark.parametrize(("plan", "kind"), [("free", Noted), ("starter", Unseen)])
    def test_a_free_plan_sleeps(self, tmp_path: Path, plan: str, kind: type) -> None:
        blueprint = f"services:\n- {{type: web, name: shop, plan: {plan}}}\n"
        assert isinstance(judge("boot-service-slept", seen(tmp_path, {"render.yaml": blueprint})), kind)


class TestStartCommands:
    def test_one_that_empties_every_table(self, tmp_path: Path) -> None:
        cause = "find-rows-removed"
        flush = {"Procfile": "web: python manage.py flush --noinput && gunicorn shop.wsgi\n"}
        push = {"Procfile": "web: npx prisma db push --accept-data-loss && node server.js\n"}
        assert isinstance(judge(cause, seen(tmp_path, flush)), Confirmed)
        assert isinstance(judge(cause, seen(tmp_path, push)), Undecided)
        assert isinstance(judge(cause, seen(tmp_path, {"Procfile": "web: python manage.py migrate\n"})), Unseen)
