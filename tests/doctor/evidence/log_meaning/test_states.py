"""An identity provider sends users back whose session is not known any more: in the words of the usual packages."""

import io

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.evidence.logs import collect
from sessile.doctor.facts.logs import Kind, Log
from tests.doctor.facts_builder import facts

WORDS = [
    "sso: state mismatch",
    "RPError: state mismatch, expected undefined, got: 7f",
    "AuthorizationError: Unable to verify authorization request state.",
    'Error: did not find expected authorization request details in session, req.session["oidc:x"] is undefined',
    "TypeError: checks.state argument is missing",
]


def read(*lines: str) -> Log:
    (log,) = collect("app.log", text=io.BytesIO("\n".join(("Server running on port 3000", *lines)).encode()))
    return log


@pytest.mark.parametrize("words", WORDS)
def test_the_words(words: str) -> None:
    assert read(words).count(Kind.ERROR) == 1


def test_sign_ins_that_all_fail_are_not_healthy() -> None:
    assert diagnose(facts(None, read(*WORDS[:1] * 4))).verdict is Verdict.CANNOT_TELL


def test_a_bookmark_of_the_way_back_is_no_symptom() -> None:
    lines = ["GET /api/me 200 2 ms"] * 40
    assert diagnose(facts(None, read(*lines, *WORDS[:1] * 4))).verdict is Verdict.HEALTHY
