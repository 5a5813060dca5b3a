"""The cookie has no lifetime, so it ends with the browser.

Symptom: users are logged out whenever they close the browser, or their phone closes the app.
Evidence: Set-Cookie has neither Expires nor Max-Age; the rows' originalMaxAge is null, and they live for a day. In the code,
    no `cookie.maxAge`.
Tell apart: it happens at a restart of the browser and at no other time, and the row survives it.
Fix: give cookie.maxAge. Users get it with their next login; no session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Literal
from sessile.doctor.findings import Change, Finding, Need, Noted, Remedy, RuledOut, Unseen
from sessile.doctor.visits import visits

ENTRIES = ("browser-session-cookie",)
REMEDY = Remedy(
    "Give the cookie a lifetime",
    changes=(
        Change(
            "Express",
            "session({ secret, store })",
            "session({ secret, store, cookie: { maxAge: 14 * 24 * 60 * 60 * 1000 } })",
        ),
    ),
)
WHY = "whoever closes the browser is logged out, which may be meant; browsers that restore their tabs keep the cookie"


def judge(facts: Facts) -> Finding:
    proof = (*_given(facts), *_set(facts), *_kept(facts))
    if proof:
        return Noted(proof, WHY)
    if facts.sources:
        return code.absent(facts, "the cookie has a lifetime", "cookie.maxAge")
    return RuledOut("the cookie has a lifetime") if visits(facts) else Unseen(Need.WIRE, "no recording was given")


def _given(facts: Facts) -> tuple[Evidence, ...]:
    found = []
    for source in code.express(facts):
        for step in code.sessions(source):
            lives = [one for name in ("cookie.maxAge", "cookie.expires") if (one := step.setting(name))]
            if not any(one.value != Literal(None) for one in lives):
                found.append(source.evidence(step.place, "the cookie is given no maxAge"))
    return tuple(found)


def _set(facts: Facts) -> tuple[Evidence, ...]:
    found = []
    for visit in visits(facts):
        cookie = visit.cookie
        if cookie and cookie.expires is None and cookie.max_age is None:
            found.append(visit.wire.evidence(visit.login, f"{visit.name} is set without Expires and Max-Age"))
    return tuple(found[:1])


def _kept(facts: Facts) -> tuple[Evidence, ...]:
    rows = facts.rows
    if rows is None or not rows.browser_sessions or rows.browser_sessions * 2 < rows.read:
        return ()
    says = f"{rows.browser_sessions} of {rows.read} rows have no originalMaxAge"
    return (Evidence(says, "postgres", "sess.cookie.originalMaxAge"),)
