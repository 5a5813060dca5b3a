"""The service's role lacks a right on the session table.

Symptom: it varies with the right: without INSERT, UPDATE or SELECT no login is saved, because the upsert needs all three; without
    DELETE logout, the new session id at login, and pruning fail; without SELECT or the schema's USAGE every request answers 500.
Evidence: 42501 permission denied for table session; has_table_privilege() for the service's role.
Tell apart: "permission denied for schema" while the table is being created, and "row-level security policy", are other causes.
Fix: grant SELECT, INSERT, UPDATE and DELETE on the table, and USAGE on its schema.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Unseen
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("privilege-partial",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Grant the service's role SELECT, INSERT, UPDATE and DELETE on the table, and USAGE on its schema",
    'sessile fix save-rights-missing "$DATABASE_URL"',
)
LINKS = {"save errors": Level.USUALLY, "login, then 401": Level.SOMETIMES, "server errors with a cookie": Level.SOMETIMES}

SIGN = Sign(
    ("42501",),
    only="permission denied for (table|relation|view)",
    text="permission denied for (table|relation|view)",
    course=Course.WRITING,
    of_sessions=True,
)
ANOTHER_ROLE = 0.9


def judge(facts: Facts) -> Finding:
    table, server = sight.table(facts), sight.server(facts)
    met = signs.judge(facts, SIGN)
    if isinstance(table, Unseen):
        return met or (signs.absent(facts) if facts.logs else table)
    if isinstance(table, RuledOut):
        return met or table  # another library's table, which this role may be denied as well
    role = server.user if isinstance(server, Server) else "this role"
    lacking = _lacking(table)
    if lacking:
        evidence = Evidence(f"{role} lacks {lacking}", "postgres", "has_table_privilege(), has_schema_privilege()")
        return Confirmed((evidence, *signs.proof(facts, SIGN)), f"{role} lacks {lacking}")
    if isinstance(met, Confirmed):
        says = f"{role} has all rights on {table.qualified}: the service connects as another role"
        return Confirmed((*met.evidence, Evidence(says, "postgres", "has_table_privilege()")), certainty=ANOTHER_ROLE)
    return met or RuledOut(f"{role} has all rights on {table.qualified}")


def _lacking(table: TableShape) -> str:
    schema = [] if table.rights.usage else [f"USAGE on schema {table.schema}"]
    rights = [f"{', '.join(table.rights.missing)} on {table.qualified}"] if table.rights.missing else []
    return " and ".join(schema + rights)
