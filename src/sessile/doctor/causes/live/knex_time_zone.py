"""connect-session-knex writes times with a zone into a column without one, so sessions end early or late by the server's zone.

Symptom: sessions of half an hour are over at once, or last hours longer, where the server's TimeZone is not UTC.
Evidence: the table has sid, sess and `expired`, a timestamp without time zone, and the server's TimeZone is another than UTC.
    Older versions write ISO 8601 in UTC, of which PostgreSQL drops the zone, and compare with CURRENT_TIMESTAMP.
Tell apart: connect-pg-simple's column is called expire: that is live-time-zone-mismatch.
Fix: make `expired` a timestamptz, reading the rows as UTC, and upgrade the package.
"""

from sessile.doctor.causes import sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.facts.other_tables import Library
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Need, Noted, Remedy, RuledOut, Unseen

ENTRIES = ("knex-store-timezone",)
UNPROVOKED = "connect-session-knex is not installed here; it is tested on a table of its form on a real PostgreSQL."
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Make the column a timestamptz, reading its rows as UTC",
    """psql "$DATABASE_URL" -c "ALTER TABLE sessions ALTER COLUMN expired TYPE timestamptz USING expired AT TIME ZONE 'UTC'\"""",
)
LINKS = {"login, then 401": Level.SOMETIMES, "no row for a cookie": Level.SOMETIMES, "cookie comes back in vain": Level.SOMETIMES}
UTC = ("UTC", "ETC/UTC", "GMT", "ETC/GMT", "UNIVERSAL", "ZULU")
CERTAINTY = 0.9


def judge(facts: Facts) -> Finding:
    table = next((one for one in facts.other_tables if one.library is Library.KNEX), None)
    if table is None:
        return Unseen(Need.DATABASE, "no table of connect-session-knex was seen")
    if "without time zone" not in table.expiry_type:
        return RuledOut(f"{table.name}.expired is {table.expiry_type}")
    server = sight.server(facts)
    if not isinstance(server, Server):
        return server
    column = Evidence(f"{table.name}.expired is {table.expiry_type}", "postgres", table.name)
    zone = Evidence(f"the server reads it in time zone {server.time_zone}", "postgres", "TimeZone")
    if server.time_zone.upper() in UTC:
        return Noted((column, zone), "the server's TimeZone is UTC, as the writer's is", "Sessions' times have no zone")
    return Confirmed((column, zone), certainty=CERTAINTY)
