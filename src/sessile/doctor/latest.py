"""What was worked out of a fact lately, for whoever asks next: facts are frozen, and every cause asks the same."""

from collections.abc import Callable
from typing import Generic, TypeVar

Fact = TypeVar("Fact")
Result = TypeVar("Result")


class Latest(Generic[Fact, Result]):
    """A function of one fact that remembers its last `keep` results; a fact is known by what it is, not by what it equals."""

    def __init__(self, work: Callable[[Fact], Result], *, keep: int = 8) -> None:
        self._work = work
        self._keep = keep
        self._known: tuple[tuple[Fact, Result], ...] = ()

    def __call__(self, fact: Fact) -> Result:
        """The result for this fact."""
        for known, result in self._known:
            if known is fact:
                return result
        result = self._work(fact)
        self._known = ((fact, result), *self._known[: self._keep - 1])
        return result
