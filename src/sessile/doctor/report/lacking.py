"""What nobody could check, by the evidence that it needs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sessile.doctor.diagnosis import Diagnosis
from sessile.doctor.findings import Need

NEEDS = {
    Need.DATABASE: "the database",
    Need.ROWS: "the table's rows",
    Need.REDIS: "Redis",
    Need.ENVIRONMENT: "the service's environment (.env)",
    Need.LOG: "the service's log",
    Need.COOKIE: "a cookie that fails",
    Need.WIRE: "a recording of the login (HAR)",
    Need.SITE: "the site itself",
    Need.SOURCE: "the service's code (its folder)",
    Need.BROWSER: "a browser",
    Need.MENDING: "a report of this bug",
}


@dataclass(frozen=True, slots=True)
class Lacking:
    """What could not be checked for want of one kind of evidence: why, the commonest reason first, and the causes' ids."""

    need: Need
    whys: tuple[str, ...]
    ids: tuple[str, ...]


def grouped(diagnosis: Diagnosis) -> tuple[Lacking, ...]:
    """What was not checked, by the evidence that it needs."""
    found = [(need, [one for one in diagnosis.not_checked if one.needs is need]) for need in Need]
    return tuple(
        Lacking(
            need,
            _commonest(one.why for one in those if one.why),
            tuple(one.cause.id for one in those),
        )
        for need, those in found
        if those
    )


def _commonest(whys: Iterable[str]) -> tuple[str, ...]:
    return tuple(why for why, _ in Counter(whys).most_common())


def unseen(diagnosis: Diagnosis) -> tuple[str, ...]:
    """The kinds of evidence, in words, that something needs and that were not given."""
    return tuple(dict.fromkeys(NEEDS[one.needs] for one in diagnosis.not_checked if one.needs not in diagnosis.given))
