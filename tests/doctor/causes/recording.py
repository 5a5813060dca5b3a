"""Recordings as Chrome exports them, built call by call and read through the HAR reader."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from sessile.doctor.causes import cause_named
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence, Diagnosis
from sessile.doctor.evidence import har
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Finding

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PAGE = "https://shop.example"
API = "https://api.shop.example"
FAR = "https://shop-api.onrender.com"
SID = "connect.sid=s%3A" + "q" * 32 + "." + "A" * 43
OTHER_SID = "connect.sid=s%3A" + "z" * 32 + "." + "B" * 43
LAX = f"{SID}; Path=/; HttpOnly; Secure; SameSite=Lax"
NONE = f"{SID}; Path=/; HttpOnly; Secure; SameSite=None"
CLEARED = "connect.sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
PASSWORD = '{"email":"ann@shop.example","password":"hunter2!"}'
NOBODY = '{"error":"not logged in"}'
SOMEBODY = '{"id":7,"name":"Ann"}'
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call: `at` and `wait` in milliseconds; `page` is the origin of the page that asks."""

    at: float
    what: str
    status: int = 200
    page: str = PAGE
    cookie: str = ""
    sets: tuple[str, ...] = ()
    got: dict[str, str] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)
    body: str = ""
    answer: str = ""
    wait: float = 20
    kind: str = "fetch"
    media: str = "application/json"
    agent: str = CHROME
    error: str = ""
    tab: str = "page_1"
    more: dict[str, Any] = field(default_factory=dict)
    by_worker: bool = False
    blocked: tuple[str, ...] = ()

    def entry(self, *, sanitized: bool) -> dict[str, Any]:
        method, url = self.what.split()
        crosses = self.kind == "fetch" and not url.startswith(self.page + "/")
        origin = {"Origin": self.page} if crosses else {}
        headers = {"Host": url.split("/")[2], "User-Agent": self.agent, **origin, "Referer": self.page + "/", **self.sent}
        date = f"{NOW + timedelta(milliseconds=self.at + self.wait):%a, %d %b %Y %H:%M:%S GMT}"
        lines = list({"Date": date, **self.got}.items())
        if not sanitized:
            headers |= {"Cookie": self.cookie} if self.cookie else {}
            lines += [("Set-Cookie", line) for line in self.sets]
        return {
            "startedDateTime": (NOW + timedelta(milliseconds=self.at)).isoformat(),
            "time": self.wait + 2,
            "pageref": self.tab,
            "_resourceType": self.kind,
            "request": {
                "method": method,
                "url": url,
                "httpVersion": "h2",
                "headers": [{"name": name, "value": value} for name, value in headers.items() if value],
                "cookies": [],
                "queryString": [],
                "postData": {"mimeType": "application/json", "text": self.body} if self.body else None,
                "headersSize": -1,
                "bodySize": len(self.body),
                "_blockedCookies": [{"cookie": {"name": "connect.sid"}, "blockedReasons": [reason]} for reason in self.blocked],
            },
            "response": {
                "status": self.status,
                "statusText": "",
                "httpVersion": "h2",
                "headers": [{"name": name, "value": value} for name, value in lines],
                "cookies": [],
                "content": {"size": len(self.answer), "mimeType": self.media, "text": self.answer},
                "redirectURL": "",
                "headersSize": -1,
                "bodySize": len(self.answer),
                "_error": self.error or None,
                "_fetchedViaServiceWorker": self.by_worker,
            },
            "cache": {},
            "timings": {"send": 0, "wait": self.wait, "receive": 2},
            **self.more,
        }


def login(at: float = 0, to: str = API, line: str = LAX, **more: Any) -> Call:
    """A login that succeeds and sets the cookie."""
    got = allowing(more.get("page", PAGE))
    given = {"body": PASSWORD, "answer": '{"ok":true}', "sets": (line,) if line else (), "got": got, **more}
    return Call(at=at, what=f"POST {to}/login", **given)


def me(at: float = 1000, to: str = API, **more: Any) -> Call:
    """The question who is logged in, answered for nobody unless said otherwise."""
    given = {"status": 401, "answer": NOBODY, "got": allowing(more.get("page", PAGE)), **more}
    return Call(at=at, what=f"GET {to}/api/me", **given)


def let_in(at: float = 1000, to: str = API, **more: Any) -> Call:
    """The question who is logged in, asked with the cookie and answered with a user."""
    return me(at, to, **{"status": 200, "answer": SOMEBODY, "cookie": SID, **more})


def preflight(at: float, of: str, status: int = 204, **more: Any) -> Call:
    """The preflight of a call "METHOD URL", which asks for Content-Type."""
    method, url = of.split()
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type", "Origin": PAGE}
    return Call(at=at, what=f"OPTIONS {url}", status=status, kind="preflight", **{"sent": asked, "got": allowing(), **more})


def allowing(origin: str = PAGE, credentials: str = "true", **more: str) -> dict[str, str]:
    """CORS headers that let a page read the answer; "" leaves one out."""
    named = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": credentials}
    allowed = {"Access-Control-Allow-Headers": "Content-Type", "Access-Control-Allow-Methods": "GET,PUT,POST"}
    return {name: value for name, value in {**named, **allowed, "Vary": "Origin", **more}.items() if value}


def recorded(*calls: Call, sanitized: bool = False, top: str = PAGE + "/", creator: str = "WebInspector") -> Facts:
    """The recording as facts; `sanitized` leaves the cookies out as Chrome's plain export does."""
    tabs = dict.fromkeys(call.tab for call in calls)
    document = {
        "log": {
            "version": "1.2",
            "creator": {"name": creator, "version": "537.36"},
            "pages": [{"startedDateTime": NOW.isoformat(), "id": tab, "title": top, "pageTimings": {}} for tab in tabs],
            "entries": [call.entry(sanitized=sanitized) for call in calls],
        }
    }
    wire = har.collect("x.har", stream=BytesIO(json.dumps(document).encode()))
    return Facts(now=NOW, wires=(wire,))


def judged(cause_id: str, facts: Facts) -> Finding:
    """What one cause says."""
    cause = cause_named(cause_id)
    assert cause is not None
    return cause.judge(facts)


def first(facts: Facts) -> str:
    """The cause that stands first, with how sure the diagnosis is: "send-x confirmed"; "" if there is none."""
    suspects = diagnose(facts).causes
    return f"{suspects[0].cause.id} {suspects[0].confidence}" if suspects else ""


def confirmed(diagnosis: Diagnosis) -> list[str]:
    """The ids of the causes that are proven."""
    return [one.cause.id for one in diagnosis.causes if one.confidence is Confidence.CONFIRMED]
