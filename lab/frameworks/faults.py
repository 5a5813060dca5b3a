"""The faults of Starlette, Flask and Django: a line of source changed, a setting, or something done to the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SECRET = "Vq3xT8mZ1nB6kR9wL4pY7sD2fH5jC0gA"
OTHER = "Kd8fW2mX5qN7bV1rT4yG9zL0cJ3hS6pE"
Edits = Mapping[str, tuple[tuple[str, str], ...]]

STARLETTE_SECRET = 'secret_key=os.environ["SECRET_KEY"], https_only=False, max_age=14 * 24 * 3600'
FLASK_SECRET = '    SECRET_KEY=os.environ["SECRET_KEY"],\n'
DJANGO_SECRET = 'SECRET_KEY = os.environ["SECRET_KEY"]'
SESSIONS = '    "django.contrib.sessions.middleware.SessionMiddleware",\n'
AUTHENTICATION = '    "django.contrib.auth.middleware.AuthenticationMiddleware",\n'
DICTIONARY = """
import secrets

sessions = {}


@app.post("/api/auth/login")
async def login(request: Request):
    sid = secrets.token_urlsafe(24)
    sessions[sid] = USERS[(await request.json())["email"]]
    answer = JSONResponse({"ok": True})
    answer.set_cookie("sid", sid, httponly=True, samesite="lax")
    return answer


@app.get("/api/me")
async def me(request: Request):
    user = sessions.get(request.cookies.get("sid"))
    return {"userId": user} if user else JSONResponse({"error": "not logged in"}, 401)


"""
WHO = """
from starlette.middleware.base import BaseHTTPMiddleware


class WhoIsIt(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        request.state.user = request.session.get("userId")
        return await call_next(request)


app.add_middleware(WhoIsIt)
"""
LOCMEM = """SESSION_ENGINE = "django.contrib.sessions.backends.cache"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LOGGING"""
SMALL_CACHE = LOCMEM.replace('locmem.LocMemCache"', 'filebased.FileBasedCache", "LOCATION": "/tmp/sessile-lab-cache"')
HOOK = """@app.before_request
def guard():
    if request.endpoint not in ("login", "health"):
        session.clear()


"""
PASSWORD = """    request.session["company"] = json.loads(request.body)["company"]
    request.user.set_password("demo")
    request.user.save()
"""
BACKENDS = """from django.contrib.auth.backends import ModelBackend


class Old(ModelBackend):
    pass


class New(ModelBackend):
    pass
"""
NGINX = """server {
    listen 443 ssl;
    server_name shop.example;
    location /static/ { proxy_pass http://app; proxy_hide_header Set-Cookie; }
    location / {
        proxy_pass http://app;
        proxy_set_header Host $host;
        %s
    }
}
upstream app { server web:8000; }
"""


@dataclass(frozen=True, kw_only=True)
class FrameworkFault:
    """One fault, or a healthy control where `cause` is "".

    `edits` replace texts of the service's files, `files` are put beside them. `changed` is the environment of the second start,
    `later` edits and `sql` come before it. `noted` tells that it must be named as a note, for it logs nobody out by itself.
    `kinds` are the kinds of evidence that can tell at all.
    """

    name: str
    kind: str
    cause: str = ""
    edits: Edits = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    workers: int = 1
    starts: int = 1
    secret: str | None = SECRET
    changed: Mapping[str, str] = field(default_factory=dict)
    sql: tuple[str, ...] = ()
    later: Edits = field(default_factory=dict)
    noted: bool = False
    kinds: tuple[str, ...] = ("source", "all")


def _procfile(kind: str, workers: int) -> Mapping[str, str]:
    app = {"starlette": "main:app -k uvicorn_worker.UvicornWorker", "flask": "app:app", "django": "shop.wsgi"}[kind]
    return {"Procfile": f"web: gunicorn -w {workers} {app}\n"}


FAULTS = (
    FrameworkFault(
        name="starlette-secret-per-start",
        kind="starlette",
        cause="verify-secret-random-per-boot",
        edits={"main.py": ((STARLETTE_SECRET, "secret_key=os.urandom(24).hex()"),)},
        starts=2,
        secret=None,
    ),
    FrameworkFault(
        name="starlette-secret-fallback",
        kind="starlette",
        cause="verify-secret-random-per-boot",
        edits={"main.py": (('os.environ["SECRET_KEY"]', 'os.environ.get("SECRET_KEY") or os.urandom(24).hex()'),)},
        starts=2,
        secret=None,
        kinds=("all",),
    ),
    FrameworkFault(
        name="starlette-nested",
        kind="starlette",
        cause="save-nested-change-lost",
        edits={"main.py": (('    request.session["userId"] = USERS', '    request.session.get("user", {})["id"] = USERS'),)},
    ),
    FrameworkFault(
        name="starlette-order",
        kind="starlette",
        cause="boot-session-middleware-missing",
        edits={"main.py": (('\n\n@app.get("/health")', WHO + '\n\n@app.get("/health")'),)},
        kinds=("source", "log", "all"),
    ),
    FrameworkFault(
        name="starlette-middleware-missing",
        kind="starlette",
        cause="boot-session-middleware-missing",
        edits={"main.py": ((f"app.add_middleware(SessionMiddleware, {STARLETTE_SECRET})\n", ""),)},
        kinds=("source", "log", "all"),
    ),
    FrameworkFault(
        name="starlette-two-keys",
        kind="starlette",
        cause="verify-two-keys-for-one-cookie",
        edits={
            "main.py": (
                (
                    '\n\n@app.get("/health")',
                    '\napp.add_middleware(SessionMiddleware, secret_key="of another part")\n\n\n@app.get("/health")',
                ),
            )
        },
    ),
    FrameworkFault(
        name="starlette-none-insecure",
        kind="starlette",
        cause="keep-same-site-none-insecure",
        edits={"main.py": (("https_only=False", 'https_only=False, same_site="none"'),)},
    ),
    FrameworkFault(
        name="fastapi-dictionary",
        kind="starlette",
        cause="find-process-memory",
        edits={"main.py": (('@app.post("/api/auth/login")', DICTIONARY + '@app.post("/old/login")'),)},
        files=_procfile("starlette", 3),
        workers=3,
    ),
    FrameworkFault(
        name="starlette-no-rows",
        kind="starlette",
        cause="find-session-in-cookie",
        noted=True,
        kinds=("all",),
    ),
    FrameworkFault(
        name="flask-secret-per-process",
        kind="flask",
        cause="verify-secret-random-per-boot",
        edits={"app.py": ((FLASK_SECRET, "    SECRET_KEY=os.urandom(24),\n"),)},
        files=_procfile("flask", 3),
        workers=3,
        secret=None,
    ),
    FrameworkFault(
        name="flask-secret-missing",
        kind="flask",
        cause="boot-secret-missing",
        edits={"app.py": ((FLASK_SECRET, ""),)},
        secret=None,
        kinds=("source", "log", "all"),
    ),
    FrameworkFault(
        name="flask-domain-public-suffix",
        kind="flask",
        cause="keep-domain-is-public-suffix",
        edits={"app.py": (('"Lax",', '"Lax",\n    SESSION_COOKIE_DOMAIN=".onrender.com",'),)},
    ),
    FrameworkFault(
        name="flask-none-insecure",
        kind="flask",
        cause="keep-same-site-none-insecure",
        edits={"app.py": (('"Lax",', '"None",'),)},
    ),
    FrameworkFault(
        name="flask-nested",
        kind="flask",
        cause="save-nested-change-lost",
        edits={"app.py": (('    session["company"] = request', '    session.get("cart", {})["company"] = request'),)},
        noted=True,
    ),
    FrameworkFault(
        name="fastapi-cookie-on-other-response",
        kind="starlette",
        cause="set-cookie-on-other-response",
        edits={
            "main.py": (
                ("async def login(request: Request):", "async def login(request: Request, response: Response):"),
                (
                    '    request.session["userId"] = USERS[body["email"]]\n    return {"ok": True}',
                    '    response.set_cookie("session_token", "t" * 32)\n    return JSONResponse({"ok": True})',
                ),
                ("import FastAPI, Request", "import FastAPI, Request, Response"),
            )
        },
    ),
    FrameworkFault(
        name="flask-hash-per-start",
        kind="flask",
        cause="read-hash-of-each-start",
        edits={
            "app.py": (
                (
                    '    session["userId"] = USERS',
                    '    session["agent"] = hash(request.user_agent.string)\n    session["userId"] = USERS',
                ),
                (
                    '    user = session.get("userId")',
                    '    if session.get("agent") != hash(request.user_agent.string):\n        session.clear()\n'
                    '    user = session.get("userId")',
                ),
            )
        },
        starts=2,
    ),
    FrameworkFault(
        name="flask-hook-clears",
        kind="flask",
        cause="find-ended-by-hook",
        edits={"app.py": (('@app.get("/health")', HOOK + '@app.get("/health")'),)},
        kinds=("all",),
    ),
    FrameworkFault(
        name="django-cache-culls",
        kind="django",
        cause="find-cache-culls",
        edits={
            "shop/settings.py": (("LOGGING", SMALL_CACHE),),
            "shop/pages.py": (
                ("", "from django.core.cache import cache\n\n\ndef keep(number, page):\n    cache.set(f'page:{number}', page)\n"),
            ),
        },
    ),
    FrameworkFault(
        name="flask-lifetime-of-the-environment",
        kind="flask",
        cause="live-lifetime-too-short",
        edits={"app.py": (('\n\n@app.get("/health")', '\napp.config.from_prefixed_env()\n\n\n@app.get("/health")'),)},
        files={".env": "FLASK_PERMANENT_SESSION_LIFETIME=14\n"},
        starts=2,
        changed={"FLASK_PERMANENT_SESSION_LIFETIME": "14"},
    ),
    FrameworkFault(
        name="django-part-of-a-span",
        kind="django",
        cause="live-lifetime-too-short",
        edits={
            "shop/settings.py": (
                ("LOGGING", "SESSION_COOKIE_AGE = timedelta(days=14).seconds\n\nLOGGING"),
                ("import os\n", "import os\nfrom datetime import timedelta\n"),
            )
        },
    ),
    FrameworkFault(
        name="django-secret-changed",
        kind="django",
        cause="verify-secret-rotated-without-keyring",
        starts=2,
        changed={"SECRET_KEY": OTHER},
        kinds=("all",),
    ),
    FrameworkFault(
        name="django-secret-per-start",
        kind="django",
        cause="verify-secret-random-per-boot",
        edits={
            "shop/settings.py": (
                ("import os\n", "import os\n\nfrom django.core.management.utils import get_random_secret_key\n"),
                (DJANGO_SECRET, "SECRET_KEY = get_random_secret_key()"),
            )
        },
        starts=2,
        secret=None,
    ),
    FrameworkFault(
        name="django-secret-empty",
        kind="django",
        cause="boot-secret-missing",
        edits={"shop/settings.py": ((DJANGO_SECRET, 'SECRET_KEY = os.environ.get("SECRET_KEY", "")'),)},
        secret=None,
        kinds=("log", "all"),
    ),
    FrameworkFault(
        name="django-table-missing",
        kind="django",
        cause="boot-django-table-missing",
        sql=("DROP TABLE django_session",),
        starts=2,
        kinds=("log", "database", "all"),
    ),
    FrameworkFault(
        name="django-locmem",
        kind="django",
        cause="find-process-memory",
        edits={"shop/settings.py": (("LOGGING", LOCMEM),)},
        files=_procfile("django", 3),
        workers=3,
    ),
    FrameworkFault(
        name="django-middleware-order",
        kind="django",
        cause="boot-session-middleware-missing",
        edits={"shop/settings.py": ((SESSIONS + AUTHENTICATION, AUTHENTICATION + SESSIONS),)},
        kinds=("source", "log", "all"),
    ),
    FrameworkFault(
        name="django-domain-with-scheme",
        kind="django",
        cause="keep-domain-of-another-host",
        edits={"shop/settings.py": (("LOGGING", 'SESSION_COOKIE_DOMAIN = "https://shop.example"\n\nLOGGING'),)},
    ),
    FrameworkFault(
        name="django-csrf",
        kind="django",
        cause="arrive-csrf-refused",
        edits={"shop/settings.py": ((AUTHENTICATION, '    "django.middleware.csrf.CsrfViewMiddleware",\n' + AUTHENTICATION),)},
        kinds=("log", "all"),
    ),
    FrameworkFault(
        name="django-password",
        kind="django",
        cause="read-password-changed",
        edits={"shop/views.py": (('    request.session["company"] = json.loads(request.body)["company"]\n', PASSWORD),)},
    ),
    FrameworkFault(
        name="django-backend-removed",
        kind="django",
        cause="read-backend-removed",
        edits={
            "shop/settings.py": (("LOGGING", 'AUTHENTICATION_BACKENDS = ["shop.backends.Old"]\n\nLOGGING'),),
            "shop/backends.py": (("", BACKENDS),),
        },
        starts=2,
        later={"shop/settings.py": (("shop.backends.Old", "shop.backends.New"),)},
        kinds=("all",),
    ),
    FrameworkFault(
        name="django-interrupted",
        kind="django",
        cause="find-deleted-during-request",
        edits={
            "shop/views.py": (
                ("    request.session[", "    Session.objects.all().delete()\n    request.session["),
                ("from django.http", "from django.contrib.sessions.models import Session\nfrom django.http"),
            )
        },
        kinds=("log", "all"),
    ),
    FrameworkFault(
        name="django-login-raises",
        kind="django",
        cause="save-not-saved-on-server-error",
        edits={"shop/views.py": (("    log_in(request, user)\n", "    log_in(request, user)\n    user.profile\n"),)},
        kinds=("all",),
    ),
    FrameworkFault(
        name="start-empties-tables",
        kind="django",
        cause="find-rows-removed",
        files={"Procfile": "web: python manage.py flush --noinput && gunicorn shop.wsgi\n"},
    ),
    FrameworkFault(
        name="start-makes-secret-up",
        kind="flask",
        cause="verify-secret-random-per-boot",
        files={"Procfile": "web: SECRET_KEY=$(openssl rand -hex 32) gunicorn app:app\n"},
    ),
    FrameworkFault(
        name="nginx-strips-cookie",
        kind="flask",
        cause="arrive-proxy-strips-cookie",
        files={"nginx.conf": NGINX % 'proxy_set_header Cookie "";'},
    ),
    FrameworkFault(
        name="nginx-hides-set-cookie",
        kind="flask",
        cause="set-proxy-strips-set-cookie",
        files={"nginx.conf": NGINX % "proxy_hide_header Set-Cookie;"},
    ),
    FrameworkFault(
        name="nginx-moves-cookie",
        kind="flask",
        cause="send-path-mismatch",
        files={"nginx.conf": NGINX % "proxy_cookie_path / /admin/;"},
    ),
    FrameworkFault(
        name="nginx-caches-refusals",
        kind="flask",
        cause="agree-shared-cache-answers",
        files={"nginx.conf": NGINX % "proxy_cache shop; proxy_cache_valid any 10m;"},
    ),
)
CONTROLS = (
    *(FrameworkFault(name=f"{kind}-plain", kind=kind, starts=2) for kind in ("starlette", "flask", "django")),
    FrameworkFault(name="starlette-workers", kind="starlette", workers=3, files=_procfile("starlette", 3)),
    FrameworkFault(name="flask-workers", kind="flask", workers=3, files=_procfile("flask", 3)),
    FrameworkFault(name="django-workers", kind="django", workers=3, files=_procfile("django", 3)),
    FrameworkFault(
        name="django-cached-db",
        kind="django",
        workers=3,
        edits={"shop/settings.py": (("LOGGING", LOCMEM.replace("backends.cache", "backends.cached_db")),)},
    ),
    FrameworkFault(
        name="flask-nested-modified",
        kind="flask",
        edits={
            "app.py": (
                (
                    '    session["company"] = request',
                    '    session.modified = True\n    session.setdefault("cart", {})["company"] = request',
                ),
            )
        },
    ),
    FrameworkFault(
        name="flask-none-secure",
        kind="flask",
        edits={"app.py": (('"Lax",', '"None",\n    SESSION_COOKIE_SECURE=True,'),)},
    ),
    FrameworkFault(name="nginx-plain", kind="flask", files={"nginx.conf": NGINX % "proxy_set_header X-Forwarded-Proto $scheme;"}),
    FrameworkFault(
        name="nginx-cache-by-cookie",
        kind="flask",
        files={"nginx.conf": NGINX % 'proxy_cache shop; proxy_cache_valid any 10m; proxy_cache_key "$request_uri$http_cookie";'},
    ),
    FrameworkFault(
        name="start-migrates",
        kind="django",
        files={"Procfile": "web: python manage.py migrate --noinput && gunicorn shop.wsgi\n"},
    ),
)
