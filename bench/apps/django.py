"""The service on Django: with sessile's engine, or with its own db backend, the sessions in PostgreSQL."""

import os
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from bench.apps import FOURTEEN_DAYS_SECONDS, PROFILE


def me(request: HttpRequest) -> JsonResponse:
    if "userId" not in request.session:
        return JsonResponse({"error": "not logged in"}, status=401)
    return JsonResponse({"userId": request.session["userId"], "name": request.session["name"]})


def count(request: HttpRequest) -> JsonResponse:
    if "userId" not in request.session:
        return JsonResponse({"error": "not logged in"}, status=401)
    request.session["count"] += 1
    return JsonResponse({"count": request.session["count"]})


@require_POST
def login(request: HttpRequest) -> JsonResponse:
    request.session.update({**PROFILE, "userId": 1})
    return JsonResponse({"userId": 1})


urlpatterns: list[URLPattern] = [path("me", me), path("count", count), path("login", login)]


def create_app() -> Callable[..., object]:
    database = urlsplit(os.environ["DATABASE_URL"])
    sessile = os.environ["SESSIONS"] == "sessile"
    settings.configure(
        SECRET_KEY=os.environ["SESSION_SECRET"],
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=["django.contrib.sessions"],
        MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
        SESSION_ENGINE="sessile.integrations.django" if sessile else "django.contrib.sessions.backends.db",
        SESSION_COOKIE_NAME="connect.sid" if sessile else "sessionid",
        SESSION_COOKIE_AGE=FOURTEEN_DAYS_SECONDS,
        SESSILE={"idle": timedelta(seconds=FOURTEEN_DAYS_SECONDS)},
        USE_TZ=True,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": database.path.removeprefix("/"),
                "USER": database.username,
                "HOST": database.hostname,
                "PORT": database.port,
                "CONN_MAX_AGE": None,
            }
        },
    )
    django.setup()
    call_command("migrate", verbosity=0)
    return WSGIHandler()
