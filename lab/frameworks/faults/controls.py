"""Healthy services that look like the faults."""

from lab.frameworks.faults.deployment import NGINX
from lab.frameworks.faults.django import LOCMEM
from lab.frameworks.faults.fault import FrameworkFault, procfile

CONTROLS = (
    *(FrameworkFault(name=f"{kind}-plain", kind=kind, starts=2) for kind in ("starlette", "flask", "django")),
    FrameworkFault(name="starlette-workers", kind="starlette", workers=3, files=procfile("starlette", 3)),
    FrameworkFault(name="flask-workers", kind="flask", workers=3, files=procfile("flask", 3)),
    FrameworkFault(name="django-workers", kind="django", workers=3, files=procfile("django", 3)),
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
