"""Faults of time: zones, units, types."""

from lab.faults.fault import Fault, settings, sql
from lab.scene import Scene

ZONE = "options=-c%20timezone%3D"


def _two_zones(scene: Scene) -> None:
    """Two instances of which one connects with another TimeZone, as a role setting or a URL makes it."""
    scene.environment["COOKIE_MAXAGE_MS"] = str(2 * 3600 * 1000)
    scene.sql(f"ALTER ROLE \"{scene.role}\" SET timezone = 'America/New_York'")


def _reader_elsewhere(scene: Scene) -> None:
    scene.sql(
        f"ALTER ROLE \"{scene.role}\" SET timezone = 'Asia/Kolkata'",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{scene.role}'",
    )


FAULTS = (
    Fault("time-zone", "live-time-zone-mismatch", before=_two_zones, during=_reader_elsewhere),
    Fault(
        "expire-is-date",
        "live-expire-is-date",
        also=("live-max-age-in-seconds",),
        before=settings(COOKIE_MAXAGE_MS="60000"),
        during=sql("ALTER TABLE session ALTER COLUMN expire TYPE date"),
    ),
    Fault("max-age-in-seconds", "live-max-age-in-seconds", before=settings(COOKIE_MAXAGE_MS="3600"), works_on=("express",)),
    Fault(
        "expire-in-wrong-unit",
        "live-expire-in-wrong-unit",
        during=sql("UPDATE session SET expire = to_timestamp(extract(epoch FROM expire) / 1000)"),
    ),
    Fault(
        "expire-null",
        "live-expire-null",
        during=sql("ALTER TABLE session ALTER COLUMN expire DROP NOT NULL", "UPDATE session SET expire = NULL"),
    ),
)
