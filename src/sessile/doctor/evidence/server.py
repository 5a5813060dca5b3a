"""What the server tells about itself: version, role, settings, time zone, room for connections, clock, and who holds locks."""

import json
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from sessile.doctor.evidence.inspection import Inspection
from sessile.doctor.facts.database import Holder, Server, Setting
from sessile.stores.postgres.catalog import Rows, Statement

# Only settings by which sessions are lost: others may hold secrets (a hosting service's app.settings.jwt_secret).
SETTINGS = (
    "timezone",
    "search_path",
    "default_transaction_read_only",
    "default_transaction_isolation",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "transaction_timeout",
    "row_security",
    "role",
    "session_replication_role",
)

_SERVER = """
SELECT json_build_object(
  'version', current_setting('server_version_num')::int, 'user', current_user, 'database', current_database(),
  'superuser', coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false),
  'search_path', to_json(current_schemas(false)), 'standby', pg_is_in_recovery(),
  'read_only', current_setting('default_transaction_read_only')::boolean,
  'read_only_source', (SELECT source FROM pg_settings WHERE name = 'default_transaction_read_only'),
  'time_zone', current_setting('TimeZone'), 'time_zone_source', (SELECT source FROM pg_settings WHERE name = 'TimeZone'),
  'encoding', current_setting('server_encoding'),
  'max_connections', current_setting('max_connections')::int,
  'reserved_connections', current_setting('superuser_reserved_connections')::int
    + coalesce(current_setting('reserved_connections', true), '0')::int,
  'connections', (
    SELECT count(*) FROM pg_stat_activity
    WHERE backend_type = 'client backend' OR (backend_type IS NULL AND datid IS NOT NULL)),
  'role_connection_limit', coalesce((SELECT rolconnlimit FROM pg_roles WHERE rolname = session_user), -1),
  'role_connections', (SELECT count(*) FROM pg_stat_activity WHERE usename = session_user),
  'started', extract(epoch FROM pg_postmaster_start_time()),
  'statistics_since', (SELECT extract(epoch FROM stats_reset) FROM pg_stat_bgwriter),
  'clock', extract(epoch FROM clock_timestamp()),
  'settings', (
    SELECT json_agg(json_build_array(coalesce(r.rolname, ''), coalesce(d.datname, ''), line))
    FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS line
    LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
    WHERE (s.setdatabase = 0 OR d.datname = current_database())
      AND lower(split_part(line, '=', 1)) = ANY (string_to_array($1, ' ')))
)::text
"""

# The cluster's system identifier begins with the second in which initdb made it (xlog.c, BootStrapXLOG).
_INITIALIZED = "SELECT (system_identifier >> 32)::bigint FROM pg_control_system()"

_COLLATION = """
SELECT coalesce(datcollversion <> pg_database_collation_actual_version(oid), false)
FROM pg_database WHERE datname = current_database()
"""

_HOLDERS = """
WITH locks AS (
  SELECT coalesce(pid, 0) AS pid, mode, granted FROM pg_locks
  WHERE locktype = 'relation' AND relation = ANY (string_to_array($1, ' ')::oid[])
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
), blocked AS (
  SELECT DISTINCT waiter.pid, blocker.pid AS by
  FROM (SELECT DISTINCT pid FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM locks)) AS waiter
  CROSS JOIN LATERAL unnest(pg_blocking_pids(waiter.pid)) AS blocker (pid)
), held AS (
  SELECT pid, max(array_position(string_to_array($2, ' '), mode)) AS strength FROM locks
  WHERE granted AND pid <> pg_backend_pid() GROUP BY pid
)
SELECT pid, (string_to_array($2, ' '))[strength], CASE pid WHEN 0 THEN 'prepared transaction' ELSE coalesce(state, '') END,
  coalesce(extract(epoch FROM clock_timestamp() - xact_start), 0)::float8,
  (SELECT count(*) FROM blocked WHERE by = held.pid), coalesce(application_name, '')
FROM held LEFT JOIN pg_stat_activity USING (pid)
WHERE strength >= array_position(string_to_array($2, ' '), 'ShareLock') OR pid IN (SELECT by FROM blocked)
ORDER BY 5 DESC, 4 DESC
"""
_MODES = (
    "AccessShareLock RowShareLock RowExclusiveLock ShareUpdateExclusiveLock"
    " ShareLock ShareRowExclusiveLock ExclusiveLock AccessExclusiveLock"
)


def server(inspection: Inspection, clock: Callable[[], datetime]) -> Server:
    """Ask the server about itself; `clock` is the doctor's own, timezone-aware. Raises psycopg.Error."""
    before = clock()
    said = inspection.ask(Statement(_SERVER, (" ".join(SETTINGS),), _document))
    halfway = before + (clock() - before) / 2
    server_clock = _instant(said.pop("clock"))
    return Server(
        **{
            **said,
            "search_path": tuple(said["search_path"]),
            "settings": tuple(_setting(*setting) for setting in said["settings"] or ()),
            "started": _instant(said["started"]),
            "statistics_since": _instant(said["statistics_since"]) if said["statistics_since"] else None,
            "initialized": _initialized(inspection),
            "collation_changed": _collation_changed(inspection),
            "clock_ahead": server_clock - halfway,
        }
    )


def holders(inspection: Inspection, relations: Iterable[int]) -> tuple[Holder, ...]:
    """Who holds a lock that session statements wait for, on any of the relations (oids). Raises psycopg.Error."""
    oids = " ".join(map(str, relations))
    return inspection.ask(Statement(_HOLDERS, (oids, _MODES), _holders))


def running_clock(now: datetime) -> Callable[[], datetime]:
    """A clock that reads `now` at this moment and goes on from there, whatever is done to the machine's own."""
    start = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - start)


def _document(rows: Rows) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(rows[0][0])
    return said


def _holders(rows: Rows) -> tuple[Holder, ...]:
    return tuple(
        Holder(pid, mode, state, timedelta(seconds=age), waiting, application)
        for pid, mode, state, age, waiting, application in rows
    )


def _setting(role: str, database: str, line: str) -> Setting:
    name, _, value = line.partition("=")
    return Setting(role, database, name, value)


def _initialized(inspection: Inspection) -> datetime | None:
    try:
        return _instant(inspection.ask(Statement(_INITIALIZED, (), _first)))
    except psycopg.Error:
        return None


def _collation_changed(inspection: Inspection) -> bool:
    if inspection.version < 150000:
        return False
    try:
        return bool(inspection.ask(Statement(_COLLATION, (), _first)))
    except psycopg.Error:
        return False


def _first(rows: Rows) -> Any:
    return rows[0][0]


def _instant(epoch: float) -> datetime:
    return datetime.fromtimestamp(float(epoch), UTC)
