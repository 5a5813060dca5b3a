"""The cookie is Secure, and a link, an app or a page asks by plain http, where it does not go along.

Symptom: some links, WebViews or bookmarks show the site logged out, and the same page over https is well.
Evidence: the login over https set a Secure cookie, and a request of the same host by http was turned away without it:
    SecureOnly.
Tell apart: by the scheme of the request that failed. Where the login itself goes over http, nothing is kept at all:
    keep-secure-over-http, set-secure-on-plain-http.
Fix: redirect every http request to https before anything else, and switch Strict-Transport-Security on; mend the link.
"""

from dataclasses import replace

from sessile.cookies import Reason
from sessile.doctor.causes import https, unsent
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, RuledOut, Unseen

ENTRIES = ("secure-cookie-http-request",)
FREQUENCY = Frequency.RARE
REMEDY = replace(
    https.ONLY,
    changes=(*https.ONLY.changes, Change("the page", "http://shop.example/account", "https://shop.example/account")),
)
LINKS = {"cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    for one in unsent.unsent(facts):
        by_https = one.visit.login.request.address.scheme == "https"
        if by_https and one.choices and all(Reason.SECURE_ONLY in choice.reasons for choice in one.choices):
            asked = f"{one.exchange} of {one.exchange.request.address.origin}"
            says = f"{asked} goes without {one.visit.name}, which is Secure: SecureOnly"
            return Confirmed((unsent.set_to(one.visit), one.evidence(says)))
    unknown = unsent.nothing(facts)
    return (
        unknown if isinstance(unknown, Unseen) else RuledOut("no request by plain http was turned away without a Secure cookie")
    )
