"""On Django."""

import json
import os
from collections.abc import Callable

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from lab.chaos.service import COOKIE, IDLE, POOL_SIZE
from sessile import PostgresStore

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["sessile.integrations.django.SessionMiddleware"],
    SECRET_KEY=os.environ["SESSION_SECRET"],
    SESSION_ENGINE="sessile.integrations.django",
    SESSION_COOKIE_NAME=COOKIE,
    SESSILE={
        "store": PostgresStore(pool_size=POOL_SIZE, timeout=float(os.environ["TIMEOUT_SECONDS"])),
        "idle": IDLE,
    },
    LOGGING_CONFIG=None,
)


def visit(request: HttpRequest) -> HttpResponse:
    """Begin a session that belongs to nobody but the holder of the nonce."""
    return _written(request)


def login(request: HttpRequest) -> HttpResponse:
    request.session.cycle_key()
    return _written(request)


def regenerate(request: HttpRequest) -> HttpResponse:
    request.session.cycle_key()
    return _shown(request)


def write(request: HttpRequest) -> HttpResponse:
    return _written(request)


def read(request: HttpRequest) -> HttpResponse:
    return _shown(request)


def logout(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return JsonResponse({})


def health(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def _written(request: HttpRequest) -> HttpResponse:
    request.session.update(json.loads(request.body))
    return _shown(request)


def _shown(request: HttpRequest) -> HttpResponse:
    return JsonResponse(dict(request.session.items()))


def _owned(page: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 401 to whoever has no session."""
    return lambda request: page(request) if "nonce" in request.session else HttpResponse(status=401)


urlpatterns = [
    path("health", health),
    path("visit", visit),
    *(path(page.__name__, _owned(page)) for page in (login, regenerate, write, read, logout)),
]
application = get_wsgi_application()
