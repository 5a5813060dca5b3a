"""Faults of services on Django."""

from lab.frameworks.faults.fault import OTHER, FrameworkFault, procfile

DJANGO_SECRET = 'SECRET_KEY = os.environ["SECRET_KEY"]'
SESSIONS = '    "django.contrib.sessions.middleware.SessionMiddleware",\n'
AUTHENTICATION = '    "django.contrib.auth.middleware.AuthenticationMiddleware",\n'
LOCMEM = """SESSION_ENGINE = "django.contrib.sessions.backends.cache"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LOGGING"""

SMALL_CACHE = LOCMEM.replace('locmem.LocMemCache"', 'filebased.FileBasedCache", "LOCATION": "/tmp/sessile-lab-cache"')
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
FAULTS = (
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
        files=procfile("django", 3),
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
)
