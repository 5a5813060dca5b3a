"""A fault of Django's cookies on the lab's shop: its log alone shows no more than that forms are refused."""

import pytest

from lab.frameworks.faults.django import AUTHENTICATION
from lab.frameworks.faults.fault import FrameworkFault
from lab.frameworks.matrix import play
from sessile.demo.postgres import EmbeddedPostgres

CHECK = '    "django.middleware.csrf.CsrfViewMiddleware",\n'
FAULT = FrameworkFault(
    name="django-csrf-name",
    kind="django",
    cause="send-csrf-cookie-of-same-name",
    edits={
        "shop/settings.py": ((AUTHENTICATION, CHECK + AUTHENTICATION), ("LOGGING", 'CSRF_COOKIE_NAME = "sessionid"\nLOGGING')),
    },
)


@pytest.mark.provokes("send-csrf-cookie-of-same-name")
def test_two_cookies_of_one_name(postgres: EmbeddedPostgres) -> None:
    result = play(FAULT, postgres)
    assert all(result.said[kind].names(FAULT) for kind in ("source", "all")), result.report
