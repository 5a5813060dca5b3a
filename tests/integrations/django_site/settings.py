"""As `startproject` makes them, but for the sessions: users in PostgreSQL where the environment names one, else in memory."""

import os
from typing import Any
from urllib.parse import urlsplit

from sessile import MemoryStore

STORE = MemoryStore()
_URL = os.environ.get("DATABASE_URL", "")
_PARTS = urlsplit(_URL)
_POSTGRES = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": _PARTS.path.removeprefix("/"),
    "USER": _PARTS.username,
    "HOST": _PARTS.hostname,
    "PORT": _PARTS.port,
}

SECRET_KEY = "Hq4Wv9rTq8sXm5yBn0dRd7gHk2aLe9fQ-django"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.integrations.django_site.urls"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "sessile.integrations.django",
]
MIDDLEWARE = [
    "sessile.integrations.django.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES: dict[str, Any] = {
    "default": _POSTGRES if _URL else {"ENGINE": "django.db.backends.sqlite3", "NAME": "file::memory:?cache=shared"}
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
SESSION_COOKIE_NAME = os.environ.get("COOKIE_NAME", "sessionid")
SESSION_ENGINE = "sessile.integrations.django"
SESSILE: dict[str, Any] = {"store": STORE, "secret": "Zl3Wv9rTq8sXm5yBn0dRd7gHk2aLe9fQ"}
if _URL:
    SESSILE = {"name_before": os.environ.get("COOKIE_NAME_BEFORE")}
