"""How likely each cause is that nothing proves: noisy-OR over observations, one cause at a time.

Every observation that was made, or that could have been made and was not, multiplies a cause's weight by how well the cause
explains it; an unknown observation contributes nothing. "Something else" explains each observation only as well as chance does.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf, log10, prod

from sessile.doctor.causes import Cause
from sessile.doctor.findings import Level

SOMETHING_ELSE_WEIGHT = 4.0
UNSEEN = 0.008
"""What a cause weighs that nobody could judge, beside one whose ground was found, for that is rarely there without the cause.
The more causes are known, the less each weighs: all together they leave a ground that was found likelier than not."""
LEAK = 0.03
"""How often an observation is made in a service where no known cause is at work."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What one observation says of a cause.

    `log_odds` is the decimal logarithm of how much likelier it is with the cause than without: above 0 it speaks for it, below
    against; None where nobody could see whether it is so.
    """

    observation: str
    seen: bool
    log_odds: float | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A cause and its probability, between 0 and 1, among all that were ranked and "something else"; `weights` say why."""

    cause: Cause
    probability: float
    weights: tuple[Weight, ...] = ()


def rank(
    candidates: Iterable[Cause],
    observed: Mapping[str, bool],
    *,
    given: Iterable[Cause] = (),
    unseen: Iterable[Cause] = (),
) -> list[Ranked]:
    """Rank causes by what was observed (name -> made or not made), most likely first.

    `given` are causes already proven: what they explain says nothing for another. `unseen` are those that nobody could judge:
    they are not ranked, but may be it all the same, so that no cause is likely only because its rivals went unexamined. Causes
    that explain no observation made are left out, for nothing speaks for them.
    """
    known = list(given)
    chance = {name: 1 - prod(1 - _level(cause, name) for cause in known) * (1 - LEAK) for name in observed}
    made = [name for name, seen in observed.items() if seen]
    explaining = [cause for cause in candidates if any(_level(cause, name) > 0 for name in made)]
    weights = {cause.id: cause.frequency.value * _likelihood(cause, observed, chance) for cause in explaining}
    rivals = [cause for cause in unseen if any(_level(cause, name) > 0 for name in made)]
    unexamined = UNSEEN * sum(cause.frequency.value * _likelihood(cause, observed, chance) for cause in rivals)
    total = (
        sum(weights.values())
        + unexamined
        + SOMETHING_ELSE_WEIGHT * prod(chance[name] if seen else 1 - chance[name] for name, seen in observed.items())
    )
    if total <= 0:
        return []
    ranked = [Ranked(one, weights[one.id] / total, tuple(_weights(one, observed, chance))) for one in explaining]
    return sorted(ranked, key=lambda one: (-one.probability, one.cause.id))


def _weights(cause: Cause, observed: Mapping[str, bool], chance: Mapping[str, float]) -> Iterator[Weight]:
    """What speaks for a cause, strongest first, then what speaks against it, then what is missing."""
    told = []
    for name, link in cause.links.items():
        if name in observed:
            seen = observed[name]
            odds = _fit(link, seen, chance[name]) / (chance[name] if seen else 1 - chance[name])
            told.append(Weight(name, seen, log10(odds) if odds > 0 else -inf))
    yield from sorted(told, key=lambda one: -(one.log_odds or 0))
    yield from (Weight(name, False, None) for name in cause.links if name not in observed)


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
