"""Django's CSRF cookie under the session cookie's name, and what only looks like it."""

from pathlib import Path

import pytest

from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, RuledOut, Unseen
from tests.doctor.causes.frameworks import django, seen
from tests.doctor.facts_builder import BOOT, facts, judge, line, log

CAUSE = "send-csrf-cookie-of-same-name"
CHECKED = 'MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]\n'
REFUSED = line(Kind.WARNING, "CSRF_TOKEN", "WARNING django.security.csrf: Forbidden (CSRF token missing.): /login")


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ('CSRF_COOKIE_NAME = "shop"\nSESSION_COOKIE_NAME = "shop"', Confirmed),
        ('CSRF_COOKIE_NAME = "sessionid"', Confirmed),
        ('CSRF_COOKIE_NAME = "shop"', RuledOut),
        ('SESSION_COOKIE_NAME = "shop"', RuledOut),
        ('CSRF_COOKIE_NAME = "shop"\nSESSION_COOKIE_NAME = "shop"\nCSRF_USE_SESSIONS = True', RuledOut),
    ],
)
def test_two_cookies_of_one_name(tmp_path: Path, settings: str, kind: type) -> None:
    assert isinstance(judge(CAUSE, seen(tmp_path, django(CHECKED + settings))), kind)


def test_without_the_check_for_forgery_there_is_one_cookie_only(tmp_path: Path) -> None:
    assert isinstance(judge(CAUSE, seen(tmp_path, django('CSRF_COOKIE_NAME = "sessionid"'))), RuledOut)


def test_no_proxy_is_blamed_for_the_refusals_then(tmp_path: Path) -> None:
    found = seen(tmp_path, django(CHECKED + 'CSRF_COOKIE_NAME = "sessionid"'), log(BOOT, REFUSED))
    assert isinstance(judge(CAUSE, found), Confirmed)
    assert isinstance(judge("arrive-csrf-refused", found), RuledOut)


def test_without_the_settings_nobody_can_tell() -> None:
    assert isinstance(judge(CAUSE, facts()), Unseen)
