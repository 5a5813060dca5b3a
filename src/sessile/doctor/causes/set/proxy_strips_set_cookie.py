"""A proxy or a CDN takes Set-Cookie out of the login's answer.

Symptom: the login succeeds, the row is there, and the browser gets no cookie; asked directly, the service sends one.
Evidence: the same login sets the cookie where it is answered directly, and not through the proxy, whose mark (Via,
    X-Cache, Server) the answer carries.
Tell apart: without trust proxy the service itself sends no cookie, also directly over plain http; the log then says
    "not secured". A login that saves no row never touched the session. A cookie that cannot be written, for a bad
    Domain, say, logs a TypeError.
Fix: keep logins and everything that sets a cookie out of the cache, and let the proxy pass Set-Cookie on.
"""

from sessile.doctor.causes import passing, proxied, unset
from sessile.doctor.causes.unset import Direct
from sessile.doctor.facts import Evidence, Facts, Unknown
from sessile.doctor.facts.cookies import CookieSet
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.placement import orphans
from sessile.doctor.visits import Visit, visits

ENTRIES = ("set-cookie-stripped-by-cdn",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Let the proxy pass Set-Cookie on, and keep what sets a cookie out of the cache",
    changes=(
        Change(
            "nginx",
            "location / { proxy_pass http://app; proxy_cache shop; proxy_hide_header Set-Cookie; }",
            "location / { proxy_pass http://app; proxy_cache shop; proxy_no_cache $upstream_http_set_cookie; }\n"
            "location /login { proxy_pass http://app; }",
        ),
        Change(
            "Express",
            "app.post('/login', login)",
            "app.post('/login', (req, res, next) => { res.set('Cache-Control', 'private, no-store'); next() }, login)",
        ),
        Change(
            "Starlette and FastAPI",
            "return JSONResponse(user)",
            'return JSONResponse(user, headers={"Cache-Control": "private, no-store"})',
        ),
    ),
)
LINKS = {
    "login without Set-Cookie": Level.ALWAYS,
    "not secured": Level.NEVER,
    "sessions never seen again": Level.USUALLY,
    "same user logs in again and again": Level.USUALLY,
}


def judge(facts: Facts) -> Finding:
    if configured := proxied.hides_set_cookie(facts):
        return Confirmed(configured, certainty=proxied.CERTAINTY)
    logins = visits(facts)
    if not logins:
        return passing.nothing(facts, "the recording shows no login")
    if all(isinstance(visit.cookies, Unknown) for visit in logins):
        return Unseen(Need.WIRE, "the recording was exported without cookies")
    without = [visit for visit in logins if visit.cookies == ()]
    answered = [(visit, direct) for visit in without for direct in unset.directly(facts, visit)]
    found = [_beside(visit, direct, direct.line) for visit, direct in answered if direct.line]
    if found:
        return next((finding for finding in found if isinstance(finding, Confirmed)), found[0])
    if any(direct.proxied is visit.login for visit, direct in answered):
        return RuledOut("answered directly, the login sets no session cookie, either")
    if not without:
        return RuledOut("the login's answer sets the session cookie")
    return _alone(facts, without)


def _beside(visit: Visit, direct: Direct, line: CookieSet) -> Confirmed | Undecided:
    """A direct answer sets the cookie, and the proxied one does not.

    A Secure cookie may be sent because the direct request was made to look like https, which the proxy then omits to say.
    """
    one, asked = direct.proxied, direct.asked
    proxied = visit.wire.evidence(one, f"{one} {passing.through(one)} sets no session cookie")
    there = asked.wire.evidence(asked.exchange, f"{asked.exchange} directly sets {line.name}")
    request = asked.exchange.request
    claimed = request.address.scheme == "https" or request.headers.get("x-forwarded-proto") or request.headers.get("forwarded")
    return Undecided((proxied, there)) if line.secure and claimed else Confirmed((proxied, there))


def _alone(facts: Facts, without: list[Visit]) -> Finding:
    """No direct answer is at hand: the row, the log and what else passed the proxy tell something."""
    saved = [facts.correlations.login(visit.wire, visit.login) for visit in without]
    if any(login and login.unsaved for login in saved):
        return RuledOut("the login saved no row, so the service had no cookie to send")
    if unset.not_secured(facts):
        return RuledOut("the service's log says that it sent no cookie, because the request did not look like https")
    if unset.refused_options(facts):
        return RuledOut("the log has the TypeError of a cookie that cannot be written, so the service had none to send")
    passed = next((visit for visit in without if visit.login.response and visit.login.response.set_cookies), None)
    if passed:
        return RuledOut("another cookie of the same answer came through")
    if not any(passing.marks(visit.login) for visit in without):
        return RuledOut("no proxy left its mark in the login's answer")
    visit = without[0]
    says = f"{visit.login} came {passing.through(visit.login)} and sets no cookie at all"
    evidence: tuple[Evidence, ...] = (visit.wire.evidence(visit.login, says), *orphans(facts))
    return Undecided(evidence)
