"""The secret from a file, a function or the environment: read with care, asked again, and never lost by a bad answer."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from sessile.errors import SecretError
from sessile.integrations.secrets import EVERY_MS, KeyringSource, SecretFile, keyring_of, source_of
from sessile.session.keyring import Keyring, Secrets, fingerprint

GOOD, OLD = "a secret of sufficient length", "another one, from last year"
NOW = 1_795_455_859_000


def source_and_keyring(secret: Path | Callable[[], Secrets]) -> tuple[KeyringSource, Keyring]:
    keyring = keyring_of(secret)
    source = source_of(secret, keyring)
    assert source is not None
    assert source.renew(NOW) is None
    return source, keyring


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "session_secret"


class TestAFile:
    @pytest.mark.parametrize(
        "content",
        [
            f"{GOOD}\n{OLD}\n",
            f"{GOOD}\r\n\r\n  {OLD}\t\r\n",
            f"\ufeff\n\n{GOOD}\n   \n{OLD}",
        ],
    )
    def test_holds_one_secret_a_line_whatever_an_editor_left_around_it(self, file: Path, content: str) -> None:
        file.write_bytes(content.encode())
        assert [key.secret for key in keyring_of(file).keys] == [GOOD.encode(), OLD.encode()]
        assert keyring_of(SecretFile(file)).keys == keyring_of(file).keys

    def test_keeps_every_byte_within_a_line(self, file: Path) -> None:
        secret = b"\x00 inner  blanks \xff stay"
        file.write_bytes(secret + b"\n")
        assert keyring_of(file).keys[0].secret == secret

    @pytest.mark.parametrize(
        ("content", "complaint"), [(b"", "gives no session secret"), (b" \n\n", "gives no"), (b"keyboard cat\n", "easy to guess")]
    )
    def test_without_a_good_secret_is_refused(self, file: Path, content: bytes, complaint: str) -> None:
        file.write_bytes(content)
        with pytest.raises(SecretError, match=complaint):
            keyring_of(file)

    def test_that_is_not_there_is_named(self, file: Path) -> None:
        with pytest.raises(SecretError, match=rf"could not be read: No such file or directory \({file}\)"):
            keyring_of(file)

    def test_is_read_again_every_half_minute(self, file: Path) -> None:
        file.write_text(OLD)
        source, keyring = source_and_keyring(file)
        file.write_text(f"{GOOD}\n{OLD}\n")
        assert source.renew(NOW + EVERY_MS - 1) is None
        assert keyring.sign("abc") == Keyring(OLD).sign("abc")
        renewed = source.renew(NOW + EVERY_MS)
        assert renewed is not None
        assert renewed.message == (
            f"session keys renewed: {fingerprint(GOOD.encode())} signs, {fingerprint(OLD.encode())} verifies"
        )
        assert keyring.sign("abc") == Keyring(GOOD).sign("abc")
        assert source.renew(NOW + 2 * EVERY_MS) is None

    @pytest.mark.parametrize("content", [None, b"", b"short\n"])
    def test_that_goes_bad_leaves_the_keys_and_a_line_in_the_log(self, file: Path, content: bytes | None) -> None:
        file.write_text(GOOD)
        source, keyring = source_and_keyring(file)
        file.unlink()
        if content is not None:
            file.write_bytes(content)
        event = source.renew(NOW + EVERY_MS)
        assert event is not None
        assert event.level >= logging.WARNING
        assert event.message.startswith(f"session keys not renewed, {fingerprint(GOOD.encode())} signs as before: ")
        assert keyring.verify(Keyring(GOOD).sign("abc"))
        file.write_text(OLD)
        assert source.renew(NOW + 2 * EVERY_MS) is not None
        assert keyring.verify(Keyring(OLD).sign("abc"))


class TestAFunction:
    def test_may_give_one_secret_or_several(self) -> None:
        assert keyring_of(lambda: GOOD).keys == keyring_of(lambda: iter([GOOD])).keys

    @pytest.mark.parametrize("given", [[], "", None, [None]])
    def test_that_gives_nothing_is_refused(self, given: Secrets) -> None:
        with pytest.raises(SecretError):
            keyring_of(lambda: given)

    def test_that_fails_is_told_by_its_kind_of_error_and_leaves_the_keys(self) -> None:
        answers: list[Secrets | Exception] = [GOOD, RuntimeError(f"vault said {OLD}")]

        def ask() -> Secrets:
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        source, keyring = source_and_keyring(ask)
        event = source.renew(NOW + EVERY_MS)
        assert event is not None
        assert "failed with RuntimeError" in event.message
        assert OLD not in event.message
        assert keyring.verify(Keyring(GOOD).sign("abc"))


class TestTheEnvironment:
    def test_gives_the_secret_and_the_one_before(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SESSION_SECRET", GOOD)
        monkeypatch.delenv("SESSION_SECRET_PREVIOUS", raising=False)
        assert len(keyring_of(None).keys) == 1
        monkeypatch.setenv("SESSION_SECRET_PREVIOUS", OLD)
        keyring = keyring_of(None)
        assert keyring.sign("abc") == Keyring(GOOD).sign("abc")
        assert keyring.verify(Keyring(OLD).sign("abc"))

    def test_without_one_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("SESSION_SECRET", raising=False)
        with pytest.raises(SecretError, match="SESSION_SECRET is not set"):
            keyring_of(None)


@pytest.mark.parametrize("secret", [GOOD, GOOD.encode(), [GOOD, OLD], Keyring(GOOD), None])
def test_what_cannot_change_is_not_asked_again(secret: Secrets | Keyring | None) -> None:
    assert source_of(secret, Keyring(GOOD)) is None


def test_a_keyring_is_taken_as_it_is_and_an_easy_secret_behind_the_flag() -> None:
    keyring = Keyring(GOOD, verify_only=OLD)
    assert keyring_of(keyring) is keyring
    assert keyring_of("keyboard cat", allow_weak=True).weakness
