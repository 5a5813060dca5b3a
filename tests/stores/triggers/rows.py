"""What a session table holds, and what the triggers remember of those that are gone."""

from tests.stores.writers import execute


def rows(url: str, table: str = "session") -> list[str]:
    return [sid for (sid,) in execute(url, f"SELECT sid FROM {table} ORDER BY sid")]


def tombstones(url: str) -> list[str]:
    return rows(url, "session_gone")
