"""Cookies that hold their data: made by the frameworks themselves, recognised and verified here."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner

from sessile.doctor.signed_data import LONGEST, Maker, recognised, stored

SECRET = "Vq3xT8mZ1nB6kR9wL4pY7sD2fH5jC0gA"
DATA = {"userId": 7, "cart": {"tea": 2}}


def starlette_cookie(data: object = DATA, secret: str = SECRET) -> str:
    return TimestampSigner(secret).sign(b64encode(json.dumps(data).encode())).decode()


def flask_cookie(data: object = DATA, secret: str = SECRET) -> str:
    app = Flask("shop")
    app.secret_key = secret
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer
    return str(serializer.dumps(data))


def django_cookie(
    data: object = DATA, secret: str = SECRET, salt: str = "django.contrib.sessions.backends.signed_cookies"
) -> str:
    from django.core import signing

    signer = signing.TimestampSigner(key=secret, salt=salt, fallback_keys=[])
    return signer.sign_object(data, compress=True)


MADE = {Maker.STARLETTE: starlette_cookie, Maker.FLASK: flask_cookie, Maker.DJANGO: django_cookie}


@pytest.mark.parametrize("maker", Maker)
class TestEachMaker:
    def test_its_cookie_is_recognised_with_its_time_and_what_it_holds(self, maker: Maker) -> None:
        found = recognised(MADE[maker]())
        assert found
        assert (found.maker, found.keys, found.identities) == (maker, 2, ("userId",))
        assert abs(found.signed - datetime.now(UTC)) < timedelta(minutes=1)

    def test_the_secret_that_signed_it_is_told_from_another(self, maker: Maker) -> None:
        found = recognised(MADE[maker]())
        assert found
        assert found.signed_by(SECRET)
        assert not found.signed_by(SECRET + " ")

    def test_large_data_that_is_compressed(self, maker: Maker) -> None:
        found = recognised(MADE[maker]({"user": 1, "basket": ["tea"] * 300}))
        assert found
        assert found.maker is maker
        assert found.signed_by(SECRET)

    def test_the_same_data_has_the_same_digest_and_other_data_another(self, maker: Maker) -> None:
        one, same, other = recognised(MADE[maker]()), recognised(MADE[maker]()), recognised(MADE[maker]({"userId": 8}))
        assert one
        assert same
        assert other
        assert one.digest == same.digest != other.digest

    def test_a_changed_letter_is_no_longer_signed(self, maker: Maker) -> None:
        cookie = MADE[maker]()
        found = recognised(cookie[:-1] + ("A" if cookie[-1] != "A" else "B"))
        assert found is None or not found.signed_by(SECRET)

    def test_nothing_of_the_data_is_shown(self, maker: Maker) -> None:
        assert "tea" not in repr(recognised(MADE[maker]()))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "s:abc.def",
        "s%3AZb3xQ0.9w2mK5",
        "0jazzwfgptymhkflzo6we68tyktbhy4d",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "eyJ1IjoxfQ.AAAAAA.t7t790kHRViaqeL3EnsqKLAsjJo",
        "....",
        "a.b.c",
        "WzFd.aw2ZpA.t7t790kHRViaqeL3EnsqKLAsjJo",
        "A" * (LONGEST + 1),
    ],
)
def test_other_values_are_not(value: str) -> None:
    assert recognised(value) is None


def test_a_small_text_that_would_fill_the_memory_stays_small() -> None:
    import zlib

    bomb = (
        b64encode(zlib.compress(b'{"a":"' + b"x" * 10_000_000 + b'"}')).decode().rstrip("=").replace("+", "-").replace("/", "_")
    )
    assert recognised(f".{bomb}.aw2ZpA.t7t790kHRViaqeL3EnsqKLAsjJo") is None


def test_a_row_of_django_is_verified_as_well() -> None:
    row = stored(django_cookie({"_auth_user_id": "3"}, salt="django.contrib.sessions.SessionStore"))
    assert row
    assert row.data == {"_auth_user_id": "3"}
    assert row.signed_by(SECRET)
    assert not row.signed_by("another")
    assert stored("no:such:row") is None
