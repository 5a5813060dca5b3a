"""Where a fact comes from, and the value that stands for a fact nobody could establish."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence of proof: what it says, who said it, and where to look it up.

    `source` is the collector (`postgres`, `experiment`, `environment`, `log`, `source`); `pointer` names the place: a catalog
    table and object, a file and line. Neither ever holds a secret, a whole cookie or personal data.
    """

    says: str
    source: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be established; `why` completes the sentence "unknown, because ..."."""

    why: str

    def __bool__(self) -> bool:
        return False
