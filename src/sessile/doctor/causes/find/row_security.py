"""Row security hides the session table's rows from the service's role.

Symptom: existing sessions vanish at the moment row security is enabled; reading finds nothing and says nothing; new logins fail
    in the log only.
Evidence: pg_class.relrowsecurity without a policy that lets the role read, insert, update and delete; 42501 new row violates
    row-level security policy. A policy for INSERT alone is not enough: the upsert reads and updates.
Tell apart: the owner and superusers see all rows, so counting as the owner and as the service's role differ.
Fix: one policy for all commands of that role, or no row security on this table. The rows are there and come back.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.findings import Confirmed, Finding, Level, Noted, Remedy, RuledOut, Undecided, Unseen
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("rls-hides-rows",)
REMEDY = Remedy(
    "Give the service's role a policy for all commands, or take row security off this table; the rows come back",
    'sessile fix find-row-security "$DATABASE_URL"',
)
LINKS = {"save errors": Level.USUALLY, "login, then 401": Level.ALWAYS, "no row for a cookie": Level.USUALLY}

SIGN = Sign(("42501",), only="row-level security", course=Course.WRITING, of_sessions=True)
STATEMENTS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}


def judge(facts: Facts) -> Finding:
    table, met = sight.table(facts), signs.judge(facts, SIGN)
    if isinstance(table, Unseen):
        return met or (signs.absent(facts) if facts.logs else table)
    if isinstance(table, RuledOut):
        return table
    if table.row_security:
        return _for_this_role(facts, table)
    if isinstance(met, Confirmed) and table.row_security_enabled:
        return Confirmed((*met.evidence, _enabled(table)), certainty=signs.A_LOGS_WORD)
    if table.row_security_enabled:
        return Noted((_enabled(table),), _why_not_here(facts), f"Row security is enabled on {table.qualified}")
    return RuledOut(f"row security is not enabled on {table.qualified}")


def _for_this_role(facts: Facts, table: TableShape) -> Finding:
    if sight.passed(facts):
        return RuledOut("the policies let a login's own statements through")
    uncovered = [name for command, name in STATEMENTS.items() if not _covered(table, command)]
    server = sight.server(facts)
    role = server.user if isinstance(server, Server) else "this role"
    met = signs.proof(facts, SIGN)
    if uncovered or met:
        lacking = f"no policy lets {role} {', '.join(uncovered)}" if uncovered else f"its policies refuse {role}"
        says = f"row security applies to {role} on {table.qualified}, and {lacking}"
        return Confirmed((Evidence(says, "postgres", "pg_policy"), *met), f"Row security hides {table.qualified} from {role}")
    return Undecided((_enabled(table),))


def _covered(table: TableShape, command: str) -> bool:
    return any(policy.permissive and policy.for_me and policy.command in ("*", command) for policy in table.policies)


def _enabled(table: TableShape) -> Evidence:
    return Evidence(f"row security is enabled on {table.qualified}", "postgres", "pg_class.relrowsecurity")


def _why_not_here(facts: Facts) -> str:
    server = sight.server(facts)
    role = server.user if isinstance(server, Server) else "this role"
    return f"it does not apply to {role}; if the service connects as another role, diagnose with that role's URL"
