"""What the service's role may do and see: grants that are missing, a policy where row security hides the rows."""

from psycopg.sql import Identifier, Literal

from sessile.doctor.facts import Database
from sessile.doctor.facts.database import Server
from sessile.doctor.fixes.clauses import of, text
from sessile.doctor.fixes.index import INSTANT
from sessile.doctor.fixes.plan import Plan, Step, Unfixable
from sessile.stores.postgres.shape import TableShape

POLICY = "sessile_service"


def grants(cause: str, database: Database, table: TableShape) -> Plan | Unfixable:
    """Grant the connected role what session statements need, and no more."""
    if not isinstance(database.server, Server):
        return Unfixable(cause, "the role of the service is unknown", "connect with the service's own URL")
    role, missing = database.server.user, table.rights.missing
    if table.rights.usage and not missing:
        return Unfixable(cause, f"role {role} has all rights on {table.qualified}", "give the URL that the service connects with")
    steps = []
    if not table.rights.usage:
        steps.append(_grant("USAGE", f"SCHEMA {Identifier(table.schema).as_string()}", role))
    if missing:
        steps.append(_grant(", ".join(missing), of(table).as_string(), role))
    lacking = ", ".join([*missing, *([] if table.rights.usage else [f"USAGE on schema {table.schema}"])])
    return Plan(
        cause=cause,
        schema=table.schema,
        name=table.name,
        summary=f"grant {role} {lacking} for {table.qualified}",
        steps=tuple(steps),
    )


def policy(cause: str, database: Database, table: TableShape) -> Plan | Unfixable:
    """Let the connected role see and write all rows of this one table, row security staying on for everybody else."""
    if not isinstance(database.server, Server):
        return Unfixable(cause, "the role of the service is unknown", "connect with the service's own URL")
    role = database.server.user
    if not table.row_security:
        reason = f"row security on {table.qualified} does not apply to role {role}"
        return Unfixable(cause, reason, "give the URL that the service connects with")
    if strict := [policy.name for policy in table.policies if policy.for_me and not policy.permissive]:
        reason = f"the restrictive policy {', '.join(strict)} hides rows from {role}, and no other policy can lift it"
        return Unfixable(cause, reason, "change that policy; sessile does not loosen what was made to restrict")
    taken = {policy.name for policy in table.policies}
    name = next(name for name in (POLICY, f"{POLICY}_2", f"{POLICY}_3") if name not in taken)
    step = Step(
        why=f"the rows are there, but row security shows none of them to {role}",
        sql=text(
            "CREATE POLICY {} ON {} FOR ALL TO {} USING (true) WITH CHECK (true)",
            Identifier(name),
            of(table),
            Identifier(role),
        ),
        lock=INSTANT,
        undo=text("DROP POLICY IF EXISTS {} ON {}", Identifier(name), of(table)),
        unless=text(
            "EXISTS (SELECT FROM pg_policy WHERE polrelid = {}::regclass AND polname = {})",
            Literal(table.qualified),
            Literal(name),
        ),
    )
    return Plan(
        cause=cause,
        schema=table.schema,
        name=table.name,
        summary=f"let {role} see and write the rows of {table.qualified}; nobody is logged out, hidden sessions come back",
        steps=(step,),
    )


def _grant(rights: str, target: str, role: str) -> Step:
    return Step(
        why=f"{role} lacks {rights}",
        sql=text("GRANT {} ON {} TO {}", rights, target, Identifier(role)),
        lock="none that a request waits for",
        undo=text("REVOKE {} ON {} FROM {}", rights, target, Identifier(role)),
    )
