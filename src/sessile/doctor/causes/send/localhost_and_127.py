"""On a developer's machine one part says localhost and another 127.0.0.1, which browsers take for two hosts and two sites.

Symptom: a login loop in development, with one spelling of the host and not with the other.
Evidence: the host changes between localhost and 127.0.0.1, [::1] or the address in the local network, from the page to its
    service or from the login to the next request. The cookie belongs to one of them; a script's request from one to the
    other is cross-site.
Tell apart: it is met in development only. Two ports of one host are no two sites, and share their cookies.
Fix: one spelling everywhere: in the page, in the service's URL that it calls, and in the OAuth redirect URI.
"""

from sessile.doctor.causes import hosts, withheld
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy

ENTRIES = ("localhost-vs-127",)
REMEDY = Remedy(
    "Write localhost everywhere: in the page's URL, in the service's, and in the OAuth redirect",
    logs_out="the developer who is logged in at 127.0.0.1",
    instead="nothing carries a cookie to another host: log in once more",
    changes=(
        Change("the page", "VITE_API_URL=http://127.0.0.1:3000", "VITE_API_URL=http://localhost:3000"),
        Change(
            "Express",
            "callbackURL: 'http://127.0.0.1:3000/auth/google/callback'",
            "callbackURL: 'http://localhost:3000/auth/google/callback'",
        ),
        Change(
            "Python",
            'redirect_uri = "http://127.0.0.1:3000/auth/google/callback"',
            'redirect_uri = "http://localhost:3000/auth/google/callback"',
        ),
    ),
)
LINKS = {"cookie not kept": Level.USUALLY, "cookie does not come back": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    if found := next((one for one in withheld.withheld(facts) if one.between(hosts.one_machine)), None):
        return Confirmed(found.evidence)
    return hosts.judge(facts, hosts.one_machine)
