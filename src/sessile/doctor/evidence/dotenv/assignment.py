"""One variable as one reader of .env files sees it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Assignment:
    """A variable's value, which no representation shows, and the line it stands in, counted from 1."""

    value: str = field(repr=False)
    line: int


def line_at(text: str, position: int) -> int:
    """The number of the line that holds that position, counted from 1."""
    return text.count("\n", 0, position) + 1
