"""What differs between the requests that are turned away and those that are let in: the instance, its start, or the key."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log as ln
from typing import Final

from sessile.doctor import secrets
from sessile.doctor.facts import Evidence, Facts, Log
from sessile.doctor.facts.logs import Kind

ENOUGH: Final = 5
"""Fewer refusals than that have no common trait."""
MOST: Final = 0.9
"""A trait that so large a share of the refusals has is what they have in common."""
RATHER: Final = 2.0
"""The trait is so many times as common among the refused as among those let in."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """The requests of one start of one instance. `traits` are what they have in common, "" where the log names none."""

    log: Log
    traits: tuple[str, ...]
    refused: int
    let_in: int


@dataclass(frozen=True, slots=True)
class Trait:
    """One value of a trait, and how much it tells the refused from those let in (in nats)."""

    of: int
    value: str
    tells: float


def common(facts: Facts) -> tuple[Evidence, ...]:
    """What nearly all requests answered 401 have in common and those that were let in have not; () where there is no such thing.

    The shares are compared by their divergence (Kullback and Leibler), having a trait and not having it each counted once more
    than seen (Laplace); "the log names none" is a value like any other.
    """
    cohorts = [cohort for log in facts.logs for cohort in _of(log)]
    refused = sum(cohort.refused for cohort in cohorts)
    if refused < ENOUGH or not any(cohort.let_in for cohort in cohorts):
        return ()
    traits = (trait for at in range(len(_WORDS)) for trait in _traits(at, cohorts))
    best = max(traits, key=lambda trait: trait.tells, default=None)
    if best is None:
        return ()
    having = [cohort for cohort in cohorts if cohort.traits[best.of] == best.value]
    mine, well = sum(one.refused for one in having), sum(one.let_in for one in having)
    let_in = sum(cohort.let_in for cohort in cohorts)
    if mine < MOST * refused or mine * let_in < RATHER * well * refused:
        return ()
    only = "only" if mine == refused else "nearly alone"
    words = _WORDS[best.of].format(best.value) if best.value else _NAMELESS
    says = f"401s come from {words} {only}: {mine} of {refused}, and {well} of the {let_in} requests that were let in"
    keys = "" if best.of == _KEY else _keys(having, cohorts)
    return (Evidence(f"{says}{keys}", "log", having[0].log.source),)


_WORDS: Final = ("instance {}", "{}", "instances that sign with key {}")
_NAMELESS: Final = "instances that name no key"
_KEY: Final = 2


def _of(log: Log) -> Iterator[Cohort]:
    """By the starts of the log where it tells them apart."""
    name = log.instance or log.source
    keys = {start.boot: start.keys[0] for start in secrets.starts(log)}
    told = [run for run in log.runs if run.authorized or run.unauthorized]
    for run in told:
        traits = (name, f"start {run.boot} of instance {name}", keys.get(run.boot, ""))
        yield Cohort(log, traits, run.unauthorized, run.authorized)
    if not told:
        traits = (name, f"start {log.boots} of instance {name}", keys.get(log.boots, ""))
        yield Cohort(log, traits, log.count(Kind.UNAUTHORIZED), log.count(Kind.AUTHORIZED))


def _traits(at: int, cohorts: Sequence[Cohort]) -> Iterator[Trait]:
    refused: Counter[str] = Counter()
    let_in: Counter[str] = Counter()
    for cohort in cohorts:
        refused[cohort.traits[at]] += cohort.refused
        let_in[cohort.traits[at]] += cohort.let_in
    if len(refused) < 2:
        return
    for value in refused:
        failing = (refused[value] + 1) / (refused.total() + 2)
        healthy = (let_in[value] + 1) / (let_in.total() + 2)
        yield Trait(at, value, failing * ln(failing / healthy))


def _keys(having: Sequence[Cohort], cohorts: Sequence[Cohort]) -> str:
    """That they sign with another key than all others, where the log names both."""
    mine = {cohort.traits[_KEY] for cohort in having}
    others = {cohort.traits[_KEY] for cohort in cohorts if cohort not in having and cohort.let_in}
    if len(mine) != 1 or "" in mine | others or mine & others or not others:
        return ""
    return f"; it signs with key {min(mine)}, the others with {', '.join(sorted(others))}"
