"""Faults of Django's users and of the cache that keeps their sessions."""

from lab.frameworks.faults.django import LOCMEM
from lab.frameworks.faults.fault import FrameworkFault

BACKEND = """from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User


class ByName(ModelBackend):
    def authenticate(self, request, username=None, password=None):
        user = User.objects.filter(username=username).first()
        return user if user and user.check_password(password) else None
"""
CREATED = 'User.objects.create_user(body["email"], password="demo"'
LOGGED_IN = "    log_in(request, user)\n"
ON_FILES = LOCMEM.replace('locmem.LocMemCache"', 'filebased.FileBasedCache", "LOCATION": "cache", "KEY_PREFIX": str(os.getpid())')
FAULTS = (
    FrameworkFault(
        name="django-inactive-user",
        kind="django",
        cause="read-inactive-user",
        files={"shop/backends.py": BACKEND},
        edits={
            "shop/settings.py": (("LOGGING", 'AUTHENTICATION_BACKENDS = ["shop.backends.ByName"]\nLOGGING'),),
            "shop/views.py": ((CREATED, f'{CREATED}, is_active="ana" in body["email"]'),),
        },
        kinds=("all",),
    ),
    FrameworkFault(
        name="django-user-key",
        kind="django",
        cause="read-user-key-of-another-type",
        edits={"shop/views.py": ((LOGGED_IN, f'{LOGGED_IN}    request.session["_auth_user_id"] = "9f1c-x"\n'),)},
        kinds=("log", "all"),
    ),
    FrameworkFault(
        name="django-prefix-of-process",
        kind="django",
        cause="find-prefix-of-each-host",
        workers=3,
        files={"Procfile": "web: gunicorn -w 3 shop.wsgi\n"},
        edits={"shop/settings.py": (("LOGGING", ON_FILES),)},
        kinds=("source", "all"),
    ),
)
