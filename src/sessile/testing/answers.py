"""What a response tells of cookies, whichever client it comes from: httpx's, Werkzeug's or Django's."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: its status, the URL that gave it, the Set-Cookie lines in it, and the Cookie header that was sent."""

    status: int
    url: str
    set_cookies: tuple[str, ...]
    sent: str

    @property
    def welcomes(self) -> bool:
        """Whether it shows a page, neither refusing nor leading elsewhere."""
        return 200 <= self.status < 300


def answers(response: Any) -> tuple[Answer, ...]:
    """A response after those that led to it."""
    if hasattr(response, "wsgi_request"):
        return (_of_django(response),)
    return tuple(_of_headers(each) for each in (*response.history, response))


def _of_headers(response: Any) -> Answer:
    sent = "; ".join(_all(response.request.headers, "cookie"))
    return Answer(response.status_code, str(response.request.url), tuple(_all(response.headers, "set-cookie")), sent)


def _of_django(response: Any) -> Answer:
    request = response.wsgi_request
    lines = tuple(cookie.OutputString() for cookie in response.cookies.values())
    return Answer(response.status_code, request.build_absolute_uri(), lines, request.META.get("HTTP_COOKIE", ""))


def _all(headers: Any, name: str) -> list[str]:
    """A header's values, as httpx and Werkzeug give them."""
    values: list[str] = headers.get_list(name) if hasattr(headers, "get_list") else headers.getlist(name)
    return values
