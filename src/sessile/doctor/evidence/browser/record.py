"""A hop of Chromium's as an exchange of the wire, with the browser's own word on every cookie."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from sessile.doctor.evidence.browser.traffic import Event, Hop
from sessile.doctor.evidence.exchange import name_of, shown
from sessile.doctor.evidence.site.asking import Answer, Asked, Fields, Question
from sessile.doctor.evidence.site.record import recorded
from sessile.doctor.facts.cookies import CookieBlocked
from sessile.doctor.facts.exchange import Credentials, Exchange, Role, Served, Timings

_SERVED: Final = (
    ("fromServiceWorker", Served.SERVICE_WORKER),
    ("fromDiskCache", Served.DISK),
    ("fromPrefetchCache", Served.CACHE),
)


def exchange(hop: Hop, step: str, role: Role, body: bytes | None, credentials: Credentials | None) -> Exchange:
    """The exchange; `body` is the answer's, None where the browser does not give it. Raises ValueError for what is no URL."""
    sent = fields_of(hop.sending or hop.asked["request"])
    question = Question(hop.method, hop.url, tuple(one for one in sent if one[0].lower() != "host"), _sent_body(hop), _host(hop))
    kind = "preflight" if hop.preflight else hop.kind.lower()
    page = hop.asked.get("documentURL") if kind not in ("document", "preflight") else _initiator(hop)
    asked = Asked(_started(hop), _duration(hop), _timings(hop), answer_of(hop, body), error_of(hop))
    made = recorded(step, question, asked, role, kind=kind, page=page, credentials=credentials)
    response = made.response
    return replace(
        made,
        request=replace(made.request, withheld=_blocked(hop.sending.get("associatedCookies", ()))),
        response=replace(response, refused=_blocked(hop.setting.get("blockedCookies", ()))) if response else None,
        served=next((served for flag, served in _SERVED if hop.response.get(flag)), Served.NETWORK),
    )


def answer_of(hop: Hop, body: bytes | None) -> Answer | None:
    """The answer as it came over the wire, whatever of it the page was allowed to see; None where none came."""
    status = hop.setting.get("statusCode") or hop.response.get("status") or 0
    if not status:
        return None
    return Answer(status, hop.response.get("protocol", ""), fields_of(hop.setting or hop.response), body or b"", body is not None)


def fields_of(event: Event) -> Fields:
    """The header fields; several of one name, which the protocol joins with line breaks, apart again."""
    headers: dict[str, Any] = event.get("headers", {})
    return tuple(
        (name, line) for name, value in headers.items() if not name.startswith(":") for line in str(value).split("\n") if line
    )


def error_of(hop: Hop) -> str:
    """The browser's own word for what failed, "" where nothing did."""
    if not hop.failure:
        return ""
    cors = hop.failure.get("corsErrorStatus", {}).get("corsError", "")
    why = f"CORS: {cors}" if cors else hop.failure.get("blockedReason", "")
    return shown(hop.failure.get("errorText", "it failed") + (f" ({why})" if why else ""), 120)


def _blocked(cookies: Iterable[Event]) -> tuple[CookieBlocked, ...]:
    return tuple(
        CookieBlocked(name_of(_name(one)), tuple(shown(reason, 60) for reason in one["blockedReasons"]))
        for one in cookies
        if one.get("blockedReasons")
    )


def _name(blocked: Event) -> str:
    cookie = blocked.get("cookie")
    line: str = blocked.get("cookieLine", "")
    return str(cookie["name"]) if cookie else line.partition(";")[0].partition("=")[0].strip()[:200]


def _sent_body(hop: Hop) -> bytes:
    return str(hop.asked["request"].get("postData", "")).encode("utf-8", "replace")


def _host(hop: Hop) -> str | None:
    return next((value for name, value in fields_of(hop.sending) if name.lower() == "host"), None)


def _initiator(hop: Hop) -> str | None:
    """The page from which another one was opened, by its Referer: the protocol calls the new page's URL the document's."""
    return next((value for name, value in fields_of(hop.sending) if name.lower() == "referer"), None)


def _started(hop: Hop) -> float:
    return float(hop.asked["wallTime"]) * 1000


def _duration(hop: Hop) -> float:
    return (hop.ended - float(hop.asked["timestamp"])) * 1000 if hop.ended else 0.0


def _timings(hop: Hop) -> Timings | None:
    """The phases, of which the protocol gives beginning and end in milliseconds after `requestTime` (Network.ResourceTiming)."""
    timing = hop.response.get("timing")
    if not timing or timing["sendEnd"] < 0 or timing["receiveHeadersEnd"] < 0:
        return None
    asked, begins = float(hop.asked["timestamp"]), float(timing["requestTime"])
    dns, connect = _phase(timing, "dns"), _phase(timing, "connect")
    ended = hop.ended or begins + timing["receiveHeadersEnd"] / 1000
    return Timings(
        blocked=max(0.0, (begins - asked) * 1000 + timing["sendStart"] - (dns or 0) - (connect or 0)),
        dns=dns,
        connect=connect,
        ssl=_phase(timing, "ssl"),
        send=timing["sendEnd"] - timing["sendStart"],
        wait=timing["receiveHeadersEnd"] - timing["sendEnd"],
        receive=max(0.0, (ended - begins) * 1000 - timing["receiveHeadersEnd"]),
    )


def _phase(timing: Event, name: str) -> float | None:
    begins, ends = timing[f"{name}Start"], timing[f"{name}End"]
    return None if begins < 0 or ends < 0 else float(ends - begins)
