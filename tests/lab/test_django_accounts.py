"""Faults of Django's users, names and caches on the lab's shop."""

import pytest

from lab.frameworks.faults import AUTHENTICATION, LOCMEM, FrameworkFault
from lab.frameworks.matrix import play
from sessile.demo.postgres import EmbeddedPostgres

BACKEND = """from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User


class ByName(ModelBackend):
    def authenticate(self, request, username=None, password=None):
        user = User.objects.filter(username=username).first()
        return user if user and user.check_password(password) else None
"""
CREATED = 'User.objects.create_user(body["email"], password="demo"'
CHECK = '    "django.middleware.csrf.CsrfViewMiddleware",\n'
ON_FILES = LOCMEM.replace('locmem.LocMemCache"', 'filebased.FileBasedCache", "LOCATION": "cache", "KEY_PREFIX": str(os.getpid())')


@pytest.mark.provokes("read-inactive-user")
def test_a_backend_that_lets_inactive_users_in(postgres: EmbeddedPostgres) -> None:
    result = play(
        FrameworkFault(
            name="django-inactive",
            kind="django",
            cause="read-inactive-user",
            files={"shop/backends.py": BACKEND},
            edits={
                "shop/settings.py": (("LOGGING", 'AUTHENTICATION_BACKENDS = ["shop.backends.ByName"]\nLOGGING'),),
                "shop/views.py": ((CREATED, f'{CREATED}, is_active="ana" in body["email"]'),),
            },
            kinds=("all",),
        ),
        postgres,
    )
    assert result.right, result.report


@pytest.mark.provokes("read-user-key-of-another-type")
def test_a_session_that_names_its_user_by_another_kind_of_key(postgres: EmbeddedPostgres) -> None:
    result = play(
        FrameworkFault(
            name="django-user-key",
            kind="django",
            cause="read-user-key-of-another-type",
            edits={
                "shop/views.py": (
                    (
                        "    log_in(request, user)\n",
                        '    log_in(request, user)\n    request.session["_auth_user_id"] = "9f1c-x"\n',
                    ),
                )
            },
            kinds=("log", "all"),
        ),
        postgres,
    )
    assert result.right, result.report


@pytest.mark.provokes("send-csrf-cookie-of-same-name")
def test_two_cookies_of_one_name(postgres: EmbeddedPostgres) -> None:
    result = play(
        FrameworkFault(
            name="django-csrf-name",
            kind="django",
            cause="send-csrf-cookie-of-same-name",
            edits={
                "shop/settings.py": (
                    (AUTHENTICATION, CHECK + AUTHENTICATION),
                    ("LOGGING", 'CSRF_COOKIE_NAME = "sessionid"\nLOGGING'),
                )
            },
            kinds=("source", "all"),
        ),
        postgres,
    )
    assert all(result.said[kind].names(result.fault) for kind in ("source", "all")), result.report


@pytest.mark.provokes("find-prefix-of-each-host")
def test_a_cache_with_keys_of_each_process(postgres: EmbeddedPostgres) -> None:
    result = play(
        FrameworkFault(
            name="django-prefix",
            kind="django",
            cause="find-prefix-of-each-host",
            workers=3,
            files={"Procfile": "web: gunicorn -w 3 shop.wsgi\n"},
            edits={"shop/settings.py": (("LOGGING", ON_FILES),)},
            kinds=("source", "all"),
        ),
        postgres,
    )
    assert result.right, result.report
