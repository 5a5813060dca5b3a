"""Sessions are given a lifetime of seconds: a number of minutes or days where seconds are counted, or what is left of a span.

Symptom: users are logged out seconds or a minute after their login, however active they are; a probe that is quick sees nothing.
Evidence: the login's Set-Cookie ends within a minute, or when it is set. In the code or in the environment max_age (Starlette),
    PERMANENT_SESSION_LIFETIME (Flask), SESSION_COOKIE_AGE (Django) or idle (sessile) is below a minute: minutes or days that were
    taken for seconds, `timedelta(days=14).seconds` (which is 0), or a variable that goes before the code, as FLASK_... does with
    from_prefixed_env().
Tell apart: Express counts milliseconds, which is live-max-age-in-seconds; one date for all logins is live-expires-fixed-at-boot.
    An offset of a time zone is hours.
Fix: give the time in the unit that is asked for, as timedelta(...).total_seconds() where a number is. Users get it with their
    next login.
"""

from collections.abc import Iterator
from typing import Final

from sessile.doctor import layers
from sessile.doctor.causes import code
from sessile.doctor.causes.live import expires_fixed_at_boot, max_age_in_seconds
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Literal
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen
from sessile.doctor.layers import Layer
from sessile.doctor.visits import Visit, visits

ENTRIES = ("maxage-in-seconds",)
FREQUENCY = Frequency.COMMON
REMEDY = Remedy(
    "Give the lifetime in the unit that is asked for",
    changes=(
        Change("Starlette and FastAPI", "max_age=SESSION_MINUTES", "max_age=SESSION_MINUTES * 60"),
        Change("Flask", "FLASK_PERMANENT_SESSION_LIFETIME=14", "FLASK_PERMANENT_SESSION_LIFETIME=1209600"),
        Change(
            "Django",
            "SESSION_COOKIE_AGE = timedelta(days=14).seconds",
            "SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())",
        ),
    ),
)
LINKS = {"login, then 401": Level.SOMETIMES, "cookie does not come back": Level.USUALLY, "signature invalid": Level.NEVER}
SHORTEST: Final = 60
"""Nobody means a session of fewer seconds."""


def judge(facts: Facts) -> Finding:
    if isinstance(max_age_in_seconds.judge(facts), Confirmed):
        return RuledOut("Express was given milliseconds that are seconds: live-max-age-in-seconds")
    if isinstance(expires_fixed_at_boot.judge(facts), Confirmed):
        return RuledOut("every login is given the same end: live-expires-fixed-at-boot")
    met, coded = tuple(_met(facts)), tuple(_coded(facts))
    if met or coded:
        return Confirmed((*met[:2], *coded[:2]), certainty=0.99 if met else code.BY_CODE)
    if visits(facts) or layers.sources(facts):
        return RuledOut(f"no session is seen to be given less than {SHORTEST} seconds")
    return Unseen(Need.WIRE, "neither a login nor the source of a service in Python was given")


def _met(facts: Facts) -> Iterator[Evidence]:
    for visit in visits(facts):
        if visit.over_at_once:
            says = f"{visit.over_at_once.name} is over in the moment in which the login sets it"
            yield visit.wire.evidence(visit.login, says)
        elif (lasts := _lasts(visit)) is not None and 0 < lasts < SHORTEST:
            yield visit.wire.evidence(visit.login, f"{visit.name} lasts {lasts:g} seconds")


def _lasts(visit: Visit) -> float | None:
    """How long the login's cookie lasts, in seconds; None where nothing says."""
    cookie, response = visit.cookie, visit.login.response
    if cookie is None or cookie.max_age is not None:
        return cookie.max_age if cookie else None
    if cookie.expires is None or response is None or response.date is None:
        return None
    return (cookie.expires - response.date) / 1000


def _coded(facts: Facts) -> Iterator[Evidence]:
    for layer in layers.layers(facts):
        setting = layer.option("max_age")
        seconds = _seconds(facts, layer)
        if setting and seconds is not None and seconds < SHORTEST:
            yield layer.evidence(setting, f"{layer.keeper} is given a lifetime of {seconds:g} seconds")


def _seconds(facts: Facts, layer: Layer) -> float | None:
    """The lifetime in seconds, by the code and by what the environment says of its variables; None where nobody can tell."""
    setting = layer.option("max_age")
    value = code.effective(facts, setting.value) if setting else None
    plain = value.value if isinstance(value, Literal) else None
    if isinstance(plain, str):
        return float(plain) if plain.strip().isdecimal() else None
    return None if isinstance(plain, bool) or not isinstance(plain, int | float) else plain
