"""No secret: proven by the service's own words, suspected where the environment gives none."""

from pathlib import Path

import pytest

from sessile.doctor.evidence import environment
from sessile.doctor.facts import Environment, Log
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from sessile.errors import SecretError
from sessile.session.keyring import Keyring
from tests.doctor.causes.secret_scenes import EXPRESS, SECRET, env, judge, log, process, recorded, starts

CAUSE = "boot-secret-missing"


def refused(secret: str) -> Log:
    """The log of a sessile service under uvicorn that does not start with this secret."""
    with pytest.raises(SecretError) as error:
        Keyring(secret)
    return log(
        "2026-11-23 10:00:00,000 INFO uvicorn.error: Started server process [100]",
        "2026-11-23 10:00:00,010 INFO uvicorn.error: Waiting for application startup.",
        f"2026-11-23 10:00:00,020 CRITICAL sessile: {error.value}",
        f"2026-11-23 10:00:00,030 ERROR uvicorn.error: sessile: {error.value}",
        "2026-11-23 10:00:00,040 ERROR uvicorn.error: Application startup failed. Exiting.",
    )


def test_express_says_so() -> None:
    finding = judge(CAUSE, recorded("secret-missing"))
    assert isinstance(finding, Confirmed)
    assert "secret option required for sessions" in finding.evidence[0].says


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("NODE_ENV=production", "none of 2 variables is a session secret"),
        ("SESSION_SECRET=", "SESSION_SECRET is set to nothing"),
        (f"SESION_SECRET={SECRET}", "SESION_SECRET is set, SESSION_SECRET is not"),
    ],
)
def test_the_environment_tells_why(tmp_path: Path, content: str, says: str) -> None:
    alone = judge(CAUSE, env(tmp_path, content))
    both = judge(CAUSE, env(tmp_path, content), recorded("secret-missing"))
    assert isinstance(alone, Undecided)
    assert isinstance(both, Confirmed)
    assert alone.evidence[0].says == says == both.evidence[-1].says
    assert both.certainty > 0.95


def test_sessile_refuses_to_start() -> None:
    finding = judge(CAUSE, refused(""))
    assert isinstance(finding, Confirmed)
    assert "SESSION_SECRET is not set" in finding.evidence[0].says


def test_sessile_refuses_a_secret_that_is_easy_to_guess() -> None:
    finding = judge(CAUSE, refused("keyboard cat"))
    assert isinstance(finding, Confirmed)
    assert "easy to guess" in finding.title
    assert "keyboard cat" not in str(finding)


@pytest.mark.parametrize(
    "evidence",
    [
        pytest.param((process(SESSION_SECRET=SECRET),), id="it is set"),
        pytest.param((process(SECRET_KEY=SECRET),), id="it is set under Flask's name"),
        pytest.param((process(SESSION_SECRET_FILE="/etc/secrets/not-here"),), id="it is in a file"),
        pytest.param((process(), starts(SECRET)), id="the service names its keys"),
        pytest.param((process(), log(*EXPRESS)), id="sessions work"),
        pytest.param((process(), log("SESSION_SECRET is not set, using a fallback", *EXPRESS)), id="fallback"),
    ],
)
def test_it_is_ruled_out(evidence: tuple[Environment | Log, ...]) -> None:
    assert isinstance(judge(CAUSE, *evidence), RuledOut)


def test_a_shell_without_a_secret_says_nothing() -> None:
    assert isinstance(judge(CAUSE), Unseen)
    assert isinstance(judge(CAUSE, environment.from_process({"HOME": "/root", "PATH": "/bin"})), Unseen)


def test_a_weak_secret_in_use_is_no_refusal() -> None:
    keyring = Keyring("keyboard cat", allow_weak=True)
    assert keyring.weakness
    told = f"SESSION_SECRET is easy to guess ({keyring.weakness}): anybody could sign in as anybody; use it no longer than needed"
    lines = "2026-11-23 10:00:00,000 INFO uvicorn.error: Started server process [100]", f"WARNING sessile: {told}"
    place = process(SESSION_SECRET="keyboard cat")
    assert not isinstance(judge(CAUSE, log(*lines), place), Confirmed)
    assert not isinstance(judge(CAUSE, log(*lines, "ERROR: Application startup failed. Exiting."), place), Confirmed)


def test_an_error_before_the_last_start_is_over() -> None:
    broken = (
        "2026-11-23T20:10:20.000Z Server running on port 3000",
        "Error: secret option required for sessions",
        "Server stopped",
    )
    assert isinstance(judge(CAUSE, log(*broken)), Confirmed)
    assert not isinstance(judge(CAUSE, log(*broken, *EXPRESS)), Confirmed)
