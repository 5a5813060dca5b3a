"""Entries of a HAR as exchanges."""

from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from sessile.doctor.evidence.exchange import (
    address_of,
    cookies_set,
    rebuilt,
    redirected,
    said_in_response,
    scheme,
    shown,
    target_of,
)
from sessile.doctor.evidence.exchange.bodies import SHORT
from sessile.doctor.evidence.har.exporters import Exporter
from sessile.doctor.evidence.har.fields import (
    FieldReader,
    Fields,
    blocked,
    line_of,
    listed_cookies,
    short_text,
    whole,
)
from sessile.doctor.evidence.har.sanitizing import Traces
from sessile.doctor.evidence.har.schema import Entry, Phases, Request as SchemaRequest, Response as SchemaResponse
from sessile.doctor.facts.cookies import CookieSent, CookieSet
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.exchange import Address, Body, Content, Exchange, Request, Response, Role, Served, Sign, Timings
from sessile.doctor.facts.wire import Page

SHORTEST_FIELD: Final = len("Cookie: a\r\n")
MOST_PAGES: Final = 1000
PROVISIONAL: Final = Unknown("the browser did not see what was really sent")

_SERVED: Final = {
    "memory": Served.MEMORY,
    "disk": Served.DISK,
    "Memory Cache": Served.MEMORY,
    "Disk Cache": Served.DISK,
    "Service Worker": Served.SERVICE_WORKER,
}


class Transcript:
    """Turns entries into exchanges, in the array's order; `traces` is what of cookies they showed."""

    def __init__(self) -> None:
        self.traces = Traces()
        self._reader = FieldReader()
        self._latest = 0.0

    def exchange(self, number: int, entry: Entry, exporter: Exporter) -> Exchange | None:
        """The exchange of an entry; None where it names no URL of the network (`data:`, `chrome-extension:`)."""
        if entry.request is None or not entry.request.url:
            return None
        address = self._reader.address(entry.request.url)
        if address is None:
            return None
        request = self._request(entry.request, address, exporter)
        timings = _timings(entry.timings)
        started = self._started(entry.started_date_time)
        role = self._reader.role(request.method, address.path, Sign.CREDENTIALS in request.body.signs)
        moment = started + (entry.time or 0)
        return Exchange(
            pointer=f"entries[{number}]",
            started=started,
            duration=_known(entry.time),
            timings=timings,
            request=request,
            response=self._response(entry.response, address, exporter, role=role, moment=moment) if entry.response else None,
            served=_served(entry, exporter),
            role=role,
            kind=self._kind(entry, request),
            initiator=self._initiator(entry),
            page=self._reader.shown(entry.pageref or ""),
            error=self._error(entry),
        )

    def _request(self, said: SchemaRequest, address: Address, exporter: Exporter) -> Request:
        fields = self._reader.request_fields(said.headers)
        provisional = exporter.provisional and fields.kept.get("host") is None
        cookies = self._sent(said, fields)
        authorization = fields.first("authorization")
        self.traces.cookies = self.traces.cookies or isinstance(cookies, Unknown) or bool(cookies)
        self.traces.authorizations = self.traces.authorizations or bool(authorization)
        return Request(
            method=self._reader.shown((said.method or "GET").upper()),
            address=address,
            http_version=self._reader.shown(said.http_version or ""),
            headers=fields.kept,
            headers_size=fields.size,
            left_out=self._left_out(said, fields, exporter, address),
            cookies=PROVISIONAL if provisional and not cookies else cookies,
            authorization=PROVISIONAL if provisional and not authorization else authorization and scheme(authorization),
            referer=self._reader.address(fields.first("referer")),
            body=self._reader.request_body(said.post_data, said.body_size),
            withheld=blocked(said.blocked),
        )

    def _sent(self, said: SchemaRequest, fields: Fields) -> tuple[CookieSent, ...] | Unknown:
        if "cookie" in fields.special:
            return self._reader.cookies("; ".join(fields.special["cookie"]))
        return self._reader.listed(bytes(said.cookies))

    def _response(
        self, said: SchemaResponse, address: Address, exporter: Exporter, *, role: Role, moment: float
    ) -> Response | None:
        status = said.status if said.status is not None and 0 < said.status < 1000 else 0
        if not status and not said.headers:
            return None
        fields = self._reader.response_fields(said.headers)
        date = self._reader.date(fields.first("date"))
        target = fields.first("location") or said.redirect_url or ""
        return Response(
            status=status,
            http_version=self._reader.shown(said.http_version or ""),
            headers=fields.kept,
            headers_size=fields.size,
            left_out=self._left_out(said, fields, exporter, None),
            set_cookies=self._set(said, fields, exporter, moment if date is None else date),
            redirect=redirected(target, address) if target else None,
            date=date,
            body=self._body(said, status, role),
            refused=blocked(said.blocked),
        )

    def _set(self, said: SchemaResponse, fields: Fields, exporter: Exporter, moment: float) -> tuple[CookieSet, ...] | Unknown:
        lines = fields.special.get("set-cookie", ())
        if not lines and len(memoryview(said.cookies)) <= len("[]"):
            return ()
        found = list(chain.from_iterable(cookies_set(line, moment, folded=exporter.folds) for line in lines))
        if not lines:
            found = [rebuilt(line_of(cookie), moment) for cookie in listed_cookies(bytes(said.cookies))]
        self.traces.set_cookies = self.traces.set_cookies or bool(found)
        replaced = next((one for one in found if isinstance(one, Unknown)), None)
        return replaced or tuple(one for one in found if isinstance(one, CookieSet))

    def _left_out(
        self, said: SchemaRequest | SchemaResponse, fields: Fields, exporter: Exporter, asked: Address | None
    ) -> int | None:
        """How many octets the header had that the fields do not have; None where the recording does not tell."""
        if not exporter.sizes_are_raw or said.headers_size is None or said.headers_size <= 0:
            return None
        missing = int(said.headers_size) - fields.size - len(_first_line(said, asked))
        if missing >= SHORTEST_FIELD:
            self.traces.stripped = True
            return missing
        return 0 if missing == 0 else None

    def _body(self, said: SchemaResponse, status: int, role: Role) -> Body:
        content = said.content
        if content is None:
            return Body()
        short = short_text(content.text, content.encoding, SHORT) if status >= 400 or role is not Role.OTHER else ""
        signs = said_in_response(short, status, role) if short else frozenset()
        return Body(
            self._reader.content(content.mime_type[:200]) if content.mime_type else Content.NONE, whole(content.size), signs
        )

    def _started(self, text: str | None) -> float:
        """When it started, in epoch milliseconds; as the entry before it where the recording does not tell."""
        moment = moment_of(text) if text else None
        self._latest = self._latest if moment is None else moment
        return self._latest

    def _kind(self, entry: Entry, request: Request) -> str:
        """What the browser asked for: in its own word, else by Sec-Fetch-Dest, which is `empty` for a script's call."""
        destination = request.headers.get("sec-fetch-dest") or ""
        return self._reader.shown(entry.resource_type or ("fetch" if destination == "empty" else destination))

    def _initiator(self, entry: Entry) -> Address | None:
        url = self._reader.initiator_url(entry.initiator)
        return self._reader.address(url) if url else None

    def _error(self, entry: Entry) -> str:
        response = entry.response
        said = (response and (response.error or response.failure)) or entry.error or ""
        return self._reader.shown(said[:500])


def _first_line(said: SchemaRequest | SchemaResponse, asked: Address | None) -> str:
    """What is counted beside the fields: a request's line, or a response's line and the empty one at the end."""
    if isinstance(said, SchemaRequest):
        return f"{said.method} {target_of(asked) if asked else ''} {said.http_version}\r\n"
    return f"{said.http_version or ''} {said.status} {said.status_text or ''}\r\n\r\n"


def _timings(phases: Phases | None) -> Timings | None:
    if phases is None:
        return None
    known = Timings(
        _known(phases.blocked),
        _known(phases.dns),
        _known(phases.connect),
        _known(phases.ssl),
        _known(phases.send),
        _known(phases.wait),
        _known(phases.receive),
    )
    return known if known.wait or known.receive or known.send else None


def _known(duration: float | None) -> float | None:
    return duration if duration is not None and 0 <= duration < 1e9 else None


def _served(entry: Entry, exporter: Exporter) -> Served:
    if entry.response and entry.response.by_service_worker:
        return Served.SERVICE_WORKER
    if exporter.cache_marks and b"afterRequest" in bytes(entry.cache):
        return Served.CACHE
    return _SERVED.get(entry.from_cache or entry.fetch_type or "", Served.NETWORK)


def pages(listed: object) -> tuple[Page, ...]:
    """The `pages` of a recording. Chrome and Safari put a page's URL where its title belongs."""
    if not isinstance(listed, list):
        return ()
    return tuple(_page(page) for page in listed[:MOST_PAGES] if isinstance(page, dict))


def _page(page: dict[str, Any]) -> Page:
    title, started = page.get("title"), page.get("startedDateTime")
    return Page(
        id=shown(str(page.get("id", ""))[:100]),
        started=moment_of(started) if isinstance(started, str) else None,
        address=address_of(title) if isinstance(title, str) else None,
    )


def moment_of(text: str) -> float | None:
    """An ISO 8601 time in epoch milliseconds, one without a zone taken as UTC; None if it is no time."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000
    except (ValueError, OverflowError):
        return None
