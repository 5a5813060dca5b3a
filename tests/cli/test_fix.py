"""`sessile fix`: plan, apply, diagnose again, undo, against a real table."""

import psycopg
import pytest

from tests.cli.command import Command
from tests.cli.conftest import PASSWORD, SESSIONS, as_role

LIVE = f"{SESSIONS} live sessions before, {SESSIONS} after"


def has_key(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return (
            connection.execute("SELECT 1 FROM pg_index WHERE indrelid = 'session'::regclass AND indisprimary").fetchone()
            is not None
        )


@pytest.fixture
def duplicated(broken: str) -> str:
    """The broken table, with three sessions that stand in it twice."""
    with psycopg.connect(broken, autocommit=True) as connection:
        connection.execute("INSERT INTO session SELECT sid, sess, expire - interval '1 day' FROM session ORDER BY sid LIMIT 3")
    return broken


def test_a_plan_changes_nothing_and_says_how_to_apply_it(command: Command, broken: str) -> None:
    ended = command("fix", broken, SHOP_DB=broken)
    assert (ended.status, ended.err) == (0, "")
    assert "Nothing was changed" in ended.out
    assert "CREATE UNIQUE INDEX CONCURRENTLY" in ended.out
    assert 'sessile fix save-no-primary-key "$SHOP_DB" --apply' in ended.out
    assert not has_key(broken)


def test_applied_it_says_that_the_cause_is_gone_and_counts_the_sessions(command: Command, duplicated: str) -> None:
    ended = command("fix", "save-no-primary-key", duplicated, "--apply")
    assert ended.status == 0
    assert f"✓ save-no-primary-key is gone; {LIVE}" in ended.out
    assert "3 rows were moved aside" in ended.out
    assert has_key(duplicated)
    assert command("doctor", duplicated).status == 0


def test_undone_and_done_again(command: Command, duplicated: str) -> None:
    command("fix", "--apply", duplicated)
    undone = command("fix", "--undo", duplicated)
    assert (undone.status, has_key(duplicated)) == (0, False)
    assert "was taken back" in undone.out
    again = command("fix", "--apply", duplicated)
    assert (again.status, has_key(duplicated)) == (0, True)
    assert LIVE in again.out


def test_a_catalogue_entrys_name_will_do(command: Command, broken: str) -> None:
    assert command("fix", "no-unique-on-sid", broken, "--apply").status == 0
    assert has_key(broken)


def test_without_the_right_the_owners_sql_is_printed(command: Command, broken: str, app_role: str) -> None:
    with psycopg.connect(broken, autocommit=True) as connection:
        connection.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON session TO {app_role}".encode())
    ended = command("fix", "save-no-primary-key", as_role(broken, app_role), "--apply")
    assert ended.status == 1
    assert "--as" in ended.err
    assert len(ended.err.splitlines()) == 1
    assert "CREATE UNIQUE INDEX CONCURRENTLY" in ended.out
    assert PASSWORD not in ended.out + ended.err
    assert not has_key(broken)
    with psycopg.connect(broken, autocommit=True) as connection:
        connection.execute(f"REVOKE ALL ON session FROM {app_role}".encode())


@pytest.mark.parametrize("given", ["@owner", "-"])
def test_the_owners_url_applies_it_for_the_services_role(command: Command, broken: str, app_role: str, given: str) -> None:
    with psycopg.connect(broken, autocommit=True) as connection:
        connection.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON session TO {app_role}".encode())
    (command.folder / "owner").write_text(f"{broken}\n")
    ended = command("fix", as_role(broken, app_role), "--as", given, "--apply", stdin=broken if given == "-" else "")
    assert ended.status == 0
    assert LIVE in ended.out
    assert has_key(broken)
    with psycopg.connect(broken, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {app_role}".encode())


def test_nothing_wrong_is_nothing_to_fix(command: Command, sound: str) -> None:
    ended = command("fix", sound)
    assert ended.status == 0
    assert ended.out == "No cause was found that could be fixed: sessile doctor tells what was seen.\n"


def test_a_cause_that_no_database_cures_says_what_does(command: Command, sound: str) -> None:
    ended = command("fix", "verify-secret-random-per-boot", sound)
    assert ended.status == 1
    assert ended.out.startswith("No plan for verify-secret-random-per-boot: this is not cured in the database\n")


def test_nothing_to_undo_is_one_line(command: Command, sound: str) -> None:
    ended = command("fix", sound, "--undo")
    assert ended.status == 2
    assert "so there is nothing to undo" in ended.complaint
