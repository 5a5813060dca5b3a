"""Writer and reader of expire have different time zones, so sessions end hours too early, or too late.

Symptom: sessions end at once, or some hours before or after their time, although maxAge is right.
Evidence: expire is a timestamp without time zone, and each connection's TimeZone decides what it means. The row betrays its
    writer: expire less the cookie's own expiry in `sess` (in UTC) is the writer's offset. A session lives its time, plus the
    writer's offset, less the reader's.
Tell apart: the shift is a multiple of a quarter of an hour (5:30 is India); a difference of clocks is not. A prune in another
    zone removes only rows with less than the offset left.
Fix: make expire a timestamptz, read in the writers' zone, which ends the matter; or give all roles one TimeZone.
"""

from collections.abc import Sequence
from datetime import timedelta

from sessile.doctor.causes import code, sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.correlation import Stored
from sessile.doctor.facts.database import Experiment, Offset, Rows, Server, Setting
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Confirmed, Finding, Level, Noted, Remedy, RuledOut, Undecided
from sessile.doctor.placement import at
from sessile.session.outcome import Station
from sessile.stores.postgres.shape import TableShape

ENTRIES = (
    "tz-writer-reader-mismatch",
    "tz-migration-reinterpreted",
    "tz-js-date-local",
    "prune-other-timezone",
)
REMEDY = Remedy(
    "Make expire a timestamptz, reading the rows in the zone they were written in",
    'sessile fix live-time-zone-mismatch "$DATABASE_URL"',
)
LINKS = {
    "login, then 401": Level.USUALLY,
    "no row for a cookie": Level.USUALLY,
    "intermittent 401": Level.SOMETIMES,
    "turned away after the login": Level.SOMETIMES,
    "cookie comes back in vain": Level.SOMETIMES,
}

REMARK = "A job deletes what has expired in another time zone than that in which sessions are written"
WHY = "east of it, sessions go hours before their end, all of them if they live no longer; nothing given shows that one did"

FIXED_ZONES = ("UTC", "ETC/UTC", "GMT", "ETC/GMT", "UCT", "ETC/UCT", "ZULU", "UNIVERSAL", "GREENWICH")
SUMMER_TIME = 3600
ROUNDING = 3
ENOUGH_ROWS = 2
AMONG_THE_READ = 0.05
AMONG_THE_OFFSETS = 0.2


def judge(facts: Facts) -> Finding:
    table, server = sight.table(facts), sight.server(facts)
    if not isinstance(table, TableShape):
        return table
    column = table.column("expire")
    if column is None or not column.type.endswith("without time zone"):
        return RuledOut(f"expire is {column.type if column else 'not there'}, which no TimeZone shifts")
    if not isinstance(server, Server):
        return server
    if shifted := _on_the_wire(facts):
        return shifted
    if pruned := _pruned(facts, server):
        return code.possible(facts, LINKS, pruned, WHY, REMARK)
    others = _other_zones(server)
    rows = sight.rows(facts)
    offsets = _writers(rows) if isinstance(rows, Rows) else []
    if not offsets:
        return Undecided(others) if others else rows if not isinstance(rows, Rows) else RuledOut("no row shows its writer's zone")
    return _compare(facts, server, offsets) or _agreed(server, others)


def _pruned(facts: Facts, server: Server) -> tuple[Evidence, ...]:
    """The jobs that delete what has expired, in a zone in which expire means another time than for this role."""
    return tuple(
        source.evidence(act.place, f"its connections have TimeZone {act.detail}, this role's {server.time_zone}")
        for source, act in code.did(facts, Deed.PRUNES_IN_ZONE)
        if act.detail.upper() != server.time_zone.upper()
    )


def _on_the_wire(facts: Facts) -> Confirmed | None:
    """A request that was turned away because its row had expired for this reader, and not by the cookie's own time in `sess`."""
    for one in at(facts, Station.LIVE):
        row = one.correlation.row if one.correlation else None
        if isinstance(row, Stored) and row.expires is not None and row.cookie_expires is not None:
            shift = round((row.expires - row.cookie_expires) / 1000)
            if row.cookie_expires > one.exchange.sent and abs(shift - round(shift / 900) * 900) <= ROUNDING and shift <= -900:
                says = f"its row ends {-round(shift / 900) / 4:g} h before the cookie's own time in sess"
                own = Evidence(says, "postgres", "expire against sess.cookie.expires")
                return Confirmed(
                    (one.evidence, own), "Sessions end hours too early: expire is read in another zone than it was written"
                )
    return None


def _compare(facts: Facts, server: Server, offsets: Sequence[Offset]) -> Finding | None:
    """Compare the writers with each other and with this connection; None where all agree."""
    reader = _reader(facts, server)
    fixed = server.time_zone.upper() in FIXED_ZONES
    foreign = [one for one in offsets if reader is not None and one.seconds != reader]
    summer = [one for one in foreign if reader is not None and abs(one.seconds - reader) == SUMMER_TIME]
    if foreign and summer == foreign and not fixed and len(offsets) > len(foreign):
        return None
    evidence = tuple(
        Evidence(
            f"{one.rows} rows were written at {_utc(one.seconds)}{' by sessile' if one.sessile == one.rows else ''}",
            "postgres",
            "expire against sess.cookie.expires",
        )
        for one in offsets
    )
    here = Evidence(f"{server.user} reads in {server.time_zone} ({server.time_zone_source})", "postgres", "pg_settings TimeZone")
    apart = len(offsets) > 1
    if foreign and not apart and foreign[0].sessile:
        title = f"All rows are written at {_utc(foreign[0].seconds)}, and this role connects in {server.time_zone}"
        return Noted(
            (*evidence, here), "sessile was given the writers' zone, and reads in it whatever its connection's is", title
        )
    if foreign and reader is not None:
        return Confirmed((*evidence, here), _title(foreign[0].seconds, reader))
    if reader is None and apart:
        return Confirmed(evidence, "Two writers of the session table have different time zones", 0.9)
    return Undecided((*evidence, here)) if reader is None else None


def _agreed(server: Server, others: tuple[Evidence, ...]) -> Finding:
    if others:
        why = f"all rows were written in the zone in which {server.user} reads; a service of the other role would shift them"
        return Noted(others, why, "Another role has another time zone")
    return RuledOut(f"the rows were written in the zone in which {server.user} reads, {server.time_zone}")


def _reader(facts: Facts, server: Server) -> int | None:
    """The offset of this connection from UTC, in seconds, None if nothing tells."""
    tried = sight.experiment(facts)
    if isinstance(tried, Experiment) and tried.life_difference_in_utc is not None:
        return round(tried.life_difference_in_utc / timedelta(seconds=900)) * 900
    return 0 if server.time_zone.upper() in FIXED_ZONES else None


def _writers(rows: Rows) -> list[Offset]:
    """The offsets that are no accident: a row touched by chance a multiple of a quarter of an hour after its save looks alike."""
    most = max((one.rows for one in rows.offsets), default=0)
    return [
        one
        for one in rows.offsets
        if one.rows >= AMONG_THE_OFFSETS * most
        and (one.rows * 2 > rows.read or one.rows >= max(ENOUGH_ROWS, AMONG_THE_READ * rows.read))
    ]


def _other_zones(server: Server) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(f"role {one.role} has TimeZone {one.value}, this role {server.time_zone}", "postgres", "pg_db_role_setting")
        for one in server.settings
        if _differs(one, server)
    )


def _differs(setting: Setting, server: Server) -> bool:
    other_role = setting.role not in ("", server.user)
    return setting.name.lower() == "timezone" and other_role and setting.value.upper() != server.time_zone.upper()


def _title(writer: int, reader: int) -> str:
    shift = writer - reader
    hours = f"{abs(shift) // 3600}:{abs(shift) % 3600 // 60:02d} h"
    ending = f"end {hours} too early" if shift < 0 else f"live {hours} too long"
    return f"Sessions {ending}: they are written at {_utc(writer)} and read at {_utc(reader)}"


def _utc(seconds: int) -> str:
    if not seconds:
        return "UTC"
    return f"UTC{'+' if seconds > 0 else '-'}{abs(seconds) // 3600:02d}:{abs(seconds) % 3600 // 60:02d}"
