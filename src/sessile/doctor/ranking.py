"""How likely each cause is that nothing proves: noisy-OR over observations, one cause at a time.

Every observation that was made, or that could have been made and was not, multiplies a cause's weight by how well the cause
explains it; an unknown observation contributes nothing. "Something else" explains each observation only as well as chance does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

from sessile.doctor.causes import Cause
from sessile.doctor.findings import Level

SOMETHING_ELSE = "something else"
SOMETHING_ELSE_WEIGHT = 4.0
LEAK = 0.03
"""How often an observation is made in a service where no known cause is at work."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A cause and its probability, between 0 and 1, among all that were ranked and "something else"."""

    cause: Cause
    probability: float


def rank(candidates: Iterable[Cause], observed: Mapping[str, bool], *, given: Iterable[Cause] = ()) -> list[Ranked]:
    """Rank causes by what was observed (name -> made or not made), most likely first.

    `given` are causes already proven: what they explain says nothing for another. Causes that explain no observation made are
    left out, for nothing speaks for them.
    """
    known = list(given)
    chance = {name: 1 - prod(1 - _level(cause, name) for cause in known) * (1 - LEAK) for name in observed}
    made = [name for name, seen in observed.items() if seen]
    explaining = [cause for cause in candidates if any(_level(cause, name) > 0 for name in made)]
    weights = {cause.id: cause.frequency.value * _likelihood(cause, observed, chance) for cause in explaining}
    total = sum(weights.values()) + SOMETHING_ELSE_WEIGHT * prod(
        chance[name] if seen else 1 - chance[name] for name, seen in observed.items()
    )
    if total <= 0:
        return []
    ranked = [Ranked(cause, weights[cause.id] / total) for cause in explaining]
    return sorted(ranked, key=lambda one: (-one.probability, one.cause.id))


def _likelihood(cause: Cause, observed: Mapping[str, bool], chance: Mapping[str, float]) -> float:
    return prod(_fit(cause.links.get(name), seen, chance[name]) for name, seen in observed.items())


def _fit(link: Level | None, seen: bool, chance: float) -> float:
    if link is Level.NEVER and seen:
        return 0.0
    expected = 1 - (1 - chance) * (1 - (link.value if link else 0.0))
    return expected if seen else 1 - expected


def _level(cause: Cause, name: str) -> float:
    link = cause.links.get(name)
    return link.value if link else 0.0
