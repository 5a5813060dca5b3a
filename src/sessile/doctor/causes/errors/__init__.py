"""The causes that an SQLSTATE or an error code tells by itself, a table for each station."""

from sessile.doctor.causes import Cause
from sessile.doctor.causes.errors import admission, boot, damage, find, reach, read, redis_reach, redis_save, save
from sessile.session.outcome import Station

TABLES = {
    Station.BOOT: boot.ROWS,
    Station.REACH: (*reach.ROWS, *admission.ROWS, *redis_reach.ROWS),
    Station.SAVE: (*save.ROWS, *redis_save.ROWS),
    Station.FIND: (*find.ROWS, *damage.ROWS),
    Station.READ: read.ROWS,
}

CAUSES: tuple[Cause, ...] = tuple(row.cause(station) for station, rows in TABLES.items() for row in rows)
