"""A setting to change, as the lines of a diff."""

from difflib import ndiff

from sessile.doctor.findings import Change


def changed(change: Change) -> tuple[tuple[str, str], ...]:
    """Each line with its sign: "-" goes, "+" comes, " " stays."""
    lines = ndiff(change.before.splitlines(), change.after.splitlines())
    return tuple((line[0], line[2:]) for line in lines if line[0] != "?")
