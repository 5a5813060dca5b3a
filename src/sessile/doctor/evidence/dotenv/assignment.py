"""One variable as one reader of .env files sees it."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Assignment:
    """A variable's value, which no representation shows, and the line it stands in, counted from 1."""

    value: str = field(repr=False)
    line: int


class Lines:
    """The lines of a text, by number."""

    def __init__(self, text: str) -> None:
        self._ends = [end.start() for end in re.finditer("\n", text)]

    def at(self, position: int) -> int:
        """The number of the line that holds that position, counted from 1."""
        return bisect_left(self._ends, position) + 1
