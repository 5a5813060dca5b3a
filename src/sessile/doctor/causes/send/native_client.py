"""The client is an app and no browser: it has cookies of its own, or none, or its pages are of no site.

Symptom: the mobile app asks for the login at each start, or after each request; the same account works in the phone's
    browser.
Evidence: the Origin is capacitor://localhost, ionic://localhost, file:// or null, which is of another site than every
    service; or the User-Agent is that of an HTTP library (okhttp, CFNetwork, Dart, Expo), which keeps cookies only if
    told to.
Tell apart: by Origin and User-Agent alone. A browser on the same phone keeps the cookie; if it does not, look for a
    cause that is there for all.
Fix: let the app use its platform's own requests and cookies (CapacitorHttp, a cookie jar), or give it a token. Leave
    the web as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sessile.doctor.causes import rendering, unsent
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.visits import Visit, visits

ENTRIES = ("native-or-webview-client",)
UNPROVOKED = "It needs a phone, or its emulator; it is tested on recordings in the form of mitmproxy's."
REMEDY = Remedy(
    "Give the app a cookie jar of its platform, or a token",
    changes=(
        Change(
            "Capacitor (capacitor.config.json)",
            '"plugins": {}',
            '"plugins": { "CapacitorHttp": { "enabled": true }, "CapacitorCookies": { "enabled": true } }',
        ),
        Change(
            "Android, okhttp",
            "OkHttpClient()",
            "OkHttpClient.Builder().cookieJar(JavaNetCookieJar(CookieManager())).build()",
        ),
        Change(
            "Python, httpx",
            "httpx.post(url)\nhttpx.get(me)",
            "with httpx.Client() as client:\n    client.post(url)\n    client.get(me)",
        ),
    ),
)
LINKS = {"cookie does not come back": Level.USUALLY}

_OWN_SCHEME = re.compile(r"(?:capacitor|ionic|file|app|tauri|cordova|ms-appx(?:-web)?)://", re.IGNORECASE)
_LIBRARY = re.compile(
    r"(?!Mozilla/)(?:.*\b)?(okhttp|CFNetwork|Dart|Expo|ReactNative|Alamofire|Dalvik|python-requests|python-httpx|aiohttp)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Client:
    """What kind of client it is, in words; `certain` if it alone explains why a cookie is not there."""

    says: str
    certain: bool


def judge(facts: Facts) -> Finding:
    if not facts.wires:
        return Unseen(Need.WIRE, "no recording was given")
    suspected = [evidence for visit in visits(facts) for evidence in _suspected(visit)]
    if proven := next((evidence for evidence, certain in suspected if certain), None):
        return Confirmed(proven, certainty=0.95)
    if suspected:
        return Undecided(suspected[0][0])
    if not any(_client(one) for wire in facts.wires for one in wire.exchanges):
        return RuledOut("every request comes from a browser and a page with an address")
    return unsent.nothing(facts)


def _suspected(visit: Visit) -> Iterator[tuple[tuple[Evidence, ...], bool]]:
    """Requests of such a client that were turned away without the cookie, and whether its kind explains it.

    What a server asks while it renders a page comes from such a library, too, and from no app.
    """
    rendered = {id(one.call) for one in rendering.renderings(visit)}
    for one in visit.turned_away:
        client = _client(one) if id(one) not in rendered else None
        if client and visit.cookie and visit.sent(one) == ():
            says = f"{one} carries no cookie, and {client.says}"
            yield (unsent.set_to(visit), visit.wire.evidence(one, says)), client.certain


def _client(one: Exchange) -> _Client | None:
    origin, agent = one.request.origin or "", one.request.headers.get("user-agent") or ""
    if _OWN_SCHEME.match(origin):
        return _Client(f"its page is {origin}, of another site than every service", certain=True)
    if library := _LIBRARY.match(agent):
        return _Client(f"it comes from {library[1]}, which is no browser and has its own cookies, if any", certain=True)
    if origin == "null":
        return _Client("its page is of no site: a file, or a sandboxed iframe", certain=False)
    return None
