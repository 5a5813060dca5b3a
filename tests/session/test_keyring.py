"""Keys: the first signs, all verify, and an easy one does not get to sign unnoticed."""

import hmac
from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given, strategies as st

from sessile.errors import SecretError
from sessile.session.keyring import Keyring, KeyUse, Secrets, fingerprint
from sessile.session.strength import weakness

GOOD, OLD = "a secret of sufficient length", "another one, from last year"


def test_a_rotated_key_still_verifies_and_is_named() -> None:
    signed = Keyring(OLD).sign("abc")
    verified = Keyring([GOOD, OLD]).verify(signed)
    assert verified is not None
    assert verified[0] == "abc"
    assert verified[1].fingerprint == fingerprint(OLD.encode())


@given(st.binary(min_size=1, max_size=200), st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_a_signature_is_the_hmac_that_the_library_computes(secret: bytes, session_id: str) -> None:
    expected = b64encode(hmac.digest(secret, session_id.encode(), sha256)).rstrip(b"=").decode()
    assert Keyring([GOOD, secret]).keys[-1].signature(session_id) == expected


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


class TestRenewal:
    def test_puts_another_key_first_and_keeps_what_was_counted(self) -> None:
        keyring = Keyring(OLD)
        keyring.keys[0].used(5)
        assert keyring.renew([GOOD, OLD])
        assert keyring.verify(Keyring(OLD).sign("abc")) == ("abc", keyring.keys[1])
        assert keyring.sign("abc") == Keyring(GOOD).sign("abc")
        assert keyring.uses == {
            fingerprint(GOOD.encode()): KeyUse(0, None),
            fingerprint(OLD.encode()): KeyUse(1, 5),
        }

    def test_says_whether_anything_is_different(self) -> None:
        keyring = Keyring([GOOD, OLD])
        assert not keyring.renew([GOOD, OLD])
        assert keyring.renew([OLD, GOOD])

    @pytest.mark.parametrize("secrets", ["", [], [GOOD, ""], "keyboard cat", ["short", GOOD], [None], 7 * b" "])
    def test_to_nothing_or_to_an_easy_one_is_refused_and_the_keys_stay(self, secrets: Secrets) -> None:
        keyring = Keyring([GOOD, OLD])
        with pytest.raises(SecretError):
            keyring.renew(secrets)
        assert keyring.sign("abc") == Keyring(GOOD).sign("abc")
        assert keyring.verify(Keyring(OLD).sign("abc"))

    def test_never_puts_an_easy_one_in_the_place_of_a_good_one(self) -> None:
        keyring = Keyring(GOOD, allow_weak=True)
        with pytest.raises(SecretError, match="easy to guess"):
            keyring.renew("keyboard cat")
        weak = Keyring("keyboard cat", allow_weak=True)
        assert weak.renew(GOOD)
        assert weak.weakness is None


class TestKeysThatOnlyVerify:
    def test_never_sign_whatever_the_others_become(self) -> None:
        keyring = Keyring(GOOD, verify_only="keyboard cat")
        shared = Keyring("keyboard cat", allow_weak=True)
        for secrets in (GOOD, [OLD, GOOD]):
            keyring.renew(secrets)
            assert keyring.sign("abc") != shared.sign("abc")
            assert keyring.verify(shared.sign("abc")) == ("abc", keyring.keys[-1])

    @pytest.mark.parametrize(
        ("secrets", "verify_only", "complaint"),
        [(GOOD, GOOD, "never sign"), ([], GOOD, "not set"), (GOOD, [""], "empty"), (GOOD, [7], "text or bytes, not int")],
    )
    def test_are_no_substitute_for_one_that_signs(self, secrets: Secrets, verify_only: Secrets, complaint: str) -> None:
        with pytest.raises(SecretError, match=complaint):
            Keyring(secrets, verify_only=verify_only)


def test_a_secret_given_twice_is_one_key() -> None:
    assert len(Keyring([GOOD, GOOD, OLD], verify_only=OLD).keys) == 2
