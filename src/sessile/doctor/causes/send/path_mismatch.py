"""The cookie is for one path, and the request goes to another.

Symptom: some pages know the user and others do not; outside the path Express answers 500, "Cannot read properties of
    undefined", for there is no session at all.
Evidence: the cookie's Path, or the folder of the login where it has none, does not cover the request's path: NotOnPath.
    express-session logs "pathname mismatch" (DEBUG=express-session). In the code, `cookie: { path: '/api' }` and a route
    elsewhere that uses the session.
Tell apart: requests below the Path carry the cookie. A proxy may have put the Path in: asked directly, the service then
    sets another one. Where two session() calls share a store it is set-store-shared-by-two-sessions.
Fix: Path=/, and a response that removes the cookie of the old path, which would otherwise go first. No session is lost.
"""

from collections.abc import Iterator, Sequence

from sessile.cookies import Reason
from sessile.cookies.cookie import path_matches
from sessile.doctor.causes import code, mixing, proxied, unsent
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.source import Literal, Part
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Undecided
from sessile.doctor.visits import Visit, turned_away, visits

ENTRIES = ("cookie-path-mismatch",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Set the cookie for the whole site (Path=/), and remove the one of the old path for as long as it may live",
    changes=(
        Change(
            "Express",
            "cookie: { path: '/api' }",
            "cookie: { path: '/' }\n// in the login, for as long as the old cookie may live:\n"
            "res.clearCookie('connect.sid', { path: '/api' })",
        ),
        Change(
            "sessile (Starlette, FastAPI, Flask)",
            'CookiePolicy(path="/api")',
            "CookiePolicy()   # the cookie of the old path is removed with the next save",
        ),
        Change(
            "Starlette and FastAPI",
            'app.add_middleware(SessionMiddleware, secret_key=key, path="/api")',
            "app.add_middleware(SessionMiddleware, secret_key=key)\n"
            'response.delete_cookie("session", path="/api")   # in the login, for as long as the old cookie may live',
        ),
        Change(
            "Flask",
            'SESSION_COOKIE_PATH = "/api"',
            'SESSION_COOKIE_PATH = "/"\nresponse.delete_cookie("session", path="/api")   # in the login, as above',
        ),
        Change(
            "Django",
            'SESSION_COOKIE_PATH = "/api"',
            'SESSION_COOKIE_PATH = "/"\nresponse.delete_cookie("sessionid", path="/api")   # in the login, as above',
        ),
        Change(
            "nginx",
            "proxy_cookie_path / /admin/;",
            "# the service's Path is right as it is: proxy_cookie_path only where the location's path differs from the service's",
        ),
    ),
)
LINKS = {"cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    if mixed := mixing.mixed(facts):
        return RuledOut(f"two session() calls share one store, and so their Path: {mixed[0].says}")
    if proven := next((proof for visit in visits(facts) for proof in _outside(visit)), None):
        return Confirmed(*proven)
    if moved := proxied.moves_cookie(facts):
        return Confirmed(moved, certainty=proxied.CERTAINTY)
    said = tuple(log.evidence(event) for log in facts.logs for event in log.of(Kind.PATH_MISMATCH))
    if coded := tuple(_coded(facts)):
        return Confirmed((*coded, *said), certainty=code.BOTH if said else code.BY_CODE)
    if said and not facts.wires:
        return Undecided(said)
    return unsent.nothing(facts)


def _coded(facts: Facts) -> Iterator[Evidence]:
    """The routes that use the session and lie outside of the path that the code gives its cookie."""
    for source in code.express(facts):
        given = [step.setting("cookie.path") for step in code.sessions(source)]
        paths = [code.effective(facts, one.value) if one else Literal("/") for one in given]
        known = [path.value for path in paths if isinstance(path, Literal) and isinstance(path.value, str)]
        if not source.ordered or not known or len(known) < len(paths):
            continue
        outside = [step for step in source.of(Part.ROUTE) if step.needs_session and _lies_outside(step.path, known)]
        if outside:
            yield from (source.evidence(one.place, "the cookie is for this path and below") for one in given if one)
        yield from (source.evidence(step.place, f"{step.path} lies outside, and uses the session") for step in outside)


def _lies_outside(route: str, paths: Sequence[str]) -> bool:
    return route.startswith("/") and not any(path_matches(path or "/", route) for path in paths)


def _outside(visit: Visit) -> Iterator[tuple[tuple[Evidence, ...], str]]:
    """Requests outside of the cookie's path that found no session: what shows it, and a title."""
    for one in visit.after:
        passage = visit.passages.get(one.pointer)
        if passage is None or visit.sent(one) != () or not (turned_away(one) or one.status >= 500):
            continue
        choices = passage.sending.of(visit.name)
        if choices and all(choice.reasons == (Reason.NOT_ON_PATH,) for choice in choices):
            path = choices[0].cookie.path
            says = f"{one} goes without {visit.name}, which is for {path} and below: NotOnPath"
            title = f"The cookie is for {path} and below, and {one.request.address.path} lies outside"
            yield (unsent.set_to(visit), visit.wire.evidence(one, says)), title
