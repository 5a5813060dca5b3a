"""What differs between the requests that are turned away and those that are let in: the instance, its start, or the key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sessile.doctor import secrets
from sessile.doctor.contrast import Group, telling
from sessile.doctor.facts import Evidence, Facts, Log
from sessile.doctor.facts.logs import Kind


@dataclass(frozen=True, slots=True)
class Cohort(Group):
    """The requests of one start of one instance."""

    log: Log


def common(facts: Facts) -> tuple[Evidence, ...]:
    """What nearly all requests answered 401 have in common and those let in have not; () where there is no such thing."""
    cohorts = [cohort for log in facts.logs for cohort in _of(log)]
    best = telling(cohorts)
    if best is None:
        return ()
    having = [cohort for cohort in cohorts if cohort.traits[best.of] == best.value]
    only = "only" if best.refused == best.all_refused else "nearly alone"
    words = _WORDS[best.of].format(best.value) if best.value else _NAMELESS
    keys = "" if best.of == _KEY else _keys(having, cohorts)
    return (Evidence(f"401s come from {words} {only}: {best.counts}{keys}", "log", having[0].log.source),)


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
        yield Cohort(traits, run.unauthorized, run.authorized, log)
    if not told:
        traits = (name, f"start {log.boots} of instance {name}", keys.get(log.boots, ""))
        yield Cohort(traits, log.count(Kind.UNAUTHORIZED), log.count(Kind.AUTHORIZED), log)


def _keys(having: Sequence[Cohort], cohorts: Sequence[Cohort]) -> str:
    """That they sign with another key than all others, where the log names both."""
    mine = {cohort.traits[_KEY] for cohort in having}
    others = {cohort.traits[_KEY] for cohort in cohorts if cohort not in having and cohort.let_in}
    if len(mine) != 1 or "" in mine | others or mine & others or not others:
        return ""
    return f"; it signs with key {min(mine)}, the others with {', '.join(sorted(others))}"
