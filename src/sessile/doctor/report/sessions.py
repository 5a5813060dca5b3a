"""Living sessions in words, each by its key: no id and no whole name of a user."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sessile.doctor.report.page import Page
from sessile.stores.postgres.users import Held

LIMITS = (timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30))
WITHIN = ("within an hour", "within a day", "within a week", "within 30 days", "longer ago")
NOBODY = "nobody"
UNKNOWN = "unknown"


def document(table: str, found: Sequence[Held], total: int) -> dict[str, Any]:
    """The sessions as plain values; times are UTC."""
    return {"table": table, "total": total, "sessions": [_values(one) for one in found]}


def write(page: Page, *, table: str, found: Sequence[Held], total: int) -> None:
    """Write one line for each session."""
    shown = "" if len(found) == total else f", {len(found):,} shown"
    page.paragraph((f"{total:,} living {_sessions(total)} in {table}{shown}", "bold"), indent=0)
    if not found:
        return
    page.line()
    page.line((f"  {'key':<16}  {'user':<8}  {'last used':<16}  {'began':<16}  {'expires':<16}  device", "dim"))
    for one in found:
        shown_of = one.shown
        times = "  ".join(f"{_minute(moment):<16}" for moment in (shown_of.last_seen, shown_of.created, shown_of.expires))
        page.line(f"  {shown_of.key}  {masked_user(one.user):<8}  {times}  {shown_of.device}")


def revocation(table: str, meant: int, done: int | None) -> dict[str, Any]:
    """What a revocation came to, or would; `revoked` is None for a plan."""
    return {"table": table, "meant": meant, "revoked": done}


def write_revocation(page: Page, *, table: str, meant: int, done: int | None) -> None:
    """Write how many sessions ended, or would."""
    if done is not None:
        page.paragraph(f"{done:,} {_sessions(done)} of {table} ended.", indent=0, lead=(f"{page.glyphs.ok} ", "bold green"))
        return
    page.paragraph((f"{meant:,} {_sessions(meant)} of {table} would end.", "bold"), indent=0)
    if meant:
        page.paragraph("Nothing was changed; --apply does it.", indent=0)


def count(table: str, total: int, by: str, groups: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """The counts as plain values."""
    return {"table": table, "total": total, "by": by, "groups": [{"name": name, "sessions": number} for name, number in groups]}


def write_count(page: Page, *, table: str, total: int, groups: Sequence[tuple[str, int]]) -> None:
    """Write the counts."""
    page.paragraph((f"{total:,} living {_sessions(total)} in {table}", "bold"), indent=0)
    for name, number in groups:
        page.line(f"  {number:>12,}  {name}")


def users(groups: Sequence[tuple[str | None, int]]) -> tuple[tuple[str, int], ...]:
    """Counts by user, masked."""
    return tuple((masked_user(user), number) for user, number in groups)


def ages(groups: Sequence[tuple[int | None, int]]) -> tuple[tuple[str, int], ...]:
    """Counts by last use, in words."""
    return tuple((f"last used {UNKNOWN}" if place is None else f"last used {WITHIN[place]}", number) for place, number in groups)


def masked_user(user: str | None) -> str:
    """Enough of a user to tell two apart, and not who it is."""
    return NOBODY if user is None else f"{user[:2] if len(user) > 4 else user[:1]}…"


def _values(one: Held) -> dict[str, Any]:
    shown = one.shown
    return {
        "key": shown.key,
        "user": masked_user(one.user),
        "last_seen": _iso(shown.last_seen),
        "created": _iso(shown.created),
        "expires": _iso(shown.expires),
        "device": shown.device,
    }


def _sessions(number: int) -> str:
    return "session" if number == 1 else "sessions"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _minute(moment: datetime | None) -> str:
    return UNKNOWN if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
