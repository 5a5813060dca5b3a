"""Which trait tells the requests that were turned away from those that were let in, by its share on both sides."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log as ln
from typing import Final

ENOUGH: Final = 5
"""Fewer refusals than that have no common trait."""
MOST: Final = 0.9
"""A trait that so large a share of the refusals has is what they have in common."""
RATHER: Final = 2.0
"""The trait is so many times as common among the refused as among those let in."""


@dataclass(frozen=True, slots=True)
class Group:
    """Requests with the same `traits`, one value of each kind ("" where nothing names it): how many refused, how many let in."""

    traits: tuple[str, ...]
    refused: int
    let_in: int


@dataclass(frozen=True, slots=True)
class Telling:
    """The trait that tells best: which kind it is `of`, its value, and how many of the `refused` and the `let_in` have it."""

    of: int
    value: str
    refused: int
    all_refused: int
    let_in: int
    all_let_in: int

    @property
    def counts(self) -> str:
        """Both shares in words."""
        return f"{self.refused} of {self.all_refused}, and {self.let_in} of the {self.all_let_in} requests that were let in"


def telling(groups: Sequence[Group]) -> Telling | None:
    """What nearly all refusals have in common and those let in have not; None where there is no such thing.

    The shares are compared by their divergence (Kullback and Leibler), having a trait and not having it each counted once more
    than seen (Laplace); that nothing names a trait is a value like any other.
    """
    refused, let_in = sum(one.refused for one in groups), sum(one.let_in for one in groups)
    if refused < ENOUGH or not let_in:
        return None
    kinds = range(len(groups[0].traits))
    found = max((trait for kind in kinds for trait in _traits(kind, groups)), default=None, key=lambda trait: trait[0])
    if found is None:
        return None
    _, kind, value = found
    having = [one for one in groups if one.traits[kind] == value]
    mine, well = sum(one.refused for one in having), sum(one.let_in for one in having)
    if mine < MOST * refused or mine * let_in < RATHER * well * refused:
        return None
    return Telling(kind, value, mine, refused, well, let_in)


def _traits(kind: int, groups: Sequence[Group]) -> Iterator[tuple[float, int, str]]:
    """How much each value tells (in nats), with its kind and itself."""
    refused: Counter[str] = Counter()
    let_in: Counter[str] = Counter()
    for one in groups:
        refused[one.traits[kind]] += one.refused
        let_in[one.traits[kind]] += one.let_in
    for value in refused if len(refused) > 1 else ():
        failing = (refused[value] + 1) / (refused.total() + 2)
        healthy = (let_in[value] + 1) / (let_in.total() + 2)
        yield failing * ln(failing / healthy), kind, value
