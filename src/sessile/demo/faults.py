"""Ways to break the demo's session table, as real services have broken theirs; each is undone by `sessile fix`."""

from dataclasses import dataclass

import psycopg


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break it: how it happens in real life, the SQL that does it, and the cause that the doctor should name."""

    name: str
    story: str
    sql: str
    cause: str


FAULTS = (
    Fault(
        "row security",
        "A security review asked for row level security on every table, and nobody wrote a policy for this one.",
        'ALTER TABLE "session" ENABLE ROW LEVEL SECURITY; ALTER TABLE "session" FORCE ROW LEVEL SECURITY',
        "find-row-security",
    ),
    Fault(
        "key and duplicates",
        "The table was restored from a dump that was cut off before its constraints, on top of the rows that were there.",
        'ALTER TABLE "session" DROP CONSTRAINT "session_pkey"; '
        """INSERT INTO "session" SELECT sid, sess, expire - interval '1 minute' FROM "session" """,
        "save-duplicate-sids",
    ),
    Fault(
        "expire without its time",
        "An ORM's schema said date('expire'), and its migration obeyed.",
        'ALTER TABLE "session" ALTER COLUMN "expire" TYPE date',
        "live-expire-is-date",
    ),
)


def fault(name: str) -> Fault:
    """The fault of that name. Raises KeyError if there is none."""
    return {one.name: one for one in FAULTS}[name]


def break_table(database_url: str, what: Fault) -> None:
    """Do it. Raises psycopg.Error if the table is broken that way already."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(what.sql.encode())
