"""`sessile table`: shown, checked, created, printed."""

import psycopg
import pytest

from tests.cli.command import Command
from tests.cli.conftest import PASSWORD, as_role


def test_it_is_shown_in_words(command: Command, sound: str) -> None:
    ended = command("table", sound)
    assert (ended.status, ended.err) == (0, "")
    squeezed = " ".join(ended.out.split())
    assert '"public"."session" is a table of postgres' in squeezed
    assert "index session_pkey primary key (sid)" in squeezed
    assert "✓ Sessions can live in" in squeezed


def test_each_defect_has_the_command_that_fixes_it(command: Command, broken: str) -> None:
    (command.folder / ".env").write_text(f"DATABASE_URL={broken}\n")
    ended = command("table", ".env")
    assert "sessile fix save-no-primary-key .env" in ended.out
    assert ended.status == 0


def test_check_is_1_with_a_defect_and_0_without(command: Command, broken: str) -> None:
    ended = command("table", "--check", broken)
    assert ended.status == 1
    assert "column sid" not in ended.out
    with psycopg.connect(broken, autocommit=True) as connection:
        connection.execute("ALTER TABLE session ADD PRIMARY KEY (sid)")
    assert command("table", "--check", broken).status == 0


@pytest.mark.parametrize("words", [[], ["--check"]])
def test_a_missing_table_is_told_with_the_command_that_creates_it(command: Command, database: str, words: list[str]) -> None:
    ended = command("table", *words, database)
    assert ended.status == 1
    assert 'sessile table --create "$DATABASE_URL"' in ended.out


def test_it_is_created_once_and_then_left_alone(command: Command, database: str) -> None:
    assert command("table", "--create", database).status == 0
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO session VALUES ('a', '{}', now())")
        assert command("table", "--create", database).status == 0
        assert connection.execute("SELECT count(*) FROM session").fetchone() == (1,)


def test_a_table_of_another_name_in_another_schema(command: Command, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA auth")
    assert command("table", "--create", "--table", "auth.logins", database).status == 0
    ended = command("table", "--table", "auth.logins", database)
    assert '"auth"."logins" is a table' in ended.out


def test_its_sql_is_what_psql_takes(command: Command, database: str) -> None:
    ended = command("table", "--sql", "--table", "logins")
    assert (ended.status, ended.err) == (0, "")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(ended.out.encode())
        connection.execute(ended.out.encode())
    assert command("table", "--check", "--table", "logins", database).status == 0


def test_without_the_right_to_create_the_owner_is_told_what_to_run(command: Command, database: str, app_role: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    ended = command("table", "--create", as_role(database, app_role))
    assert ended.status == 2
    assert "permission denied for schema public" in ended.complaint
    assert "sessile table --sql --table session | psql" in ended.complaint
    assert PASSWORD not in ended.err


class TestWhatStandsBesideIt:
    def test_is_created_checked_and_taken_away(self, command: Command, sound: str) -> None:
        lacking = command("table", "--triggers", sound)
        assert lacking.status == 0
        assert 'sessile table --triggers --create "$DATABASE_URL"' in lacking.out
        for _ in range(2):
            assert command("table", "--triggers", "--create", sound).status == 0
        assert command("table", "--triggers", "--check", sound).status == 0
        assert command("table", "--triggers", "--journal", "--check", sound).status == 1
        assert "has no triggers against resurrection any more" in command("table", "--triggers", "--drop", sound).out
        assert command("table", "--triggers", "--check", sound).status == 1

    def test_its_sql_is_what_psql_takes(self, command: Command, sound: str) -> None:
        making = command("table", "--triggers", "--journal", "--sql", sound)
        dropping = command("table", "--triggers", "--journal", "--drop", "--sql", sound)
        with psycopg.connect(sound, autocommit=True) as connection:
            connection.execute(making.out.encode())
            connection.execute(making.out.encode())
            assert command("table", "--triggers", "--journal", "--check", sound).status == 0
            connection.execute(dropping.out.encode())
        assert command("table", "--triggers", "--check", sound).status == 1

    def test_the_table_is_created_along_with_it(self, command: Command, database: str) -> None:
        assert command("table", "--triggers", "--journal", "--create", "--table", "logins", database).status == 0
        assert command("table", "--triggers", "--journal", "--check", "--table", "logins", database).status == 0

    def test_without_the_right_the_owner_is_told_what_to_run(self, command: Command, sound: str, app_role: str) -> None:
        theirs = as_role(sound, app_role)
        with psycopg.connect(sound, autocommit=True) as connection:
            connection.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON session TO {app_role}".encode())
            refused = command("table", "--triggers", "--create", theirs)
            assert refused.status == 2
            assert '--sql --table public.session "$DATABASE_URL" | psql "$OWNER_DATABASE_URL"' in refused.complaint
            assert command("table", "--triggers", "--create", sound).status == 0
            refused = command("table", "--triggers", "--drop", theirs)
            assert refused.status == 2
            assert '--drop --sql "$DATABASE_URL" | psql "$OWNER_DATABASE_URL"' in refused.complaint
            assert command("table", "--triggers", "--check", theirs).status == 0
            connection.execute(f"DROP OWNED BY {app_role}".encode())

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (("--drop",), "never the session table"),
            (("--triggers", "--drop", "--create"), "exclude each other"),
            (("--triggers", "--sql", "--check"), "exclude each other"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, command: Command, sound: str, words: tuple[str, ...], says: str) -> None:
        assert says in command("table", *words, sound).complaint

    @pytest.mark.parametrize("task", ["--sql", "--drop"])
    def test_without_a_table_there_is_nothing_to_do(self, command: Command, database: str, task: str) -> None:
        assert "there is no session table" in command("table", "--triggers", task, database).complaint


class TestWhatExpressDoesNotNeed:
    def test_is_planned_done_and_taken_back(self, command: Command, sound: str) -> None:
        before = command("table", sound).out.splitlines()[1:]
        assert "--time-zone UTC" in command("table", "--hardened", sound).out, "no row of it tells its zone"
        planned = command("table", "--hardened", "--time-zone", "UTC", sound)
        assert planned.status == 0
        assert "Nothing was changed" in planned.out
        assert command("table", sound).out.splitlines()[1:] == before
        done = command("table", "--hardened", "--time-zone", "UTC", "--apply", sound)
        assert (done.status, done.err) == (0, "")
        assert "12 live sessions before, 12 after" in " ".join(done.out.split())
        assert "column user_id" in command("table", sound).out
        assert command("sessions", "list", "--user", "3", sound).out.startswith("1 living session ")
        assert command("table", "--hardened", "--undo", sound).status == 0
        assert command("table", sound).out.splitlines()[1:] == before

    def test_the_index_by_user_is_one_of_keys(self, command: Command, sound: str) -> None:
        assert command("table", "--users", "--user-key", "account.id", "--apply", sound).status == 0
        with psycopg.connect(sound) as connection:
            said = connection.execute("SELECT obj_description('session_by_user'::regclass)").fetchone()
        assert said is not None
        assert "account.id" in said[0]
        assert command("table", "--users", "--undo", sound).status == 0

    def test_is_asked_for_one_at_a_time(self, command: Command, sound: str) -> None:
        for words in (["--users", "--hardened"], ["--apply"], ["--users", "--check"]):
            assert "stand alone" in command("table", *words, sound).complaint
