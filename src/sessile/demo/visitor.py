"""Somebody with a browser: one cookie jar, and the few requests that the demo's page makes."""

import json
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

from sessile.demo.service import PASSWORD


class Visitor:
    """A person at the demo's page; every answer is (status, JSON body)."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self.url = name, url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def log_in(self) -> tuple[int, Any]:
        """Log in with the demo's password."""
        return self._call("/api/auth/login", {"email": f"{self.name.lower()}@example.com", "password": PASSWORD})

    def me(self) -> tuple[int, Any]:
        """Ask who one is: 200 with a live session, 401 without."""
        return self._call("/api/me")

    def onboard(self, company: str) -> tuple[int, Any]:
        """Save the onboarding form."""
        return self._call("/api/onboarding", {"company": company})

    def _call(self, path: str, body: dict[str, str] | None = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})  # noqa: S310 - our own http:// address
        try:
            with self._opener.open(request, timeout=20) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"null")
