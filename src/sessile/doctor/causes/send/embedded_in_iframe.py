"""The page runs in an iframe of another site, where a browser neither keeps nor sends cookies that are not made for it.

Symptom: logged out inside an LMS, a shop's admin page, a preview pane; in a tab of its own everything works.
Evidence: Sec-Fetch-Dest: iframe with a top-level page of another site, and a cookie without SameSite=None; Secure. Page
    and service may be of one origin: what counts is the page in the address bar.
Tell apart: with a cross-site service the page itself is of another site than the service, in a tab, too. A cookie that
    is SameSite=None; Secure and still missing is blocked as a third-party cookie: send-third-party-blocked.
Fix: SameSite=None; Secure; Partitioned for the cookie, if the page is meant to be embedded; where the session of the
    tab is wanted, the Storage Access API. Let the login remove the cookie without Partitioned, or browsers send both; nobody is
    logged out by it. Check that a CSRF token guards every change, for SameSite then no longer does.
"""

from collections.abc import Iterator

from sessile.cookies import Reason
from sessile.doctor.causes import embedding, unsent
from sessile.doctor.causes.embedding import frames
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Need, Remedy, RuledOut, Unseen
from sessile.doctor.visits import visits

ENTRIES = ("iframe-embedded",)
REMEDY = Remedy(
    "Set the cookie with SameSite=None; Secure; Partitioned",
    changes=(
        Change(
            "Express",
            "cookie: { sameSite: 'lax', secure: 'auto' }",
            "cookie: { sameSite: 'none', secure: true, partitioned: true }\n"
            "// in the login, for as long as the old cookie may live:\n"
            "res.clearCookie('connect.sid', { path: '/', secure: true, sameSite: 'none' })",
        ),
        Change(
            "Starlette and FastAPI",
            'CookiePolicy(same_site="lax")',
            'CookiePolicy(same_site="none", secure=True, partitioned=True)',
        ),
        Change(
            "Flask",
            'SESSION_COOKIE_SAMESITE = "Lax"',
            'SESSION_COOKIE_SAMESITE = "None"\nSESSION_COOKIE_SECURE = True\nSESSION_COOKIE_PARTITIONED = True',
        ),
        Change("Django", 'SESSION_COOKIE_SAMESITE = "Lax"', 'SESSION_COOKIE_SAMESITE = "None"\nSESSION_COOKIE_SECURE = True'),
    ),
)
LINKS = {"cookie does not come back": Level.ALWAYS}

_SAME_SITE = frozenset({Reason.SAMESITE_STRICT, Reason.SAMESITE_LAX, Reason.SAMESITE_UNSPECIFIED_TREATED_AS_LAX})


def judge(facts: Facts) -> Finding:
    if refused := next(_refused(facts), None):
        return Confirmed(refused)
    if not facts.wires:
        return Unseen(Need.WIRE, "no recording was given")
    embedded = [frame for wire in facts.wires for frame in frames(wire)]
    if not embedded:
        return RuledOut("no page runs in an iframe of another site")
    unknown = next((visit.cookies for visit in visits(facts) if not isinstance(visit.cookies, tuple)), None)
    return (
        Unseen(Need.WIRE, unknown.why) if unknown is not None else RuledOut("the cookie may be kept and sent inside the iframe")
    )


def _refused(facts: Facts) -> Iterator[tuple[Evidence, ...]]:
    for one in unsent.unsent(facts):
        replayed = embedding.replay(one.visit, one.exchange, one.frames)
        if replayed is None or replayed.frame is None:
            continue
        choices = replayed.sending.of(one.visit.name)
        objections = (*replayed.setting.objections, *(objection for choice in choices for objection in choice.objections))
        if _SAME_SITE & {objection.reason for objection in objections}:
            document = replayed.frame.document
            says = f"{document}: the page runs in an iframe of {replayed.frame.around}"
            why = f"{one.visit.name} is not {'sent' if choices else 'kept'} there: {'; '.join(map(str, objections))}"
            yield one.visit.wire.evidence(document, says), one.evidence(why)
