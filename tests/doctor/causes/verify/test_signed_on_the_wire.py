"""What the signature of a cookie that came back in vain says of the secret."""

from pathlib import Path

import pytest

from sessile.doctor.evidence.correlation import correlate
from sessile.doctor.evidence.sorting import Item, Kind
from sessile.doctor.facts import Facts, Wire
from sessile.doctor.facts.correlation import Missing, Signature
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided
from tests.doctor.causes.secret_scenes import OTHER, SECRET, env
from tests.doctor.recorded_facts import AT, correlated, first, judge, known, seen
from tests.doctor.recording import COOKIE, asked, cookie, login, recording, sanitized


def vain(secret: str) -> Wire:
    value = cookie(secret)
    line = f"connect.sid={value}; Path=/; HttpOnly"
    return recording(login(sets=line), asked(5, status=401, sends=f"connect.sid={value}"))


def told(wire: Wire, folder: Path, **files: str) -> Facts:
    """A recording beside .env files, verified as the doctor does it."""
    environments = tuple(env(folder, f"SESSION_SECRET={value}", name.replace("_", ".")) for name, value in files.items())
    items = [Item(Kind.ENVIRONMENT, one.source, path=Path(one.source)) for one in environments]
    facts = Facts(now=AT, environments=environments, wires=(wire,))
    return Facts(now=AT, environments=environments, wires=(wire,), correlations=correlate(facts, items, None, None))


@pytest.mark.parametrize(
    ("signing", "cause"),
    [
        (f'"{SECRET}"', "verify-secret-quoted"),
        (f"{SECRET}\n", "verify-secret-trailing-newline"),
        (f"{SECRET} ", "verify-secret-trailing-newline"),
    ],
)
def test_a_cookie_that_the_secret_signed_only_in_another_spelling(tmp_path: Path, signing: str, cause: str) -> None:
    facts = told(vain(signing), tmp_path, _env=SECRET)
    assert isinstance(judge(cause, facts), Confirmed)
    assert first(facts) == cause


def test_a_cookie_that_a_secret_cut_at_its_hash_signed(tmp_path: Path) -> None:
    facts = told(vain(SECRET), tmp_path, _env=f"'{SECRET}#{OTHER}'")
    assert first(facts) == "verify-secret-cut-by-dialect"


def test_a_cookie_of_the_secret_before(tmp_path: Path) -> None:
    facts = told(vain(OTHER), tmp_path, _env=SECRET, _env_bak=OTHER)
    finding = judge("verify-secret-rotated-without-keyring", facts)
    assert isinstance(finding, Confirmed)
    assert ".env.bak:2" in finding.evidence[-1].says
    assert first(facts) == "verify-secret-rotated-without-keyring"


@pytest.mark.parametrize(
    "cause",
    [
        "verify-secret-quoted",
        "verify-secret-trailing-newline",
        "verify-secret-cut-by-dialect",
        "verify-secret-rotated-without-keyring",
    ],
)
def test_a_cookie_of_the_secret_that_is_set_proves_none_of_it(tmp_path: Path, cause: str) -> None:
    assert not isinstance(judge(cause, told(vain(SECRET), tmp_path, _env=SECRET, _env_bak=OTHER)), Confirmed)


def test_a_spelling_proves_nothing_where_the_row_is_missing() -> None:
    wire = vain(SECRET)
    other = Signature("SESSION_SECRET (.env:2)", "0a1b2c3d", "in double quotes")
    found = correlated(known(cookie(SECRET), Missing(), other))
    assert isinstance(judge("verify-secret-quoted", seen(wire, found=found)), Undecided)


def test_a_cookie_that_none_of_the_secrets_signed_keeps_the_made_up_secret_open(tmp_path: Path) -> None:
    facts = told(vain(OTHER), tmp_path, _env=SECRET)
    assert isinstance(judge("verify-secret-random-per-boot", facts), Undecided)
    assert isinstance(judge("verify-secret-random-per-boot", told(vain(SECRET), tmp_path, _env=SECRET)), RuledOut)


def test_a_cookie_that_is_let_in_and_turned_away_while_its_row_lives() -> None:
    wire = recording(login(), asked(5), asked(6, status=401), asked(7), asked(8, status=401))
    finding = judge("verify-secret-differs-between-instances", seen(wire, found=correlated(known(COOKIE))))
    assert isinstance(finding, Undecided)
    assert "its row lives" in finding.evidence[0].says


def test_a_cookie_signed_with_a_default_is_a_note(tmp_path: Path) -> None:
    assert isinstance(judge("verify-secret-known-default", told(vain("keyboard cat"), tmp_path, _env=SECRET)), Noted)


def test_nothing_is_said_of_a_recording_without_cookies(tmp_path: Path) -> None:
    facts = told(sanitized(vain(OTHER)), tmp_path, _env=SECRET, _env_bak=OTHER)
    assert not isinstance(judge("verify-secret-rotated-without-keyring", facts), Confirmed)
