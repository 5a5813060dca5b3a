"""Two services with keys of their own in one log, and housekeeping that deletes sessions which still live."""

from pathlib import Path

import pytest

from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided
from tests.doctor.causes.frameworks import flask, seen, starlette
from tests.doctor.facts_builder import BOOT, environment, facts, judge, line, log

RANDOM, TWO, REMOVED = "verify-secret-random-per-boot", "verify-two-keys-for-one-cookie", "find-rows-removed"
KEYS = [line(Kind.KEYS, "", f"session keys: {key} signs", key) for key in ("bb5eb21f", "7cefa71b")]
REJECTED = [line(Kind.OUTCOME, "verify: bad_signature", "session stopped at verify: bad_signature")] * 2
APP = """
import os
from fastapi import FastAPI
from sessile import PostgresStore, SessionMiddleware

app = FastAPI()
app.add_middleware(SessionMiddleware, store=PostgresStore(url), secret=os.environ["{name}"]{more})
"""


def two(more: str = "") -> dict[str, str]:
    return {f"{name}/main.py": APP.format(name=f"{name.upper()}_SECRET", more=more) for name in ("shop", "staff")}


def test_two_keys_in_one_log_are_no_proof_where_secrets_stand_under_names_of_their_own() -> None:
    both = log(BOOT, KEYS[0], BOOT, KEYS[1])
    assert isinstance(judge(RANDOM, facts(None, both, environments=(environment("DATABASE_URL"),))), Confirmed)
    named = environment("DATABASE_URL", "SHOP_SECRET", "STAFF_SECRET")
    assert not isinstance(judge(RANDOM, facts(None, both, environments=(named,))), Confirmed)


def test_two_services_of_one_cookie_that_do_not_know_each_others_signatures(tmp_path: Path) -> None:
    assert isinstance(judge(TWO, seen(tmp_path, two(), log(BOOT, *KEYS, *REJECTED))), Undecided)


@pytest.mark.parametrize("more", ["", ', cookie=CookiePolicy(name="staff")'])
def test_two_services_are_none_of_each_others_business_otherwise(tmp_path: Path, more: str) -> None:
    given = (log(BOOT, *KEYS, *REJECTED),) if more else ()
    assert isinstance(judge(TWO, seen(tmp_path, two(more), *given)), RuledOut)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ('q("DELETE FROM sessions WHERE expiry < :limit", datetime.utcnow() + KEEP)', Noted),
        ("q(\"DELETE FROM sessions WHERE expiry < now() + interval '30 days'\")", Noted),
        ('q("DELETE FROM sessions WHERE expiry > now()")', Noted),
        ('q("DELETE FROM sessions WHERE expiry < :limit", datetime.utcnow())', RuledOut),
        ('q("DELETE FROM sessions WHERE expiry < :limit", datetime.utcnow() - KEEP)', RuledOut),
        ('q("DELETE FROM sessions WHERE expiry < now()"); again = datetime.utcnow() + KEEP', RuledOut),
        ('q("DELETE FROM drafts WHERE expiry < :limit", datetime.utcnow() + KEEP)', RuledOut),
    ],
)
def test_what_a_housekeeping_deletes(tmp_path: Path, statement: str, kind: type) -> None:
    files = {**flask(), "jobs.py": f"from datetime import datetime\n\ndef tidy(session):\n    {statement}\n"}
    finding = judge(REMOVED, seen(tmp_path, files))
    assert isinstance(finding, Noted) is (kind is Noted)


def test_the_same_in_starlette(tmp_path: Path) -> None:
    files = {**starlette(), "jobs.py": 'def tidy(session):\n    q("DELETE FROM user_sessions WHERE expires_at >= now()")\n'}
    assert isinstance(judge(REMOVED, seen(tmp_path, files)), Noted)
