"""Forged, truncated and altered cookies: none opens a session, each ends with its name."""

import base64
import hashlib
import hmac
from collections.abc import Iterator

import pytest

from sessile.session.id import new_id
from sessile.session.keyring import Keyring
from tests.integrations.attacks.target import NAME, SECRET, Target, as_cookie, id_of, new_cookie, serving

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
OLD = "an older secret, also long enough"


def signature(session_id: str) -> str:
    return Keyring(SECRET).keys[0].signature(session_id)


def mac(session_id: str, algorithm: str, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), session_id.encode(), algorithm)).decode().rstrip("=")


def forgeries(session_id: str, other: str) -> Iterator[tuple[str, str]]:
    """Values that claim `session_id`, a session that lives, and how each was made."""
    right = signature(session_id)
    digest = hmac.digest(SECRET.encode(), session_id.encode(), "sha256")
    yield "another secret", f"s:{Keyring('another secret of some length').sign(session_id)}"
    yield "the signature of another id", f"s:{session_id}.{signature(other)}"
    yield "another id before the signature", f"s:{other}.{right}"
    yield "the signature of no id", f"s:{session_id}.{signature('')}"
    yield "no id, rightly signed", f"s:.{signature('')}"
    yield "swapped", f"s:{right}.{session_id}"
    yield "signed twice", f"s:{session_id}.{right}.{signature(f'{session_id}.{right}')}x"
    yield "no prefix", f"{session_id}.{right}"
    yield "another prefix", f"j:{session_id}.{right}"
    yield "a prefix in capitals", f"S:{session_id}.{right}"
    yield "padded", f"s:{session_id}.{right}="
    yield "padded and escaped twice", f"s:{session_id}.{right}%3D"
    yield "URL-safe base64", f"s:{session_id}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
    yield "hexadecimal", f"s:{session_id}.{digest.hex()}"
    yield "raw bytes", f"s:{session_id}.{digest.decode('latin-1')}"
    yield "SHA-1", f"s:{session_id}.{mac(session_id, 'sha1')}"
    yield "SHA-512", f"s:{session_id}.{mac(session_id, 'sha512')}"
    yield "no key", f"s:{session_id}.{mac(session_id, 'sha256', '')}"
    yield "a bare hash", f"s:{session_id}.{base64.b64encode(hashlib.sha256(session_id.encode()).digest()).decode().rstrip('=')}"
    yield "the prefix signed too", f"s:{session_id}.{signature(f's:{session_id}')}"
    yield "other case", f"s:{session_id}.{right.swapcase()}"
    yield "a blank before", f"s:{session_id}. {right}"
    yield "a line end behind", f"s:{session_id}.{right}\n"
    yield "a NUL behind", f"s:{session_id}.{right}\0"
    yield "a NUL in the id", f"s:{session_id}\0.{right}"
    yield "letters that look alike", f"s:{session_id}.{right.translate({ord('A') + n: 0xFF21 + n for n in range(26)})}"
    yield "no algorithm", f"s:{session_id}.none"
    yield "a JSON web token", f"s:eyJhbGciOiJub25lIn0.{session_id}."


async def living(target: Target) -> str:
    """The id of a session that lives, whose signature shows the difference between the two alphabets of base64."""
    while not {"+", "/"} & set(signature(session_id := id_of(await target.visitor()))):
        pass
    return session_id


async def test_no_forgery_opens_a_session_that_lives(target: Target) -> None:
    session_id, other = await living(target), await living(target)
    assert await target.user(as_cookie(f"s:{session_id}.{signature(session_id)}")) == 7
    for how, value in forgeries(session_id, other):
        outcome = await target.outcome(as_cookie(value))
        assert outcome in ("verify: bad_signature", "verify: unsigned", "arrive: malformed"), how


async def test_no_forgery_reaches_the_database(target: Target) -> None:
    session_id, other = await living(target), await living(target)
    target.store.looked_up.clear()
    for _, value in forgeries(session_id, other):
        await target.ask("me", as_cookie(value))
    assert target.store.looked_up == []


async def test_a_signature_has_one_spelling(target: Target) -> None:
    """The last of its 43 characters carries 4 of 6 bits, so three others decode to the very same bytes."""
    session_id = await living(target)
    right = signature(session_id)
    alive = [last for last in ALPHABET if await target.user(as_cookie(f"s:{session_id}.{right[:-1]}{last}")) == 7]
    assert alive == [right[-1]]


async def test_no_character_of_it_may_differ(target: Target) -> None:
    value = f"s:{(session_id := await living(target))}.{signature(session_id)}"
    for place, character in enumerate(value):
        changed = f"{value[:place]}{'B' if character == 'A' else 'A'}{value[place + 1 :]}"
        assert await target.outcome(as_cookie(changed)) in ("verify: bad_signature", "verify: unsigned", "arrive: malformed")


async def test_cut_at_any_length_it_opens_nothing(target: Target) -> None:
    cookie = await target.visitor()
    for length in range(len(cookie)):
        outcome = await target.outcome(cookie[:length])
        assert outcome in ("new", "verify: bad_signature", "verify: unsigned", "arrive: malformed"), cookie[:length]
    assert await target.user(cookie) == 7


async def test_cut_from_the_front_neither(target: Target) -> None:
    _, _, value = (await target.visitor()).partition("=")
    for start in range(1, len(value)):
        outcome = await target.outcome(f"{NAME}={value[start:]}")
        assert outcome in ("verify: bad_signature", "verify: unsigned", "arrive: malformed")


class TestTheComparison:
    """It takes the same time however much of a signature is right: hmac.compare_digest decides, and nothing else does."""

    async def test_sees_whole_signatures_of_every_key(
        self, database: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        compared: list[tuple[str, str]] = []
        keys = Keyring([SECRET, OLD]).keys

        def watching(ours: str | bytes, theirs: str | bytes) -> bool:
            compared.append((plain(ours), plain(theirs)))
            return real(as_bytes(ours), as_bytes(theirs))

        real = hmac.compare_digest
        monkeypatch.setattr(hmac, "compare_digest", watching)
        async with serving(database, caplog, secret=[SECRET, OLD]) as target:
            session_id = new_id()
            right = signature(session_id)
            for right_so_far in (0, 1, 21, 42):
                forged = right[:right_so_far] + "".join(ALPHABET[ALPHABET.index(each) - 1] for each in right[right_so_far:])
                compared.clear()
                assert await target.outcome(as_cookie(f"s:{session_id}.{forged}")) == "verify: bad_signature"
                assert compared == [(key.signature(session_id), forged) for key in keys]

    @pytest.mark.parametrize(("verdict", "user"), [(True, 7), (False, None)])
    async def test_is_obeyed(self, target: Target, monkeypatch: pytest.MonkeyPatch, verdict: bool, user: int | None) -> None:
        session_id = await living(target)
        monkeypatch.setattr(hmac, "compare_digest", lambda _ours, _theirs: verdict)
        value = signature(session_id) if not verdict else "A" * 43
        assert await target.user(as_cookie(f"s:{session_id}.{value}")) == user


async def test_a_retired_key_opens_nothing(database: str, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(database, caplog, secret=OLD) as before:
        cookie = await before.visitor()
    async with serving(database, caplog, secret=[SECRET, OLD]) as during:
        assert await during.user(cookie) == 7
        anew = new_cookie(await during.ask("login", cookie))
    async with serving(database, caplog, secret=SECRET) as after:
        assert await after.outcome(cookie) == "verify: bad_signature"
        assert await after.user(anew) == 7


def as_bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def plain(value: str | bytes) -> str:
    """A signature as a cookie carries it: text, without padding."""
    return as_bytes(value).decode().rstrip("=")
