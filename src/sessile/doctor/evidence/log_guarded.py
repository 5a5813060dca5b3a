"""Pages that send whoever is not logged in to the login: how services of forms turn away, where an API answers 401."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from sessile.doctor.evidence.log_requests import Answered, answered
from sessile.doctor.facts.logs import Kind

_REDIRECTS = (302, 303, 307)
_NUMBERED = re.compile(r"/[^/]*\d[^/]*")


@dataclass(frozen=True, slots=True)
class Guarded:
    """The pages, by their paths, of which a part with a digit stands for any; empty for a service that answers 401."""

    pages: frozenset[str] = frozenset()

    @classmethod
    def seen_in(cls, lines: Sequence[str]) -> "Guarded":
        """Those that answered with a redirect, and with which as the way back the login was asked for.

        A page that is answered to everybody may link to the login with itself as the way back, but does not redirect there.
        Where some are shown to users, the others tell nothing: robots ask for what no user does.
        """
        asked = (answered(text) for text in lines if "in?" in text or "in/?" in text)
        wanted = {page for request in asked for page in _ways_back(request)}
        if not wanted:
            return cls()
        requests = [one for text in lines if "GET " in text and (one := answered(text)) is not None]
        redirecting = wanted & {_page(one.path) for one in requests if one.status in _REDIRECTS}
        return cls(frozenset(redirecting & {_page(one.path) for one in requests if one.shows_page} or redirecting))

    def turned_away_from(self, request: Answered) -> str:
        """The page that sent the request's client to the login, "" for none."""
        return next((page for page in _ways_back(request) if page in self.pages), "") if self.pages else ""

    def kind(self, request: Answered) -> Kind | None:
        """What a request tells about sessions that by itself tells nothing, or None."""
        if self.turned_away_from(request):
            return Kind.UNAUTHORIZED
        return Kind.AUTHORIZED if self.pages and request.shows_page and _page(request.path) in self.pages else None

    def is_passed_by(self, request: Answered) -> bool:
        """Whether somebody was shown what may be for everybody."""
        return bool(self.pages) and request.shows_page and not request.shows_login


def _ways_back(request: Answered | None) -> list[str]:
    """The paths that the address of a login page names, for after the login."""
    if request is None or not request.shows_login or not request.shows_page:
        return []
    values = (urlsplit(value).path for _, value in parse_qsl(request.query))
    return [_page(path) for path in values if path.startswith("/")]


def _page(path: str) -> str:
    return _NUMBERED.sub("/*", path)
