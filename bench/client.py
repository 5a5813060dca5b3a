"""A visitor with a cookie jar, for the checks and the logins."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """A response's status and JSON."""

    status: int
    body: Any


class Client:
    """Keeps the cookies that a server sets, and sends them back; one connection for each request."""

    def __init__(self, url: str, cookie_header: str = "") -> None:
        self._host = urlsplit(url).netloc
        self._cookies = dict(pair.split("=", 1) for pair in cookie_header.split("; ") if pair)

    @property
    def cookie_header(self) -> str:
        """The Cookie header that it sends."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def get(self, path: str) -> Answer:
        """A GET request."""
        return self._ask("GET", path)

    def post(self, path: str) -> Answer:
        """A POST request without a body."""
        return self._ask("POST", path)

    def _ask(self, method: str, path: str) -> Answer:
        connection = http.client.HTTPConnection(self._host, timeout=10)
        try:
            connection.request(method, path, headers={"Cookie": self.cookie_header} if self._cookies else {})
            response = connection.getresponse()
            for header in response.headers.get_all("Set-Cookie", ()):
                name, _, value = header.partition(";")[0].partition("=")
                self._cookies[name.strip()] = value
            text = response.read()
        finally:
            connection.close()
        try:
            return Answer(response.status, json.loads(text))
        except ValueError:
            return Answer(response.status, text.decode("utf-8", "replace"))
