"""A Secure cookie is asked for over plain http, so express-session leaves it out.

Symptom: login works in production, and on http://localhost or an http staging host it answers 200 without a cookie.
Evidence: the login goes over plain http and its response sets no session cookie; the log says "not secured"
    (DEBUG=express-session), or the same host over https sets the cookie, with Secure.
Tell apart: only where the visitor's own address is http. Where it is https and the service sees http, its proxy is
    the matter: set-secure-without-trust-proxy, set-proxy-hides-https. Frameworks in Python send a Secure cookie over
    http all the same, and the browser drops it: then Set-Cookie is there.
Fix: `secure: 'auto'` with `trust proxy`, or `secure: false` in development only; https everywhere else.
"""

from typing import Final

from sessile.doctor.causes import code, unset
from sessile.doctor.causes.unset import Unset
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Literal
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy, RuledOut, Undecided
from sessile.doctor.visits import visits

ENTRIES = ("secure-on-plain-http",)
REMEDY = Remedy(
    "Ask for Secure where the visitor comes by https, and not on http://localhost",
    changes=(
        Change(
            "Express",
            "app.use(session({ cookie: { secure: true } }))",
            "app.set('trust proxy', 1)\napp.use(session({ cookie: { secure: 'auto' } }))",
        ),
        Change(
            "sessile (Starlette, FastAPI, Flask)",
            "CookiePolicy(secure=True)",
            'CookiePolicy(secure="auto")',
        ),
    ),
)
LINKS = {"login without Set-Cookie": Level.ALWAYS, "not secured": Level.SOMETIMES}

HARMLESS: Final = (Literal(False), Literal("auto"))


def judge(facts: Facts) -> Finding:
    said = unset.not_secured(facts)
    if unset.unseen(facts) and said:
        return Undecided(said)
    every = unset.unset(facts)
    logins = [one for one in every if not one.by_https and not one.behind_proxy]
    if not logins:
        return RuledOut("the visitor came by https") if every else unset.nothing(facts)
    if all(one.saved and one.saved.unsaved for one in logins):
        return RuledOut("the login saved no row, and for lack of https Express leaves out the cookie alone")
    if unset.refused_options(facts):
        return RuledOut("the log has the TypeError of a cookie that cannot be written, which comes once https does not matter")
    if _never_asked_for(facts):
        return RuledOut("the code asks for Secure nowhere, or only where the visitor comes by https")
    proof = said or next((shown for one in logins if (shown := _over_https(facts, one))), ())
    return Confirmed((logins[0].evidence, *proof), certainty=unset.SURE) if proof else unset.undecided(facts, logins)


def _never_asked_for(facts: Facts) -> bool:
    """Whether no session middleware of the code asks for Secure whatever the visitor came by."""
    given = [step.setting("cookie.secure") for source in code.express(facts) for step in code.sessions(source)]
    return bool(given) and all(one is None or code.effective(facts, one.value) in HARMLESS for one in given)


def _over_https(facts: Facts, one: Unset) -> tuple[Evidence, ...]:
    """The same host's login over https, which sets the cookie with Secure."""
    host = one.visit.login.request.address.host
    return tuple(
        visit.wire.evidence(visit.login, f"{visit.login} over https sets {visit.name} with Secure")
        for visit in visits(facts)
        if visit.cookie and visit.cookie.secure
        if visit.login.request.address.host == host and visit.login.request.address.scheme == "https"
    )[:1]
