"""Requests that a log shows answered: logins, and those let in or turned away."""

import re
from dataclasses import dataclass

from sessile.doctor.facts.logs import Kind

LONG = 4000
_METHODS = ("GET ", "POST ", "PUT ", "PATCH ", "DELETE ", "HEAD ", "OPTIONS ")
_ACCESS = re.compile(
    r"""(?P<method>[A-Z]+)\s+"?(?:https?://[^/\s"]+)?(?P<path>/[^\s"]*)(?:\s+(?:HTTP/[\d.]+|[1-3](?:\.[01])?(?=")))?"?"""
    r"""[\s:>=→-]+(?:status[ :=]+)?(?P<status>[1-5]\d\d)\b(?![.:]?\d)"""
)
_LOGFMT = re.compile(
    r"""\bmethod="?(?P<method>[A-Z]+)"?\s.*?\b(?:path|url)="?(?P<path>/[^\s"]*)"?\s.*?\bstatus(?:_code)?=(?P<status>[1-5]\d\d)\b"""
)
_CLIENT = re.compile(r"(?<![^\s])(?P<client>\d+\.\d+\.\d+\.\d+|[0-9a-fA-F]*:[0-9a-fA-F:.]+?)(?::\d+)? -")
_ADDRESS = re.compile(
    r"(?<![\w.:-])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*::[0-9a-f:.]*[0-9a-f]|(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4})(?![\w.])",
    re.IGNORECASE,
)

_LOGIN = re.compile(
    r"(?:log|sign)[-_]?in\b(?!.*(?:status|check))|/(?:auth|authenticate|authentication|sessions?|callback/credentials)/?$",
    re.IGNORECASE,
)
_LOGOUT = re.compile(r"(?:log|sign)[-_]?out|refresh|csrf", re.IGNORECASE)
_LEAVING = re.compile(r"(?:log|sign)[-_]?(?:out|off)\b", re.IGNORECASE)
_PERSONAL = re.compile(
    r"/(?:me|whoami|profile|account|user|userinfo|current[-_]?user|session)/?$|/users?/current/?$|/auth/(?:status|check)/?$",
    re.IGNORECASE,
)
_REDIRECTS = (302, 303, 307)
_OF_LOGIN = re.compile(rf"{_LOGIN.pattern}|{_LOGOUT.pattern}|callback|oauth|oidc|saml|sso\b", re.IGNORECASE)
"""Paths of the way in and out, which send everybody on."""
_ANSWERED_TO_ALL = re.compile(r"/auth/session/?$", re.IGNORECASE)


@dataclass(slots=True)
class Answered:
    """A request and its answer, as one line tells them."""

    method: str
    path: str
    status: int
    line: str
    query: str = ""

    @property
    def client(self) -> str:
        """The client's address, "" where the line does not name one: the last that stands before the request."""
        found = _CLIENT.search(self.line)
        if found:
            return found["client"]
        before = _ADDRESS.findall(self.line, 0, max(self.line.find(f"{self.method} "), 0))
        return before[-1] if before else ""

    @property
    def kind(self) -> Kind | None:
        """What it tells about sessions, or None."""
        if self.status == 401:
            return Kind.LOGIN_REFUSED if self._is_login else Kind.UNAUTHORIZED
        if self.status >= 500:
            return Kind.SERVER_ERROR
        if 200 <= self.status < 400 and self._is_login:
            return Kind.LOGIN
        # 304 is 200 with a body the browser has: the handler ran
        if (200 <= self.status < 300 or self.status == 304) and self._is_personal:
            return Kind.AUTHORIZED
        return None

    @property
    def shows_page(self) -> bool:
        """Whether something was shown, or is still what the browser has."""
        return self.method == "GET" and (200 <= self.status < 300 or self.status == 304)

    @property
    def shows_login(self) -> bool:
        """Whether it asks for a login's form."""
        return self.method == "GET" and _LOGIN.search(self.path) is not None and not _LOGOUT.search(self.path)

    @property
    def sends_on(self) -> bool:
        """Whether it asked for a page, and was sent to another one."""
        return self.method == "GET" and self.status in _REDIRECTS and not _OF_LOGIN.search(self.path)

    @property
    def logs_out(self) -> bool:
        """Whether it ends a session because its user wants it."""
        return 200 <= self.status < 400 and _LEAVING.search(self.path) is not None

    @property
    def _is_login(self) -> bool:
        return self.method == "POST" and _LOGIN.search(self.path) is not None and not _LOGOUT.search(self.path)

    @property
    def _is_personal(self) -> bool:
        found = _PERSONAL.search(self.path) if self.method == "GET" else None
        return found is not None and not _ANSWERED_TO_ALL.search(self.path)


def answered(text: str) -> Answered | None:
    """The request of an access log's line (morgan, uvicorn, hypercorn, combined, key=value), or None if it is none."""
    text = text[:LONG]
    found = _access(text)
    if found is None and "method=" in text and "status" in text:
        found = _LOGFMT.search(text)
    if found is None:
        return None
    path, _, query = found[2].partition("?")
    return Answered(found[1], path, int(found[3]), text, query)


def _access(text: str) -> re.Match[str] | None:
    if "/" in text:
        for method in _METHODS:
            at = text.find(method)
            if at >= 0 and not text[at - 1 : at].isalnum() and (found := _ACCESS.match(text, at)):
                return found
    return None
