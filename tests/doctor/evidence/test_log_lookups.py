"""Tracebacks of services in Python that lead through the look-up of a session's user."""

import pytest

from sessile.doctor.facts.logs import Kind
from tests.doctor.evidence.test_log_guarded import START, read

HEAD = ["ERROR django.request Internal Server Error: /", "Traceback (most recent call last):"]
GET_USER = '  File "/srv/lib/django/contrib/auth/__init__.py", line 205, in get_user'
KEY = '  File "/srv/lib/django/contrib/auth/__init__.py", line 57, in _get_user_session_key'
SESSION = '  File "/srv/lib/django/contrib/sessions/backends/base.py", line 53, in __getitem__'
LOADER = '  File "/srv/lib/flask_login/login_manager.py", line 364, in _load_user'
OWN = '  File "/srv/shop/users.py", line 9, in load'


@pytest.mark.parametrize(
    ("frames", "error", "code"),
    [
        ((GET_USER, KEY), "django.core.exceptions.ValidationError: ['“1” is not a valid UUID.']", "USER_KEY"),
        ((GET_USER, OWN), "AttributeError: 'NoneType' object has no attribute 'profile'", "DESERIALIZE_FAILS"),
        ((LOADER, OWN), "ValueError: invalid literal for int() with base 10: 'None'", "DESERIALIZE_FAILS"),
        ((OWN,), "ValueError: invalid literal for int() with base 10: 'None'", ""),
        ((GET_USER, KEY, SESSION), 'relation "django_session" does not exist', "42P01"),
    ],
)
def test_where_the_error_comes_from(frames: tuple[str, ...], error: str, code: str) -> None:
    log = read(*START, *HEAD, *frames, "    return it", error)
    assert [event.code for event in log.of(Kind.ERROR)] == ([code] if code else [])
