"""With the triggers nothing but a session's return is different: no statement fails or changes."""

import threading

import psycopg
import pytest

from tests.stores.triggers.rows import tombstones
from tests.stores.writers import Express, as_role, execute, ready


class TestNothingElseIsDifferent:
    def test_a_living_session_is_saved_again_and_again(self, guarded: str, express: Express) -> None:
        for count in range(3):
            assert express.save("ana", count=count)
        assert execute(guarded, "SELECT sess ->> 'count' FROM session") == [("2",)]
        assert tombstones(guarded) == []

    def test_saves_of_one_session_wait_for_each_other_and_all_succeed(self, guarded: str, express: Express) -> None:
        express.save("ana")
        saved: list[bool] = []

        def save() -> None:
            with Express(guarded) as other:
                saved.extend(other.save("ana", count=count) for count in range(25))

        threads = [threading.Thread(target=save) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert saved == [True] * 200

    def test_a_save_waits_for_nobody_who_only_refers_to_the_session(self, guarded: str, express: Express) -> None:
        """A request that has a row of its own in an open transaction saves its session on another connection."""
        execute(guarded, "CREATE TABLE device (sid varchar REFERENCES session ON DELETE CASCADE)")
        express.save("ana")
        with psycopg.connect(guarded) as request:
            request.execute("INSERT INTO device VALUES ('ana')")
            express.connection.execute("SET lock_timeout = '2s'")
            assert express.save("ana", device=True)

    @pytest.mark.parametrize("time_zone", ["UTC", "Asia/Kolkata", "America/New_York"])
    @pytest.mark.parametrize("kind", ["timestamp(6)", "timestamptz(6)"])
    def test_expired_sessions_leave_no_tombstone_in_any_time_zone(self, database: str, time_zone: str, kind: str) -> None:
        """The clock of the writer counts, not that of the connection that deletes."""
        execute(database, f"CREATE TABLE session (sid varchar PRIMARY KEY, sess json NOT NULL, expire {kind} NOT NULL)")
        ready(database, triggers=True, time_zone=time_zone)
        with Express(database, time_zone=time_zone) as express:
            express.save("past", life=-60)
            express.save("present", life=60)
            assert express.prune() == 1
        assert tombstones(database) == []
        with Express(database, time_zone="Australia/Eucla" if "tz" in kind else time_zone) as elsewhere:
            elsewhere.logout("present")
        assert tombstones(database) == ["present"]

    @pytest.mark.parametrize("time_zone", ["Asia/Kolkata", "America/New_York"])
    def test_the_time_zone_of_the_connection_that_deletes_is_nothing_to_it(self, guarded: str, time_zone: str) -> None:
        with Express(guarded) as express:
            express.save("past", life=-60)
            express.save("present", life=60)
        with Express(guarded, time_zone=time_zone) as elsewhere:
            assert (elsewhere.logout("past"), elsewhere.logout("present")) == (1, 1)
        assert tombstones(guarded) == ["present"]

    def test_a_session_that_expired_may_begin_anew(self, express: Express) -> None:
        express.save("ana", life=-60)
        express.prune()
        assert express.save("ana")

    def test_an_ending_that_was_rolled_back_leaves_no_tombstone(self, guarded: str, express: Express) -> None:
        express.save("ana")
        with psycopg.connect(guarded) as logout:
            logout.execute("DELETE FROM session")
            logout.rollback()
        assert tombstones(guarded) == []

    def test_duplicates_may_be_removed(self, database: str) -> None:
        """Of rows with one sid, one stays, and lives on."""
        execute(database, "CREATE TABLE session (sid varchar, sess json, expire timestamp)")
        ready(database, triggers=True)
        execute(database, "INSERT INTO session SELECT 'ana', '{}', now() + n * interval '1 day' FROM generate_series(2, 3) n")
        execute(database, "DELETE FROM session WHERE expire < now() + interval '60 hours'")
        execute(database, "ALTER TABLE session ADD PRIMARY KEY (sid)")
        with Express(database) as express:
            assert express.save("ana")


class TestNoStatementOfTheServiceFails:
    @pytest.mark.parametrize(
        "accident",
        [
            "DROP TABLE session_gone",
            "ALTER TABLE session_gone DROP CONSTRAINT session_gone_pkey",
            "ALTER TABLE session_gone ADD note text NOT NULL DEFAULT ''; ALTER TABLE session_gone ALTER note DROP DEFAULT",
            "ALTER TABLE session OWNER TO {role}",
            "ALTER TABLE session_gone OWNER TO {role}",
            "CREATE PUBLICATION everything FOR ALL TABLES",
        ],
    )
    def test_after_an_accident(self, database: str, role: str, server_url: str, accident: str) -> None:
        """Neither before the service connects again nor in the connections that it has."""
        owner = f"{role}_owner"
        execute(server_url, f"CREATE ROLE {owner} LOGIN")
        try:
            execute(database, f"GRANT ALL ON SCHEMA public TO {owner}")
            ready(as_role(database, owner), triggers=True)
            execute(database, f"GRANT ALL ON session TO {role}")
            with Express(as_role(database, role)) as express:
                express.save("early")
                express.logout("early")
                execute(database, *accident.format(role=role).split(";"))
                for sid, service in (("ana", express), ("ben", Express(as_role(database, role)))):
                    with service:
                        assert service.save(sid)
                        assert service.save(sid, again=True)
                        assert service.logout(sid) == 1
                        service.save(sid)
        finally:
            execute(database, f"DROP OWNED BY {owner} CASCADE")
            execute(server_url, f"DROP ROLE {owner}")

    @pytest.mark.parametrize("name", ["login_sessions", "l" * 63])
    def test_after_the_table_was_given_another_name(self, guarded: str, express: Express, name: str) -> None:
        express.save("early")
        execute(guarded, f"ALTER TABLE session RENAME TO {name}")
        express.table = name
        assert express.save("ana")
        assert express.logout("ana") == 1
        ready(guarded, name, triggers=True)
        express.save("ben")
        express.logout("ben")
        assert not express.save("ben")

    def test_a_change_of_type_is_refused_instead(self, guarded: str) -> None:
        """Open connections would notice it by failing: a PL/pgSQL function keeps the types it has met."""
        for change in ("ALTER expire TYPE timestamptz", "ALTER sid TYPE text"):
            with pytest.raises(psycopg.errors.FeatureNotSupported, match="used in a trigger definition"):
                execute(guarded, f"ALTER TABLE session {change}")
