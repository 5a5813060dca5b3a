"""Keys: the first signs, all verify, and an easy one does not get to sign unnoticed."""

import pytest

from sessile.errors import SecretError
from sessile.session.keyring import Keyring, fingerprint
from sessile.session.strength import weakness

GOOD, OLD = "a secret of sufficient length", "another one, from last year"


def test_a_rotated_key_still_verifies_and_is_named() -> None:
    signed = Keyring(OLD).sign("abc")
    verified = Keyring([GOOD, OLD]).verify(signed)
    assert verified is not None
    assert verified[0] == "abc"
    assert verified[1].fingerprint == fingerprint(OLD.encode())


def test_bytes_and_text_are_the_same_secret() -> None:
    assert Keyring(GOOD.encode()).sign("abc") == Keyring(GOOD).sign("abc")


@pytest.mark.parametrize("secrets", ["", b"", [], [""], [GOOD, ""]])
def test_no_secret_is_refused_with_the_line_that_makes_one(secrets: str | bytes | list[str]) -> None:
    with pytest.raises(SecretError, match=r"SESSION_SECRET is not set.*secrets\.token_urlsafe"):
        Keyring(secrets)


@pytest.mark.parametrize("secret", ["keyboard cat", "Changeme123!", "your-secret-key", "short", "aaaaaaaaaaaaaaaaaaaaaaaa"])
def test_an_easy_secret_signs_only_behind_the_flag(secret: str) -> None:
    with pytest.raises(SecretError, match="easy to guess"):
        Keyring(secret)
    assert Keyring(secret, allow_weak=True).weakness
    assert Keyring([GOOD, secret]).verify(Keyring(secret, allow_weak=True).sign("abc"))


def test_no_representation_shows_a_secret() -> None:
    keyring = Keyring([GOOD, OLD])
    shown = repr(keyring) + repr(keyring.keys) + str(keyring.__dict__.get("weakness"))
    assert GOOD not in shown
    assert OLD not in shown
    assert repr(keyring) == f"{fingerprint(GOOD.encode())} signs, {fingerprint(OLD.encode())} verifies"


@pytest.mark.parametrize("signed", ["", ".", "abc", "abc.", ".sig", "abc.é", "abc.\0", "a.b.c"])
def test_nothing_malformed_verifies(signed: str) -> None:
    assert Keyring(GOOD).verify(signed) is None


def test_a_generated_secret_is_strong() -> None:
    assert weakness(b"Zx8fQ2mN4vB7kL1pR9sT3wY6uE0aD5gH") is None
