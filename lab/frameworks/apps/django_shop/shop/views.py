"""Log in, ask who is logged in, save a form."""

import json

from django.contrib.auth import authenticate, login as log_in
from django.contrib.auth.models import User
from django.http import JsonResponse
from django.urls import path


def health(_request):
    return JsonResponse({"ok": True})


def login(request):
    body = json.loads(request.body)
    User.objects.filter(username=body["email"]).exists() or User.objects.create_user(body["email"], password="demo")
    user = authenticate(request, username=body["email"], password=body["password"])
    if user is None:
        return JsonResponse({"error": "wrong password"}, status=401)
    log_in(request, user)
    return JsonResponse({"ok": True})


def me(request):
    if not request.user.is_authenticated:
        return JsonResponse({"error": "not logged in"}, status=401)
    return JsonResponse({"userId": request.user.pk})


def onboarding(request):
    if not request.user.is_authenticated:
        return JsonResponse({"error": "not logged in"}, status=401)
    request.session["company"] = json.loads(request.body)["company"]
    return JsonResponse({"ok": True})


urlpatterns = [
    path("health", health),
    path("api/auth/login", login),
    path("api/me", me),
    path("api/onboarding", onboarding),
]
