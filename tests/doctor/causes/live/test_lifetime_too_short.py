"""A lifetime of seconds, by the login's cookie or by the code and its environment; what is short on purpose, and Express's."""

from dataclasses import replace
from pathlib import Path

import pytest

from sessile.doctor.facts import Facts
from sessile.doctor.findings import Confirmed, RuledOut, Unseen
from tests.doctor.causes.frameworks import django, flask, seen as project, starlette
from tests.doctor.facts_builder import environment, facts
from tests.doctor.recorded_facts import first, judge, seen
from tests.doctor.recording import COOKIE, asked, login, recording

CAUSE = "live-lifetime-too-short"
KEY = 'app.secret_key = os.environ["SECRET_KEY"]\n'
SETTINGS = """
from dataclasses import dataclass, field
from os import environ

@dataclass(frozen=True)
class Settings:
    minutes: int = field(default_factory=lambda: int(environ.get("SESSION_MINUTES", 60)))

settings = Settings()
"""


def configured(known: Facts, **words: str) -> Facts:
    return replace(known, environments=(environment(*words, words=words),))


@pytest.mark.parametrize("attributes", ["Max-Age=3", "Max-Age=59"])
def test_the_logins_cookie_lasts_for_seconds(attributes: str) -> None:
    known = seen(recording(login(sets=f"connect.sid={COOKIE}; Path=/; HttpOnly; {attributes}"), asked(5, status=401)))
    finding = judge(CAUSE, known)
    assert isinstance(finding, Confirmed)
    assert "connect.sid lasts" in finding.evidence[0].says


def test_a_cookie_that_is_over_when_it_is_set_explains_that_none_is_kept() -> None:
    gone = f"sessionid={COOKIE}; Path=/; HttpOnly; Max-Age=0"
    known = seen(recording(login(sets=gone), asked(5, status=401, sends=None)))
    assert "in the moment" in judge(CAUSE, known).evidence[0].says  # type: ignore[union-attr]
    assert first(known) == CAUSE


@pytest.mark.parametrize(
    "sets",
    [f"connect.sid={COOKIE}; Path=/; Max-Age=60", f"connect.sid={COOKIE}; Path=/", f"connect.sid={COOKIE}", "old=; Max-Age=0"],
)
def test_a_minute_and_no_lifetime_at_all_are_meant(sets: str) -> None:
    assert isinstance(judge(CAUSE, seen(recording(login(sets=sets), asked(5)))), RuledOut)


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        (django("from datetime import timedelta\nSESSION_COOKIE_AGE = timedelta(days=14).seconds"), Confirmed),
        (django("from datetime import timedelta\nSESSION_COOKIE_AGE = timedelta(hours=12).seconds"), RuledOut),
        (django("SESSION_COOKIE_AGE = 20"), Confirmed),
        (starlette('secret_key="k", max_age=30'), Confirmed),
        (starlette('secret_key="k", max_age=None'), RuledOut),
        (flask(f"{KEY}app.config.update(PERMANENT_SESSION_LIFETIME=31)"), Confirmed),
        (flask(f"{KEY}from datetime import timedelta\napp.permanent_session_lifetime = timedelta(minutes=5)"), RuledOut),
    ],
)
def test_what_the_code_says(tmp_path: Path, files: dict[str, str], finding: type) -> None:
    assert isinstance(judge(CAUSE, project(tmp_path, files)), finding)


def test_a_variable_goes_before_the_code_in_flask(tmp_path: Path) -> None:
    files = flask(f"{KEY}app.config.update(PERMANENT_SESSION_LIFETIME=1209600)\napp.config.from_prefixed_env()")
    known = project(tmp_path, files)
    assert isinstance(judge(CAUSE, configured(known, FLASK_PERMANENT_SESSION_LIFETIME="14")), Confirmed)
    assert isinstance(judge(CAUSE, configured(known, PERMANENT_SESSION_LIFETIME="14")), RuledOut)
    assert isinstance(judge(CAUSE, known), RuledOut)


def test_what_the_code_sets_after_the_variables_holds(tmp_path: Path) -> None:
    files = flask(f"{KEY}app.config.from_prefixed_env()\napp.config.update(PERMANENT_SESSION_LIFETIME=1209600)")
    known = configured(project(tmp_path, files), FLASK_PERMANENT_SESSION_LIFETIME="14")
    assert isinstance(judge(CAUSE, known), RuledOut)


def test_a_field_of_settings_in_minutes(tmp_path: Path) -> None:
    files = starlette('secret_key="k", max_age=settings.minutes')
    files["main.py"] = "from settings import settings\n" + files["main.py"]
    known = project(tmp_path, files | {"settings.py": SETTINGS})
    assert isinstance(judge(CAUSE, configured(known, SESSION_MINUTES="30")), Confirmed)
    assert isinstance(judge(CAUSE, configured(known, SESSION_MINUTES="3000")), RuledOut)


def test_without_code_and_login_nobody_can_tell() -> None:
    assert isinstance(judge(CAUSE, facts()), Unseen)
