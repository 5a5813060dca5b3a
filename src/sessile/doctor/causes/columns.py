"""What the causes about a column's type share: the errors they show, and the experiment's word on a type."""

import re

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts, Failure
from sessile.doctor.facts.database import Experiment
from sessile.doctor.findings import Confirmed, Finding, RuledOut, Undecided
from sessile.stores.postgres.shape import Column

TOO_LONG = Sign(("22001",), text="value too long for type", course=Course.SELECTIVE, of_sessions=True)
BY_LENGTH = 0.9
LONGEST_ID = 64
"""A column as short as this is meant for an id: no session's JSON is that short."""
TEXT_TYPES = ("character varying", "text", "character", "citext", "name")
JSON_TYPES = ("json", "jsonb", "text", "character varying", "citext")
# bytea takes text that has no backslash, and gives it back as bytes that no store can read.
NO_JSON = ("bytea", "integer", "bigint", "uuid", "boolean", "date", "timestamp", "numeric", "hstore")
TYPE_ERRORS = ("22P02", "22007", "22008", "22003", "42804", "42883", "42846", "42725")


def base(column: Column) -> str:
    """A type's name without its length, precision and zone."""
    return re.sub(r"\(.*|\bwith(out)? time zone", "", column.type).strip()


def length(column: Column | None) -> int | None:
    """The characters a column can hold, None for as many as one likes."""
    found = re.fullmatch(r"character(?: varying)?\((\d+)\)", column.type) if column else None
    return int(found[1]) if found else None


def too_long_for(facts: Facts, column: Column) -> tuple[Evidence, ...]:
    """The errors about values too long for this very type."""
    met = signs.judge(facts, TOO_LONG)
    named = [s for s in signs.sightings(facts, TOO_LONG) if column.type in s.error.message]
    return tuple(sighting.error.evidence for sighting in named) if isinstance(met, Confirmed) else ()


def by_length(met: Finding | None, *, of_sid: bool) -> Finding | None:
    """What an error about a value too long says where only a log shows it: the column's length tells which column it is."""
    if not isinstance(met, Confirmed):
        return met
    found = re.search(r"character(?: varying)?\((\d+)\)", met.evidence[0].says)
    limit = int(found[1]) if found else None
    if limit is None:
        return Undecided(met.evidence)
    if (limit <= LONGEST_ID) is not of_sid:
        return RuledOut(f"the column that is too short holds {limit} characters")
    return Confirmed(met.evidence, certainty=BY_LENGTH)


def refused(facts: Facts, step: str, *, not_in: tuple[str, ...] = ()) -> tuple[Evidence, ...]:
    """The type error that the login met in this step, if it met none in those others, which use the other columns alone."""
    tried = sight.experiment(facts)
    if not isinstance(tried, Experiment) or any(_type_error(tried, other) for other in not_in):
        return ()
    failure = _type_error(tried, step)
    if failure is None:
        return ()
    return (Evidence(f"{failure.code} {failure.message}", "experiment", f"statement '{step}', rolled back"),)


def _type_error(tried: Experiment, name: str) -> Failure | None:
    step = tried.step(name)
    return step.failure if step and step.failure and step.failure.code in TYPE_ERRORS else None
