"""Pages that only users are shown: how services of forms turn guests away, where an API answers 401."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from sessile.doctor.evidence.log_records import read_record
from sessile.doctor.evidence.log_requests import Answered, answered
from sessile.doctor.facts.logs import Kind

_NUMBERED = re.compile(r"/[^/]*\d[^/]*")
_TELLING = re.compile(r"\b401\b|(?:log|sign)[-_]?in\b", re.IGNORECASE)
CLIENTS = 1000


class Followed:
    """What each client asked for before: its last request, of the clients that were seen last."""

    def __init__(self) -> None:
        self._last: dict[str, Answered] = {}

    def before(self, request: Answered) -> Answered | None:
        """The client's last request before this one, which is remembered in its place; None where nobody can tell."""
        client = request.client
        if not client:
            return None
        last = self._last.pop(client, None)
        if len(self._last) >= CLIENTS:
            del self._last[next(iter(self._last))]
        self._last[client] = request
        return last


@dataclass(frozen=True, slots=True)
class Guarded:
    """The pages that send guests to the login, by their paths, of which a part with a digit stands for any; empty for a service
    that answers 401. `private` are those that answer 401 to guests, `closed` those that answer 401 to everybody, while others
    are shown to users.
    """

    pages: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()

    @classmethod
    def seen_in(cls, lines: Sequence[str]) -> "Guarded":
        """Those that answered with a redirect, and from which the login was asked for: as the way back, or next.

        A page that is answered to everybody may link to the login with itself as the way back, but does not redirect there.
        Where some are shown to users, the others tell nothing: robots ask for what no user does.
        """
        if not any(_TELLING.search(text) for text in lines):
            return cls()
        requests = [one for text in lines if (one := answered(_said(text))) is not None]
        shown = {_page(one.path) for one in requests if one.shows_page}
        sending_on = {_page(one.path) for one in requests if one.sends_on}
        redirecting = sending_on and sending_on.intersection(_left_for_login(requests))
        refusing = {_page(one.path) for one in requests if one.method == "GET" and one.status == 401}
        closed = refusing - shown if (refusing | redirecting) & shown else set()
        return cls(frozenset(redirecting & shown or redirecting), frozenset(refusing & shown), frozenset(closed))

    def turned_away_from(self, request: Answered, before: Answered | None) -> str:
        """The page that sent the request's client to the login, "" for none. `before` is what the client asked for before."""
        return next((page for page in _left_by(request, before) if page in self.pages), "") if self.pages else ""

    def kind(self, request: Answered, page: str) -> Kind | None:
        """What a request tells about sessions, or None. `page` is the one that sent its client to the login, "" for none."""
        if request.kind is Kind.UNAUTHORIZED and request.method == "GET" and _page(request.path) in self.closed:
            return Kind.CLOSED
        if request.kind is not None:
            return request.kind
        if page:
            return Kind.UNAUTHORIZED
        guarded = self.pages | self.private
        return Kind.AUTHORIZED if guarded and request.shows_page and _page(request.path) in guarded else None

    def is_passed_by(self, request: Answered) -> bool:
        """Whether somebody was shown what may be for everybody, or left by a logout."""
        return request.logs_out or (bool(self.pages) and request.shows_page and not request.shows_login)


def _said(text: str) -> str:
    """A line without the JSON that some loggers and platforms wrap it in."""
    at = text.find('{"')
    record = read_record(text[at:]) if at >= 0 else None
    return record.text if record else text


def _left_for_login(requests: Iterable[Answered]) -> Iterator[str]:
    followed = Followed()
    for request in requests:
        yield from _left_by(request, followed.before(request))


def _left_by(request: Answered, before: Answered | None) -> list[str]:
    """The pages from which a login page was reached: those that its address names, else the one that was asked for before."""
    if not request.shows_login or not request.shows_page:
        return []
    values = (urlsplit(value).path for _, value in parse_qsl(request.query))
    named = [_page(path) for path in values if path.startswith("/")]
    return named or ([_page(before.path)] if before is not None and before.sends_on else [])


def _page(path: str) -> str:
    return _NUMBERED.sub("/*", path)
