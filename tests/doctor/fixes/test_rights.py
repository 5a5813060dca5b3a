"""Rights, row security and the table itself: what the service's own role can do afterwards, and how it is taken back."""

import os
from collections.abc import Iterator

import psycopg
import pytest

from sessile.doctor.fixes import FixRefused, Plan, Unfixable, apply, plan, undo
from tests.doctor.fixes.session_table import HEALTHY, UPSERT, Table, planned


@pytest.fixture
def service(table: Table) -> Iterator[str]:
    """The service's role, whose name needs quoting."""
    name = f"app-{os.urandom(4).hex()}"
    table.run(f'CREATE ROLE "{name}" LOGIN')
    yield name
    table.run(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')


def log_in_as(table: Table, role: str, sid: str = "new") -> list[tuple[object, ...]]:
    """Log in and out as that role; returns the sids that it sees in between."""
    url = table.url.replace("//postgres@", f"//{role}@").replace("//postgres:", f"//{role}:")
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(2):
            connection.execute(UPSERT.encode(), {"sess": "{}", "expire": 4e9, "sid": sid})
        seen = connection.execute("SELECT sid FROM session ORDER BY 1").fetchall()
        connection.execute("DELETE FROM session WHERE sid = %s", (sid,))
        return seen


@pytest.mark.parametrize("held", ["", "SELECT", "SELECT, INSERT, DELETE"])
def test_missing_rights_are_granted_and_only_those_taken_back(table: Table, service: str, held: str) -> None:
    table.run(HEALTHY + (f'GRANT {held} ON session TO "{service}"' if held else ""))
    rights = (
        f"SELECT array_agg(privilege_type::text ORDER BY 1) FROM information_schema.role_table_grants WHERE grantee = '{service}'"
    )
    before = table.value(rights)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        log_in_as(table, service)

    apply(planned(table, "save-rights-missing", role=service), table.url)

    assert log_in_as(table, service) == [("new",)]
    undo(table.url)
    assert table.value(rights) == before
    apply(planned(table, "save-rights-missing", role=service), table.url)
    log_in_as(table, service)


def test_right_to_use_the_schema_is_granted(table: Table, service: str) -> None:
    table.run(f'REVOKE USAGE ON SCHEMA public FROM PUBLIC; {HEALTHY} GRANT ALL ON session TO "{service}"')
    apply(planned(table, "save-rights-missing", role=service), table.url)
    assert log_in_as(table, service) == [("new",)]
    undo(table.url)
    with pytest.raises(psycopg.errors.UndefinedTable):
        log_in_as(table, service)


def test_service_cannot_grant_itself_what_it_lacks(table: Table, service: str) -> None:
    table.run(HEALTHY)
    url = table.url.replace("//postgres@", f"//{service}@").replace("//postgres:", f"//{service}:")
    with pytest.raises(FixRefused, match="--as") as refused:
        apply(planned(table, "save-rights-missing", role=service), url)
    assert "GRANT SELECT, INSERT, UPDATE, DELETE" in str(refused.value.script)


def test_row_security_lets_the_service_see_its_rows(table: Table, service: str) -> None:
    table.run(HEALTHY + f"INSERT INTO session VALUES ('old', '{{}}', '2099-01-01'); GRANT ALL ON session TO \"{service}\"")
    table.run("ALTER TABLE session ENABLE ROW LEVEL SECURITY; CREATE POLICY sessile_service ON session FOR SELECT USING (false)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        log_in_as(table, service)

    apply(planned(table, "find-row-security", role=service), table.url)

    assert log_in_as(table, service) == [("new",), ("old",)]
    undo(table.url)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        log_in_as(table, service)
    assert table.value("SELECT count(*) FROM pg_policy") == 1
    apply(planned(table, "find-row-security", role=service), table.url)
    assert log_in_as(table, service) == [("new",), ("old",)]


def test_restrictive_policy_is_not_loosened(table: Table, service: str) -> None:
    table.run(HEALTHY + f'GRANT ALL ON session TO "{service}"; ALTER TABLE session ENABLE ROW LEVEL SECURITY')
    table.run("CREATE POLICY tenants ON session AS RESTRICTIVE USING (false)")
    made = plan("find-row-security", table.facts(role=service))
    assert isinstance(made, Unfixable)
    assert "tenants" in made.reason


def test_row_security_that_does_not_bind_the_role_is_not_its_fault(table: Table) -> None:
    table.run(HEALTHY + "ALTER TABLE session ENABLE ROW LEVEL SECURITY")
    assert isinstance(plan("find-row-security", table.facts()), Unfixable)


def test_unlogged_table_becomes_durable(table: Table) -> None:
    table.run(HEALTHY + "INSERT INTO session VALUES ('a', '{}', '2099-01-01'); ALTER TABLE session SET UNLOGGED")
    rows, shape = table.contents(), table.outline()

    applied = apply(planned(table, "find-table-unlogged"), table.url)

    assert (applied.live_before, applied.live_after) == (1, 1)
    assert table.value("SELECT relpersistence FROM pg_class WHERE oid = 'session'::regclass") == "p"
    table.login()
    undo(table.url)
    assert (table.contents(), table.outline()) == (rows, shape)
    apply(planned(table, "find-table-unlogged"), table.url)
    assert table.contents() == rows


def test_index_on_expire_is_built(table: Table) -> None:
    table.run(HEALTHY + 'DROP INDEX "IDX_session_expire"')
    shape = table.outline()
    apply(planned(table, "find-expire-index-missing"), table.url)
    assert (table.shape() or pytest.fail("no table")).expire_index is not None
    undo(table.url)
    assert table.outline() == shape
    apply(planned(table, "find-expire-index-missing"), table.url)


def test_missing_table_is_made_and_granted(table: Table, service: str) -> None:
    made = planned(table, "boot-table-missing", role=service)

    apply(made, table.url)
    apply(made, table.url)

    assert log_in_as(table, service) == [("new",)]
    shape = table.outline()
    table.run("DROP TABLE session;" + HEALTHY)
    assert table.outline() == shape, "as connect-pg-simple would have made it"


def test_missing_table_is_taken_back_only_while_it_is_empty(table: Table) -> None:
    apply(planned(table, "boot-table-missing"), table.url)
    table.run("INSERT INTO session VALUES ('a', '{}', '2099-01-01')")
    with pytest.raises(FixRefused, match="holds sessions by now"):
        undo(table.url)
    table.run("DELETE FROM session")

    undo(table.url)

    assert table.shape() is None
    apply(planned(table, "boot-table-missing"), table.url)
    table.login()


@pytest.mark.parametrize("name", ["se$sessile$ion", "Odd Name; DROP TABLE x", "x" * 60, "ünï", "line\nbreak", "100%"])
def test_name_of_any_kind_is_only_a_name(table: Table, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    facts = table.facts()
    made = plan("boot-table-missing", facts, table=quoted)
    assert isinstance(made, Plan)
    apply(made, table.url)
    assert name in table.relations()


def test_name_that_is_none_is_one_line(table: Table) -> None:
    made = plan("boot-table-missing", table.facts(), table='no"name')
    assert isinstance(made, Unfixable)
    assert "table name" in made.reason
