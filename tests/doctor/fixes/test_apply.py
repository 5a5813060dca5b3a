"""Applying and undoing: by whom, against which locks, after which interruption."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest

from sessile.demo.postgres import EmbeddedPostgres
from sessile.doctor.fixes import FixRefused, FixStopped, Step, StepDone, apply, undo
from tests.doctor.fixes.requests_on import requests_on
from tests.doctor.fixes.session_table import HEALTHY, Table, planned, run_script

KEYLESS = """CREATE TABLE session (sid varchar, sess json NOT NULL, expire timestamp(6) NOT NULL);
INSERT INTO session SELECT 'user-' || n % 300, '{}', now() + n * interval '1 minute' FROM generate_series(1, 400) n;"""
CAUSE = "save-no-primary-key"


@pytest.fixture
def role(table: Table) -> Iterator[str]:
    """A role of this test's own, that owns nothing."""
    name = f"app_{os.urandom(4).hex()}"
    table.run(f"CREATE ROLE {name} LOGIN")
    yield name
    table.run(f"DROP OWNED BY {name}; DROP ROLE {name}")


def as_role(url: str, role: str) -> str:
    return url.replace("//postgres@", f"//{role}@").replace("//postgres:", f"//{role}:")


def test_same_plan_again_finds_nothing_to_do(table: Table) -> None:
    table.run(KEYLESS)
    made = planned(table, CAUSE)
    apply(made, table.url)
    shape, rows, journal = table.outline(), table.contents(), table.value("SELECT count(*) FROM sessile_fixes")

    again = apply(made, table.url)

    assert (table.outline(), table.contents()) == (shape, rows)
    assert (again.live_before, again.live_after) == (300, 300)
    assert table.value("SELECT count(*) FROM sessile_fixes") == journal == 1
    undo(table.url)
    assert table.value("SELECT count(*) FROM session") == 400


def test_every_step_is_reported_as_it_is_done(table: Table) -> None:
    table.run(KEYLESS)
    reports: list[StepDone] = []
    made = planned(table, CAUSE)

    applied = apply(made, table.url, report=reports.append)

    assert tuple(reports) == applied.steps
    assert [step.number for step in reports] == list(range(1, len(made.steps) + 1))
    assert [step.why for step in reports] == [step.why for step in made.steps]


def test_role_that_does_not_own_the_table_gets_the_script_for_the_owner(table: Table, role: str) -> None:
    table.run(KEYLESS + f"GRANT ALL ON session TO {role}; GRANT CREATE ON SCHEMA public TO {role}")

    with pytest.raises(FixRefused, match="ownership of the table") as refused:
        apply(planned(table, CAUSE), as_role(table.url, role))

    assert table.relations() == {"session"}
    assert refused.value.script is not None
    for _ in range(2):
        run_script(table.url, refused.value.script)
        table.login()
    assert table.value("SELECT count(*) FROM session") == 300


def test_owner_without_create_on_the_schema_is_told(table: Table, role: str) -> None:
    table.run(KEYLESS + f"ALTER TABLE session OWNER TO {role}; REVOKE CREATE ON SCHEMA public FROM {role}, PUBLIC")
    with pytest.raises(FixRefused, match="CREATE on the table's schema"):
        apply(planned(table, CAUSE), as_role(table.url, role))


def test_read_only_role_is_refused(table: Table, role: str) -> None:
    table.run(KEYLESS + f"ALTER TABLE session OWNER TO {role}; ALTER ROLE {role} SET default_transaction_read_only = on")
    with pytest.raises(FixRefused, match="read-only"):
        apply(planned(table, CAUSE), as_role(table.url, role))


def test_standby_is_refused(table: Table, postgres: EmbeddedPostgres) -> None:
    table.run(KEYLESS)
    made = planned(table, CAUSE)
    with postgres.basebackup() as standby, pytest.raises(FixRefused, match="read-only"):
        apply(made, standby.url())


def test_pooler_is_refused(table: Table) -> None:
    table.run(KEYLESS)
    with pytest.raises(FixRefused, match="direct URL"):
        apply(planned(table, CAUSE), f"{table.url}?pgbouncer=true")


def test_duplicates_that_arrive_while_the_index_is_built_are_set_aside_too(table: Table) -> None:
    table.run(KEYLESS + "ALTER TABLE session ALTER sid SET NOT NULL")
    made = planned(table, CAUSE)
    with psycopg.connect(table.url) as late, ThreadPoolExecutor(1) as aside:
        late.execute("INSERT INTO session VALUES ('user-1', '{\"late\": true}', '2099-01-01')")
        applying = aside.submit(apply, made, table.url)
        table.wait_for("SELECT count(*) = 1 FROM pg_index WHERE indrelid = 'session'::regclass AND NOT indisvalid")
        late.commit()
        applied = applying.result()

    assert max(step.tries for step in applied.steps) == 2
    assert table.value("SELECT sess ->> 'late' FROM session WHERE sid = 'user-1'") == "true"
    assert table.value("SELECT count(*) FROM session") == 300
    assert applied.moved == 101
    table.login()


def test_undo_that_somebody_else_has_written_is_not_run(table: Table, role: str) -> None:
    table.run(KEYLESS)
    apply(planned(table, CAUSE), table.url)
    table.run(f"ALTER TABLE sessile_fixes OWNER TO {role}")

    with pytest.raises(FixRefused, match=f"nothing to undo; what role {role} fixed"):
        undo(table.url)


def test_table_that_went_away_meanwhile_is_one_line(table: Table) -> None:
    table.run(KEYLESS)
    made = planned(table, CAUSE)
    table.run("DROP TABLE session")
    with pytest.raises((FixRefused, FixStopped)) as stopped:
        apply(made, table.url)
    assert "\n" not in str(stopped.value)


def test_server_that_is_not_there_is_one_line_without_the_password() -> None:
    table_url = "postgresql://someone:hunter2@127.0.0.1:1/none"
    with pytest.raises(FixRefused) as refused:
        undo(table_url)
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_long_transaction_is_waited_for_without_queueing_requests_behind_it(table: Table) -> None:
    table.run(KEYLESS)
    with psycopg.connect(table.url) as long:
        long.execute("SELECT count(*) FROM session")
        threading.Timer(2.0, long.rollback).start()
        with requests_on(table.url, ["user-1"]) as traffic:
            applied = apply(planned(table, CAUSE), table.url)

    assert max(step.tries for step in applied.steps) > 1
    assert traffic.slowest < 1.5
    assert traffic.failures == []
    table.login()


def test_lock_that_is_never_given_names_its_holder(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessile.doctor.fixes.workbench.LOCK_TRIES", 2)
    table.run(HEALTHY + "ALTER TABLE session SET UNLOGGED")
    made = planned(table, "find-table-unlogged")
    with psycopg.connect(table.url, application_name="forgotten console") as long:
        long.execute("SELECT count(*) FROM session")
        with pytest.raises(FixStopped, match=r"forgotten console.*pg_terminate_backend") as stopped:
            apply(made, table.url)
    assert "Nothing was changed" in str(stopped.value)


def test_fix_that_failed_half_way_is_undone_or_gone_on_with(table: Table) -> None:
    table.run(KEYLESS)
    shape, rows = table.outline(), table.contents()
    made = planned(table, CAUSE)
    wrong = Step(why="a step that fails", sql="SELECT 1 / 0", lock="none")
    broken = replace(made, steps=(*made.steps[:-1], wrong, made.steps[-1]))

    with pytest.raises(FixStopped, match=f"step {len(made.steps)} of {len(made.steps) + 1} .a step that fails.*division by zero"):
        apply(broken, table.url)
    undo(table.url)
    assert (table.outline(), table.contents()) == (shape, rows)

    with pytest.raises(FixStopped):
        apply(broken, table.url)
    apply(made, table.url)
    table.login()
    undo(table.url)
    assert (table.outline(), table.contents()) == (shape, rows)


@pytest.mark.parametrize("fresh_plan", [True, False])
def test_fix_that_was_killed_converges(table: Table, fresh_plan: bool) -> None:
    table.run(KEYLESS + "ALTER TABLE session ALTER sid SET NOT NULL")
    shape, rows, live = table.outline(), table.contents(), table.live()
    made = planned(table, CAUSE)
    with psycopg.connect(table.url) as slow:
        slow.execute("INSERT INTO session VALUES ('slow', '{}', now())")
        child = subprocess.Popen([sys.executable, "-c", CHILD, table.url], stdin=subprocess.PIPE)
        table.wait_for("SELECT count(*) = 1 FROM pg_index WHERE indrelid = 'session'::regclass AND NOT indisvalid")
        child.send_signal(signal.SIGKILL)
        child.communicate()
        table.wait_for("SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'sessile fix'")
        slow.rollback()

    apply(planned(table, CAUSE) if fresh_plan else made, table.url)

    assert table.live() == live
    table.login()
    undone = undo(table.url)
    assert undone.cause == CAUSE
    assert (table.outline(), table.contents()) == (shape, rows)


def test_two_fixes_take_turns(table: Table) -> None:
    table.run(KEYLESS)
    made = planned(table, CAUSE)
    with ThreadPoolExecutor(3) as together:
        for done in [together.submit(apply, made, table.url) for _ in range(3)]:
            assert done.result().live_after == 300
    table.login()


def test_undo_takes_the_latest_first(table: Table) -> None:
    table.run(KEYLESS)
    apply(planned(table, CAUSE), table.url)
    apply(planned(table, "find-expire-index-missing"), table.url)

    with pytest.raises(FixRefused, match="undo that first"):
        undo(table.url, cause=CAUSE)

    with pytest.raises(FixRefused, match="nothing to undo"):
        undo(table.url, table='"other"')
    assert undo(table.url, table='"session"').cause == "find-expire-index-missing"
    assert undo(table.url, cause=CAUSE, table='"public"."session"').cause == CAUSE
    with pytest.raises(FixRefused, match="nothing to undo"):
        undo(table.url)


def test_undo_that_does_not_fit_any_more_changes_nothing(table: Table) -> None:
    table.run("CREATE TABLE session (sid varchar(10) PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL)")
    apply(planned(table, "save-sid-too-short"), table.url)
    table.run("INSERT INTO session VALUES ('a-sid-longer-than-ten', '{}', now())")

    with pytest.raises(FixRefused, match=r"nothing was changed: value too long"):
        undo(table.url)

    assert table.value("SELECT count(*) FROM session") == 1


CHILD = """
import sys
from sessile.doctor.fixes import apply
from tests.doctor.fixes.session_table import Table, planned
apply(planned(Table(sys.argv[1]), "save-no-primary-key"), sys.argv[1])
"""
