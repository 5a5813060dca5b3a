"""One visit to a login service as each exporter writes it down.

The forms follow the exporters' sources where these are public (Firefox: har-builder.js, Safari: HARBuilder.js) and their
files where they are not (Charles, Fiddler, Proxyman). Chrome, Playwright and mitmproxy are recorded, not made: see
`tests/fixtures/har`.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

SID = "s%3Aq1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6.b2lDSGJYZDhhTm5ZQ3lLVG1QcVdlUjJ0WXV4QzRzZGY"
PASSWORD = "the-sample-password"
TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzYW1wbGUifQ.c2FtcGxl"
EMAIL = "ana.sample@example.com"
BEGAN = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

Json = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One request of the visit; `lines` are its Set-Cookie lines, `at` and the phases are in milliseconds."""

    method: str
    path: str
    status: int
    at: int
    cookie: str = ""
    lines: tuple[str, ...] = ()
    posted: str = ""
    body: str = '{"ok":true}'
    wait: int = 20
    receive: int = 2
    location: str = ""


VISIT = (
    Step("GET", "/api/me", 401, 0, body='{"error":"Session expired"}'),
    Step(
        *("POST", "/api/login", 302, 100),
        lines=("theme=dark; Path=/; Expires=Tue, 24 Nov 2026 10:00:00 GMT", f"connect.sid={SID}; Path=/; HttpOnly; SameSite=Lax"),
        posted=json.dumps({"email": EMAIL, "password": PASSWORD}),
        location="/home?next=1",
    ),
    Step("GET", "/home?next=1", 200, 130, cookie=f"theme=dark; connect.sid={SID}", body="<html>"),
    Step("GET", "/api/me", 200, 200, cookie=f"theme=dark; connect.sid={SID}", body=json.dumps({"id": 7, "email": EMAIL})),
)


def firefox() -> bytes:
    """Local times with an offset, cookies in both places, unknown sizes as -1, an empty postData left out."""
    entries = [
        {
            "startedDateTime": _local(step, hours=5.5).isoformat(timespec="milliseconds"),
            "request": {
                "bodySize": len(step.posted),
                **_request(step, "HTTP/2"),
                **({"postData": {"mimeType": "application/json", "params": [], "text": step.posted}} if step.posted else {}),
            },
            "response": _response(step, "HTTP/2") | {"content": _content(step) | {"encoding": None}},
            "cache": {},
            "timings": {"blocked": 1, "dns": 0, "connect": 0, "ssl": 0, "send": 0, "wait": step.wait, "receive": step.receive},
            "time": 1 + step.wait + step.receive,
            "_securityState": "secure",
            "serverIPAddress": "192.0.2.7",
            "connection": "443",
            "pageref": "page_1",
        }
        for step in VISIT
    ]
    pages = [
        {
            "id": "page_1",
            "pageTimings": {"onContentLoad": -1, "onLoad": -1},
            "startedDateTime": BEGAN.isoformat(),
            "title": "Shop",
        }
    ]
    return _archive(
        {"name": "Firefox", "version": "144.0"}, entries, browser={"name": "Firefox", "version": "144.0"}, pages=pages
    )


def safari() -> bytes:
    """Headers of one name are one, joined by commas; `_fetchType`; what was sent is often not known."""
    entries = []
    for step in VISIT:
        response = _response(step, "http/1.1")
        response["headers"] = [field for field in response["headers"] if field["name"] != "Set-Cookie"]
        if step.lines:
            response["headers"].append({"name": "Set-Cookie", "value": ", ".join(step.lines)})
        entries.append(
            {
                "pageref": "page_0",
                "startedDateTime": _zulu(step),
                "time": step.wait + step.receive,
                "request": _request(step, "http/1.1") | _posted(step),
                "response": response | {"_transferSize": 300},
                "cache": {},
                "timings": {
                    "blocked": 0.5,
                    "dns": -1,
                    "connect": -1,
                    "ssl": -1,
                    "send": 1,
                    "wait": step.wait,
                    "receive": step.receive,
                },
                "_fetchType": "Network Load",
            }
        )
    page = {"startedDateTime": BEGAN.isoformat(), "id": "page_0", "title": "https://shop.example/", "pageTimings": {}}
    return _archive({"name": "WebKit Web Inspector", "version": "1.0"}, entries, pages=[page])


def charles() -> bytes:
    """On one line; no `blocked`; bodies in base64."""
    entries = [
        {
            "startedDateTime": _zulu(step),
            "time": step.wait + step.receive,
            "request": _request(step, "HTTP/1.1") | _posted(step),
            "response": _response(step, "HTTP/1.1"),
            "cache": {},
            "timings": {"dns": -1, "connect": -1, "ssl": -1, "send": 0, "wait": step.wait, "receive": step.receive},
            "serverIPAddress": "192.0.2.7",
        }
        for step in VISIT
    ]
    return _archive({"name": "Charles Proxy", "version": "5.0"}, entries, indent=None)


def fiddler() -> bytes:
    """A byte order mark, times with seven digits, dates of the year 1 for none."""
    entries = [
        {
            "startedDateTime": _local(step, hours=5.5).strftime("%Y-%m-%dT%H:%M:%S.%f") + "7+05:30",
            "connection": "ClientPort:50721;EgressPort:50722",
            "time": step.wait + step.receive,
            "request": _request(step, "HTTP/1.1") | _posted(step),
            "response": _response(step, "HTTP/1.1"),
            "cache": {},
            "timings": {"blocked": -1, "dns": 0, "connect": 0, "send": 0, "wait": step.wait, "receive": step.receive, "ssl": -1},
        }
        for step in VISIT
    ]
    return b"\xef\xbb\xbf" + _archive({"name": "Fiddler", "version": "5.0", "comment": "https://fiddler2.com"}, entries, pages=[])


def proxyman() -> bytes:
    """Creator and version come after the entries, extensions begin with an underscore, lower-case names."""
    entries = []
    for step in VISIT:
        request, response = _request(step, "HTTP/2.0") | _posted(step), _response(step, "HTTP/2.0")
        for message in (request, response):
            message["headers"] = [{"name": field["name"].lower(), "value": field["value"]} for field in message["headers"]]
        timings = {"blocked": -1, "dns": -1, "connect": -1, "send": 0.1, "wait": step.wait, "receive": step.receive, "ssl": -1}
        entries.append(
            {
                "_id": str(step.at),
                "_clientAddress": "127.0.0.1",
                "startedDateTime": _zulu(step),
                "request": request,
                "response": response,
                "timings": timings,
                "time": step.wait + step.receive,
                "cache": {},
            }
        )
    return json.dumps({"log": {"entries": entries, "version": "1.2", "creator": {"name": "Proxyman", "version": "6.1"}}}).encode()


FLAVOURS = {"firefox": firefox, "safari": safari, "charles": charles, "fiddler": fiddler, "proxyman": proxyman}


def _archive(creator: Json, entries: list[Json], *, indent: int | None = 2, **more: Any) -> bytes:
    return json.dumps({"log": {"version": "1.2", "creator": creator, **more, "entries": entries}}, indent=indent).encode()


def _request(step: Step, version: str) -> Json:
    headers = [
        {"name": "Host", "value": "shop.example"},
        {"name": "Referer", "value": f"https://shop.example/start?token={TOKEN}"},
        {"name": "Sec-Fetch-Site", "value": "same-origin"},
        {"name": "X-CSRF-Token", "value": TOKEN},
    ]
    pairs = [pair.partition("=") for pair in step.cookie.split("; ") if pair]
    return {
        "method": step.method,
        "url": f"https://shop.example{step.path}",
        "httpVersion": version,
        "cookies": [{"name": name, "value": value} for name, _, value in pairs],
        "headers": headers + ([{"name": "Cookie", "value": step.cookie}] if step.cookie else []),
        "queryString": [],
        "headersSize": -1,
    }


def _posted(step: Step) -> Json:
    return (
        {"postData": {"mimeType": "application/json", "text": step.posted}, "bodySize": len(step.posted)} if step.posted else {}
    )


def _response(step: Step, version: str) -> Json:
    headers = [
        {"name": "Content-Type", "value": "application/json; charset=utf-8"},
        {"name": "Date", "value": (BEGAN + timedelta(milliseconds=step.at)).strftime("%a, %d %b %Y %H:%M:%S GMT")},
        *({"name": "Set-Cookie", "value": line} for line in step.lines),
        *([{"name": "Location", "value": step.location}] if step.location else []),
    ]
    return {
        "status": step.status,
        "statusText": "OK",
        "httpVersion": version,
        "cookies": [],
        "headers": headers,
        "content": _content(step),
        "redirectURL": step.location,
        "headersSize": -1,
        "bodySize": -1,
    }


def _content(step: Step) -> Json:
    return {"size": len(step.body), "mimeType": "application/json", "text": step.body}


def _local(step: Step, *, hours: float) -> datetime:
    return (BEGAN + timedelta(milliseconds=step.at)).astimezone(timezone(timedelta(hours=hours)))


def _zulu(step: Step) -> str:
    return (BEGAN + timedelta(milliseconds=step.at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
