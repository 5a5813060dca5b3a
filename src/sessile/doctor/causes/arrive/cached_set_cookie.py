"""A shared cache hands out one user's session cookie to everybody.

Symptom: loading a page or an image logs people out, or in as somebody else; only behind the CDN, and only where it
    has a copy.
Evidence: an answer that came out of a shared cache (Age, X-Cache: HIT, CF-Cache-Status: HIT) carries Set-Cookie for
    the session cookie: with rolling, or a session middleware before the static files, every answer does.
Tell apart: the answer that sets the cookie is no login, and came from the cache; duplicates of a name come from two
    identities of the cookie (Domain, Path), with the same value for nobody.
Fix: serve static files before the session middleware, let the cache store nothing that sets a cookie, purge it, and
    revoke the sessions whose cookies it handed out: it is a security incident.
"""

from sessile.doctor import timeline
from sessile.doctor.causes import passing
from sessile.doctor.facts import Facts
from sessile.doctor.facts.exchange import Role
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Need, Remedy, Unseen
from sessile.doctor.visits import session_names

ENTRIES = ("cdn-caches-set-cookie",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Serve static files before the session middleware, keep answers that set a cookie out of the cache, purge it, and revoke"
    " the sessions it handed out",
    "sessile sessions",
    logs_out="whoever's cookie the cache handed out, and whoever got it",
    instead="nothing would be safe, for strangers hold those cookies; everybody else stays logged in",
    changes=(
        Change(
            "Express",
            "app.use(session({ rolling: true, ... }))\napp.use(express.static('public'))",
            "app.use(express.static('public'))\napp.use(session({ rolling: true, ... }))",
        ),
        Change(
            "nginx",
            "proxy_cache shop;\nproxy_ignore_headers Set-Cookie Cache-Control;",
            "proxy_cache shop;\nproxy_no_cache $upstream_http_set_cookie;",
        ),
        Change(
            "Starlette and FastAPI",
            'app.mount("/static", StaticFiles(directory="static"))   # inside SessionMiddleware',
            'app = Starlette(routes=[Mount("/static", StaticFiles(directory="static")), Mount("/", SessionMiddleware(site))])',
        ),
        Change(
            "Flask", "app.config['SESSION_REFRESH_EACH_REQUEST'] = True", "app.config['SESSION_REFRESH_EACH_REQUEST'] = False"
        ),
    ),
)


def judge(facts: Facts) -> Finding:
    for wire in facts.wires:
        names = session_names(wire)
        for one in wire.exchanges:
            lines = one.response.set_cookies if one.response else ()
            set_here = (
                [line.name for line in lines if line.name in names and not line.removes] if isinstance(lines, tuple) else []
            )
            if set_here and one.role is not Role.LOGIN and passing.by_shared_cache(one):
                says = f"{one} came from {timeline.cached(one)} and sets {set_here[0]} ({passing.headers_of_cache(one)})"
                return Confirmed((wire.evidence(one, says),))
    if facts.wires and all(wire.sanitized for wire in facts.wires):
        return Unseen(Need.WIRE, "the recording was exported without cookies")
    return passing.nothing(facts, "no answer from a shared cache sets the session cookie")
