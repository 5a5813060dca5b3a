"""The cookie's maxAge is no time that can be written, so the cookie is left out or is over at once.

Symptom: the login answers 200 without a cookie; with 0 or a negative number the browser drops it at once.
Evidence: TypeError: option expires is invalid, after the answer. In the code, maxAge is Infinity, NaN (a variable that is not
    set, a word that is no number), zero or negative, or beyond what a date can hold.
Tell apart: a request that does not look like https has no TypeError. A name or a domain that cannot be written says so.
Fix: give a finite number of milliseconds. Browsers keep a cookie for 400 days at most. No session is lost.
"""

import math

from sessile.doctor.causes import code, unwritten
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Choice, Literal, Value, Variable
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy

ENTRIES = ("maxage-invalid",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Give maxAge as a finite number of milliseconds above zero",
    changes=(Change("Express", "cookie: { maxAge: Infinity }", "cookie: { maxAge: 400 * 24 * 60 * 60 * 1000 }"),),
)
LINKS = {
    "login without Set-Cookie": Level.ALWAYS,
    "not secured": Level.NEVER,
    "sessions never seen again": Level.USUALLY,
    "same user logs in again and again": Level.USUALLY,
    "login, then 401": Level.USUALLY,
}
FARTHEST = 8.64e15
"""So many milliseconds from 1970 the last time lies that JavaScript's Date can hold (ECMA-262, time values)."""


def judge(facts: Facts) -> Finding:
    proof = _proof(facts)
    met = unwritten.judge(facts, "option expires is invalid", *proof)
    return code.certain(facts, *proof) if proof and not isinstance(met, Confirmed) else met


def _proof(facts: Facts) -> tuple[Evidence, ...]:
    return tuple(
        source.evidence(setting.place, says)
        for source, _, setting in code.options(facts, "cookie.maxAge")
        if (says := _flaw(facts, setting.value))
    )


def _flaw(facts: Facts, given: Value) -> str:
    value = code.effective(facts, given) if isinstance(given, Variable | Choice) else given
    if code.converted(given) and isinstance(value, Literal) and isinstance(value.value, str):
        return "" if value.value.isdigit() else "maxAge is not a number here"
    if not isinstance(value, Literal) or isinstance(value.value, bool) or not isinstance(value.value, int | float):
        return ""
    if math.isnan(value.value) or value.value > FARTHEST / 2:
        return f"maxAge is {value.value}, and no date can hold that"
    return f"maxAge is {value.value}: the cookie is over when it is set" if value.value <= 0 else ""
