"""The cookie names no Domain, so it is for the host that set it, and another name of the domain needs it, too.

Symptom: the page calls api.example.com with the session, and app.example.com, which renders pages itself, sees nobody.
Evidence: the login's Set-Cookie on one host names no Domain, or a narrower one, and a request to another name of the same
    registrable domain was turned away without it: DomainMismatch.
Tell apart: calls to the host that set the cookie work. A domain and its www are send-www-and-apex. Two names below a public
    suffix, as onrender.com, cannot share a cookie at all. A host that nothing links to this login may be a service with a
    login of its own: then this is only a guess.
Fix: Domain=example.com, together with a response that removes the cookie without Domain (nobody is logged out by it), and
    only if every host below the domain is trusted with the session; else let the page's server pass the Cookie header on
    from one host.
"""

from sessile.doctor.causes import hosts
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Finding, Level, Remedy

ENTRIES = ("subdomain-host-only",)
REMEDY = Remedy(
    "Set the cookie for the domain that both hosts share, and remove the one without Domain",
    changes=(
        Change(
            "Express",
            "cookie: { secure: true }",
            "cookie: { secure: true, domain: 'shop.example' }\n"
            "// for some weeks, in the login:\nres.clearCookie('connect.sid', { path: '/' })",
        ),
        Change(
            "Starlette and FastAPI",
            "CookiePolicy()",
            'CookiePolicy(domain="shop.example")   # the one without Domain is removed with the next save',
        ),
        Change(
            "Flask",
            "SESSION_COOKIE_DOMAIN = None",
            'SESSION_COOKIE_DOMAIN = "shop.example"\nresponse.delete_cookie("session", path="/")   # in the login, as above',
        ),
        Change(
            "Django",
            "SESSION_COOKIE_DOMAIN = None",
            'SESSION_COOKIE_DOMAIN = "shop.example"\nresponse.delete_cookie("sessionid", path="/")   # in the login, as above',
        ),
    ),
)
LINKS = {"cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    return hosts.judge(facts, hosts.siblings)
