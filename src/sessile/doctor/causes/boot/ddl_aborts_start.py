"""The service ends at its start, because a script cannot create the session table a second time.

Symptom: a deploy never becomes live, or the process starts and ends in a loop; nobody is served, or only the old version serves.
Evidence: 42P16, 42P07, 42710 or 23505 from the script, and the process ends right after it in the same run.
Tell apart: the same error without an end of the process is harmless. Here no request reaches the service at all.
Fix: make the script one that can be run any number of times. Leave the table alone: it is healthy.
"""

from sessile.doctor.causes import signs
from sessile.doctor.causes.signs import Course, Sighting, Sign
from sessile.doctor.facts import Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Finding, Level, Remedy, RuledOut

ENTRIES = ("ddl-error-kills-boot",)
REMEDY = Remedy(
    "Take the table's SQL out of the start, or make it repeatable; go on after 42P07 and 42P16 once the table's shape is checked",
    'sessile table --create "$DATABASE_URL"',
)
LINKS = {"boot failed": Level.ALWAYS}

SIGN = Sign(
    ("42P16", "42P07", "42710", "23505"),
    only=r'multiple primary keys|(?<!"session_pkey" )already exists|pg_(type_typname|class_relname)_nsp_index',
    text="multiple primary keys for table",
    course=Course.LASTING,
)


def judge(facts: Facts) -> Finding:
    met = signs.judge(facts, SIGN)
    if met is None:
        return signs.absent(facts)
    if isinstance(met, RuledOut):
        return met
    fatal = [sighting for sighting in signs.sightings(facts, SIGN) if ended(sighting)]
    if not fatal:
        return RuledOut("the process went on after it")
    return Confirmed(tuple(sighting.error.evidence for sighting in fatal), certainty=0.97)


def ended(sighting: Sighting) -> bool:
    """Whether the process ended by it, in the same run and before it served anybody, and has not served anybody since."""
    error, log, event = sighting.error, sighting.log, sighting.event
    if log is None or event is None or error.last is None:
        return False
    served = sighting.followed_by(Kind.LOGIN, Kind.SAVED, Kind.AUTHORIZED, Kind.UNAUTHORIZED)
    ends = [exit_.last for exit_ in log.of(Kind.EXIT)]
    by_then = any(end.line >= error.last.line and end.boot == error.last.boot for end in ends)
    return not served and by_then
