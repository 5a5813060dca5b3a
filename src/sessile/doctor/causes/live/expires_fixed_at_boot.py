"""Sessions end at one date, made when the service started, whoever logs in when.

Symptom: everything works for some hours after each deploy; then nobody can stay logged in until the service is restarted.
Evidence: in the code, `expires: new Date(Date.now() + 3600000)`; in Python a default argument `expires=datetime.now() + ...`,
    which is worked out once. A recording shows two logins at different times with the
    same Expires; the rows have an originalMaxAge that shrinks, and is negative in the end.
    Where only such rows are known, the end may also be set by a login, as to a time of this day that has passed.
Tell apart: maxAge in seconds is short for everybody, right after a restart as well.
Fix: give maxAge, which counts from each login. No session is lost.
"""

from itertools import pairwise

from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Deed, Fresh, Made
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy, RuledOut
from sessile.doctor.visits import visits

ENTRIES = ("expires-fixed-at-boot",)
REMEDY = Remedy(
    "Work the end out at each login: maxAge instead of expires",
    changes=(
        Change("Express", "cookie: { expires: new Date(Date.now() + 3600000) }", "cookie: { maxAge: 3600000 }"),
        Change(
            "Python",
            "def token(user, expires=datetime.now(UTC) + HOURS):",
            "def token(user, expires=None):\n    expires = expires or datetime.now(UTC) + HOURS",
        ),
    ),
)
LINKS = {
    "login, then 401": Level.USUALLY,
    "cookie not kept": Level.USUALLY,
    "no cookie came": Level.USUALLY,
    "401 after a restart": Level.NEVER,
    "same user logs in again and again": Level.USUALLY,
}
OVER = "Sessions are given an end that has passed already when they are saved"
EXPIRES = r"expires: new Date\(Date\.now\(\) \+ ([^()]+)\)"
APART = 5000.0
"""Two logins so many milliseconds apart have different times to expire, but for a fixed one."""
SAME = 1000.0
"""Set-Cookie tells whole seconds."""


def judge(facts: Facts) -> Finding:
    proof = tuple(
        source.evidence(setting.place, "one date for every login, made when the service started")
        for source, step, setting in code.options(facts, "cookie.expires")
        if isinstance(setting.value, Fresh | Made) and step.setting("cookie.maxAge") is None
    )
    proof += code.shown(code.in_python(facts, Deed.ENDS_FIXED_AT_START), "{detail} is worked out once, when the process starts")
    over = _negative(facts)
    if over and not proof and not _same_date(facts):
        return Confirmed((*over, *_set_by_handlers(facts)), OVER, code.BY_CODE)
    shown = (*_same_date(facts), *over)
    if shown or proof:
        return Confirmed((*proof, *shown), certainty=code.BOTH if shown and proof else code.BY_CODE, changes=_edits(facts))
    finding = code.absent(facts, "no fixed date is given as expires", "cookie.expires")
    return finding if facts.sources or not visits(facts) else RuledOut("no two logins got the same time to expire")


def _set_by_handlers(facts: Facts) -> tuple[Evidence, ...]:
    return tuple(source.evidence(act.place, "the end is set here") for source, act in code.did(facts, Deed.SETS_END))


def _edits(facts: Facts) -> tuple[Change, ...]:
    places = [setting.place for _, _, setting in code.options(facts, "cookie.expires")]
    return tuple(edit for place in places for edit in code.edit(place, EXPIRES, r"maxAge: \1"))


def _same_date(facts: Facts) -> tuple[Evidence, ...]:
    logins = [visit for visit in visits(facts) if visit.cookie and visit.cookie.expires is not None]
    for one, other in pairwise(logins):
        if one.cookie and other.cookie and one.cookie.expires and other.cookie.expires:
            apart = abs(other.login.started - one.login.started)
            if apart >= APART and abs(other.cookie.expires - one.cookie.expires) < SAME:
                says = f"two logins {round(apart / 1000)} s apart set cookies that expire at the same moment"
                return (other.wire.evidence(other.login, says),)
    return ()


def _negative(facts: Facts) -> tuple[Evidence, ...]:
    rows = facts.rows
    if rows is None or not rows.negative_lives:
        return ()
    says = f"{rows.negative_lives} of {rows.read} rows were saved with a negative originalMaxAge"
    return (Evidence(says, "postgres", "sess.cookie.originalMaxAge"),)
