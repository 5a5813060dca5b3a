"""`login_as` and `travel` with Django's test client."""

import os
from collections.abc import Iterator

import django
import pytest
from django.http import HttpRequest, JsonResponse
from django.test import Client, override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from sessile.integrations.django.configuration import sessions
from sessile.session.outcome import Station
from sessile.session.store import Load
from sessile.testing import SECRET, Fault, FaultyStore, JourneyBroken, login_as, travel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.integrations.django_site.settings")


@csrf_exempt
def login(request: HttpRequest) -> JsonResponse:
    request.session.cycle_key()
    request.session["user"] = 7
    return JsonResponse({})


@csrf_exempt
def forgetful(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"method": request.method})


def me(request: HttpRequest) -> JsonResponse:
    user = request.session.get("user")
    return JsonResponse({"user": user}, status=200 if user else 401)


urlpatterns = [path("login", login), path("forgetful", forgetful), path("me", me)]


@pytest.fixture
def store() -> Iterator[FaultyStore]:
    django.setup()
    store = FaultyStore()
    with override_settings(ROOT_URLCONF=__name__, SESSILE={"store": store, "secret": SECRET}):
        sessions.cache_clear()
        yield store
    sessions.cache_clear()


@pytest.fixture
def client(store: FaultyStore) -> Client:
    assert store.fault is None
    return Client()


def test_a_client_is_logged_in_as_one_and_then_another(client: Client) -> None:
    login_as(client, {"user": 7})
    assert client.get("/me").json() == {"user": 7}
    login_as(client, {"user": 8})
    assert client.get("/me").json() == {"user": 8}


def test_another_engine_is_told() -> None:
    django.setup()
    with (
        override_settings(SESSION_ENGINE="django.contrib.sessions.backends.db"),
        pytest.raises(LookupError, match="SESSION_ENGINE"),
    ):
        login_as(Client(), {"user": 7})


def test_a_sound_site_arrives(client: Client) -> None:
    travel(client, lambda client: client.post("/login"), "/me")


def test_a_broken_one_stops_at_its_station(client: Client, store: FaultyStore) -> None:
    with pytest.raises(JourneyBroken, match="stops at set"):
        travel(client, lambda client: client.post("/forgetful"), "/me")
    with store.failing(Fault.DOWN, Load), pytest.raises(JourneyBroken) as broken:
        travel(client, lambda client: client.post("/login"), "/me")
    assert broken.value.station is Station.REACH
