"""The site's routes."""

import os

from django.contrib import admin
from django.contrib.auth import login as log_in, logout as log_out
from django.contrib.auth.models import User
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def login(request: HttpRequest) -> JsonResponse:
    user = User.objects.get(username="admin")
    log_in(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session["userId"] = user.pk
    return JsonResponse({})


def me(request: HttpRequest) -> JsonResponse:
    user = request.session.get("userId")
    return JsonResponse({"user": user, "worker": os.getpid()}, status=200 if user else 401)


def count(request: HttpRequest) -> JsonResponse:
    request.session["count"] = request.session.get("count", 0) + 1
    return JsonResponse({"count": request.session["count"]})


def nested(request: HttpRequest) -> JsonResponse:
    request.session.setdefault("cart", {"items": []})["items"].append(1)
    return JsonResponse(request.session["cart"])


async def later(request: HttpRequest) -> JsonResponse:
    await request.session.aset("later", (await request.session.aget("later", 0)) + 1)
    return JsonResponse({"later": await request.session.aget("later")})


def logout(request: HttpRequest) -> JsonResponse:
    log_out(request)
    return JsonResponse({})


def health(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"path": request.path})


urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("login", login),
    path("me", me),
    path("count", count),
    path("nested", nested),
    path("later", later),
    path("logout", logout),
    path("health", health),
]
