"""A log that was split while it was written: `app.log` and what was moved away beside it, as one, the oldest first."""

import re
from pathlib import Path

_MOVED = re.compile(r"(?P<log>.+\.log)(?:\.(?P<number>\d{1,4})|[.-](?P<date>\d{4}-?\d\d-?\d\d[\d_T-]*))(?:\.gz)?")


def logs_in(folder: Path) -> list[tuple[Path, ...]]:
    """The logs of a folder by name, each with its files in the order of time.

    Of a log are `app.log`, its older parts as logrotate and Python's logging name them (`app.log.2.gz`, `app.log-20261130`,
    `app.log.2026-11-30`). `app-2026-11-30.log` is a log by itself.
    """
    found: dict[str, list[tuple[tuple[int, int, str], Path]]] = {}
    for path in folder.glob("*"):
        moved = _MOVED.fullmatch(path.name)
        if (moved or path.name.endswith(".log")) and path.is_file():
            found.setdefault(moved["log"] if moved else path.name, []).append((_age(moved), path))
    return [tuple(path for _, path in sorted(parts)) for _, parts in sorted(found.items())]


def _age(moved: re.Match[str] | None) -> tuple[int, int, str]:
    """Less for what is older: a date, then the highest number, last the log itself."""
    if moved is None:
        return (2, 0, "")
    return (1, -int(moved["number"]), "") if moved["number"] else (0, 0, moved["date"])
