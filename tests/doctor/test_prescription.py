"""What a report prescribes for this very service: commands name its own table, as the shell hands it on."""

import subprocess

import pytest

from sessile.doctor.causes import cause_named
from sessile.doctor.diagnosis import Confidence, Suspect
from sessile.doctor.facts import Facts
from sessile.doctor.prescription import prescribed
from tests.doctor.facts_builder import database, facts, table, unreachable

OWN = '"Auth"."User$Sessions"'


def command(cause_id: str, known: Facts) -> str:
    cause = cause_named(cause_id)
    assert cause is not None
    suspect = prescribed(Suspect(cause, cause.title, Confidence.CONFIRMED, 1.0, ()), known)
    assert suspect.cause.remedy.command is not None
    return suspect.cause.remedy.command


def arguments(written: str) -> list[str]:
    """What the programs that a command calls are given, as a shell tells."""
    for program in ("psql", "pg_dump"):
        written = written.replace(f"{program} ", "printf '%s\\n' ")
    told = subprocess.run(["sh", "-c", written.replace("> session.sql", "")], capture_output=True, text=True, check=True)
    return told.stdout.splitlines()


OF_ANOTHER_NAME = facts(database(table=table(schema="Auth", name="User$Sessions")))
IN_ANOTHER_SCHEMA = facts(database(table=table(schema="Auth", in_search_path=False)))


@pytest.mark.parametrize(
    ("cause", "statement"),
    [
        ("save-text-rejected", f"ALTER TABLE {OWN} ALTER COLUMN sess TYPE json"),
        ("save-rule-forbids-insert", f"DROP RULE rule_name ON {OWN}"),
        ("reach-disk-full", f"DELETE FROM {OWN} WHERE expire < now() - interval '2 days'"),
        ("find-index-corrupt", f"REINDEX TABLE CONCURRENTLY {OWN}"),
        ("find-index-corrupt", OWN),
    ],
)
def test_a_command_has_the_table_s_own_name_as_the_shell_gives_it_on(cause: str, statement: str) -> None:
    assert statement in arguments(command(cause, OF_ANOTHER_NAME))


def test_a_table_beside_the_search_path_is_named_with_its_schema() -> None:
    assert 'ON "Auth"."session"' in command("save-rule-forbids-insert", IN_ANOTHER_SCHEMA)


@pytest.mark.parametrize(
    "known", [facts(database()), facts(), facts(unreachable("28P01", "no"))], ids=["usual", "none", "unseen"]
)
def test_what_has_the_usual_name_or_was_not_seen_is_named_as_usual(known: Facts) -> None:
    assert command("save-rule-forbids-insert", known).endswith("DROP RULE rule_name ON session'")
