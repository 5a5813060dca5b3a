"""The journal tells what became of a session, for thirty days, and of no session's id more than its beginning."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from sessile import PostgresStore
from sessile.errors import TableError
from sessile.session.store import Create, Delete, Replace
from sessile.stores.postgres.journal import DAYS, SWEPT, Event, Journal, Word, last_words
from sessile.stores.postgres.table import TableName
from tests.stores.writers import as_role, execute, ready

SID = "abcdefghijklmnopqrstuvwxyz012345"
JOURNAL = Journal(TableName("session_journal", "public"))


@pytest.fixture
def kept(database: str) -> str:
    """A database whose session table has a journal."""
    ready(database, journal=True)
    return database


def note(url: str, event: str, *sids: str, journal: Journal = JOURNAL, successor: str | None = None) -> None:
    """Note an event in one statement, as the store does."""
    with psycopg.connect(url, cursor_factory=psycopg.RawCursor) as connection:
        statement = journal.note(event, "unnest($1::text[]) AS made (sid)", successor=successor)
        connection.execute(f"WITH noted AS ({statement}) SELECT 1".encode(), (list(sids),))


def words(url: str, sid: str, journal: Journal = JOURNAL) -> Sequence[Word]:
    statement = last_words(journal, sid)
    with psycopg.connect(url, cursor_factory=psycopg.RawCursor) as connection:
        return statement.parse(connection.execute(statement.sql.encode(), statement.values).fetchall())


class TestEvents:
    def test_are_told_latest_first_with_their_time(self, kept: str) -> None:
        for event in (Event.CREATED, Event.LOGGED_OUT):
            note(kept, event, SID, "another-session")
        latest, first = words(kept, SID)
        assert (latest.event, first.event) == ("logged out", "created")
        assert abs(datetime.now(UTC) - latest.at) < timedelta(seconds=30)
        assert timedelta(0) <= latest.ago < timedelta(seconds=30)
        assert words(kept, "somebody-else") == ()

    def test_the_event_may_come_from_the_statement(self, kept: str) -> None:
        with psycopg.connect(kept, cursor_factory=psycopg.RawCursor) as connection:
            gone = "SELECT $1::text AS sid, $2::text AS why"
            connection.execute(
                f"WITH gone AS ({gone}), noted AS ({JOURNAL.note('gone.why', 'gone')}) SELECT 1".encode(), (SID, "revoked")
            )
        assert [word.event for word in words(kept, SID)] == ["revoked"]

    def test_of_the_session_that_took_its_place_the_end_is_told_too(self, kept: str) -> None:
        note(kept, Event.REGENERATED, SID, successor="'new-id'")
        note(kept, Event.CREATED, "new-id")
        assert words(kept, SID)[0].successor == ""
        note(kept, Event.LOGGED_OUT, "new-id")
        assert words(kept, SID)[0].successor == "logged out"

    def test_no_id_stands_in_it(self, kept: str) -> None:
        note(kept, Event.REGENERATED, SID, successor=f"'{SID[::-1]}'")
        [(everything,)] = execute(kept, "SELECT j::text FROM session_journal j")
        assert SID[:4] in everything
        assert SID[:5] not in everything
        assert SID[::-1][:5] not in everything

    def test_an_event_that_was_rolled_back_never_was(self, kept: str) -> None:
        with psycopg.connect(kept) as connection:
            connection.execute(JOURNAL.note(Event.LOGGED_OUT, f"(VALUES ('{SID}')) AS made (sid)").encode())
            connection.rollback()
        assert words(kept, SID) == ()

    @pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
    def test_any_encoding_will_do(self, database: str, server_url: str, encoding: str) -> None:
        name = f"{database.rpartition('/')[2]}_{encoding.lower()}"
        execute(server_url, f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        try:
            url = f"{database.rpartition('/')[0]}/{name}?client_encoding=utf8"
            ready(url, journal=True, triggers=True)
            note(url, Event.CREATED, SID)
            assert [word.event for word in words(url, SID)] == ["created"]
        finally:
            execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


class TestRetention:
    def test_old_events_go_as_new_ones_come(self, kept: str) -> None:
        self.old(kept, SWEPT * 2 + 1)
        note(kept, Event.CREATED, SID)
        assert self.count(kept) == SWEPT + 2
        for _ in range(2):
            note(kept, Event.CREATED, SID)
        assert self.count(kept) == 3

    def test_an_event_stays_for_thirty_days(self, kept: str) -> None:
        self.old(kept, 1, days=DAYS - 1)
        note(kept, Event.CREATED, SID)
        assert self.count(kept) == 2

    def test_two_who_note_events_do_not_wait_for_each_other(self, kept: str) -> None:
        self.old(kept, 10)
        with psycopg.connect(kept) as slow:
            slow.execute(JOURNAL.note(Event.CREATED, f"(VALUES ('{SID}')) AS made (sid)").encode())
            with psycopg.connect(kept, options="-c lock_timeout=2s") as other:
                other.execute(JOURNAL.note(Event.CREATED, "(VALUES ('other')) AS made (sid)").encode())
        assert self.count(kept) == 2

    def test_where_all_tables_are_published_events_still_go(self, kept: str) -> None:
        """A published table without a replica identity refuses every DELETE (55000)."""
        execute(kept, "CREATE PUBLICATION everything FOR ALL TABLES")
        self.old(kept, 5)
        note(kept, Event.CREATED, SID)
        assert self.count(kept) == 1

    @staticmethod
    def old(url: str, count: int, days: int = DAYS + 1) -> None:
        execute(
            url,
            "SET session_replication_role = replica",
            "INSERT INTO session_journal (at, event, session, digest)"
            f" SELECT now() - interval '{days} days', 'created', 'old', '\\x00' FROM generate_series(1, {count})",
        )

    @staticmethod
    def count(url: str) -> int:
        [(count,)] = execute(url, "SELECT count(*) FROM session_journal")
        return int(count)


class TestMakingReady:
    def test_many_processes_at_once_make_one(self, database: str) -> None:
        problems: list[Exception] = []

        def start() -> None:
            try:
                ready(database, journal=True, triggers=True)
            except (TableError, psycopg.Error) as problem:
                problems.append(problem)

        threads = [threading.Thread(target=start) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert problems == []
        note(database, Event.CREATED, SID)
        assert len(words(database, SID)) == 1

    @pytest.mark.parametrize("table", ["Session", 'auth."odd.name"', "o'brien", "l" * 63])
    def test_beside_a_table_of_any_name(self, database: str, table: str) -> None:
        execute(database, "CREATE SCHEMA auth")
        ready(database, table, journal=True)
        ready(database, table, create=False, journal=True)
        name = TableName.parse(table)
        journal = Journal(TableName(name.table, name.schema or "public").beside("journal"))
        note(database, Event.CREATED, SID, journal=journal)
        assert len(words(database, SID, journal)) == 1

    def test_who_may_insert_sessions_may_insert_events_and_not_rewrite_them(self, database: str, role: str) -> None:
        ready(database)
        execute(database, f"GRANT SELECT, INSERT, UPDATE, DELETE ON session TO {role}")
        ready(database, journal=True)
        theirs = as_role(database, role)
        ready(theirs, create=False, journal=True)
        note(theirs, Event.CREATED, SID)
        TestRetention.old(database, 3)
        note(theirs, Event.LOGGED_OUT, SID)
        assert [word.event for word in words(theirs, SID)] == ["logged out", "created"]
        assert TestRetention.count(theirs) == 2
        for statement in ("DELETE FROM session_journal", "UPDATE session_journal SET event = 'revoked'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                execute(theirs, statement)

    def test_a_role_that_came_later_is_told_what_the_owner_runs(self, kept: str, role: str) -> None:
        execute(kept, f"GRANT SELECT, INSERT, UPDATE, DELETE ON session TO {role}")
        with pytest.raises(TableError, match=r'sessile table --journal --sql --table session "\$DATABASE_URL" \| psql'):
            ready(as_role(kept, role), journal=True)

    def test_without_create_it_is_left_to_migrations(self, database: str) -> None:
        ready(database)
        with pytest.raises(TableError, match="lacks this version's journal"):
            ready(database, create=False, journal=True)
        assert execute(database, "SELECT to_regclass('session_journal')") == [(None,)]

    def test_a_table_of_somebody_else_in_its_place_is_left_alone(self, database: str) -> None:
        ready(database)
        execute(database, "CREATE TABLE session_journal (at date, text text)")
        with pytest.raises(TableError, match="sessile needs the name"):
            ready(database, journal=True)


async def test_a_store_that_keeps_one_notes_how_each_session_ended(database: str) -> None:
    store = PostgresStore(database, journal=True, triggers=True)
    await store.open()
    expires = int(datetime.now(UTC).timestamp() + 3600) * 1000
    try:
        for want in (Create("first", "{}", expires), Replace("first", "second", "{}", expires), Delete("second")):
            await store.perform([want])
    finally:
        await store.close()
    assert [word.event for word in words(database, "first")] == ["regenerated", "created"]
    assert words(database, "first")[0].successor == "logged out"
    assert [word.event for word in words(database, "second")] == ["logged out", "created"]
    assert execute(database, "SELECT sid FROM session_gone ORDER BY 1") == [("first",), ("second",)]
