"""A browser as the lab needs one: a cookie jar that can be looked into, and the requests that the services answer."""

from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpx2

from lab.recording import Recording

PASSWORD = "demo"


class Browser:
    """A client with one explicit cookie jar, `cookies` by name; each method answers the response's status code.

    It sends each cookie as it was received, whatever its Domain, Path and Secure say, and forgets a cookie whose
    Expires or Max-Age is past. Give the same `cookies` to two browsers to visit two services as one person.
    `response` is the latest response; `recording` takes down each of them.
    """

    def __init__(
        self,
        url: str,
        cookies: MutableMapping[str, str] | None = None,
        *,
        timeout: float = 30,
        recording: Recording | None = None,
    ) -> None:
        self.recording = recording
        self.cookies: MutableMapping[str, str] = {} if cookies is None else cookies
        self.response: httpx2.Response | None = None
        no_jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        # Express closes the connection when a save fails after the headers went out; a reused one would be reset.
        one_request_each = httpx2.Limits(max_keepalive_connections=0)
        self._client = httpx2.Client(base_url=url, cookies=no_jar, timeout=timeout, trust_env=False, limits=one_request_each)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the browser's connections; its cookies stay."""
        self._client.close()

    def login(self, email: str = "ana@example.com", password: str = PASSWORD) -> int:
        """Log in. 200 with the right password, 401 with another."""
        return self.request("POST", "/api/auth/login", json={"email": email, "password": password})

    def me(self) -> int:
        """Ask who is logged in. 200 or 401."""
        return self.request("GET", "/api/me")

    def onboarding(self, company: str = "Analytical Engines") -> int:
        """Save the onboarding form into the session. 200, or 401 when nobody is logged in."""
        return self.request("POST", "/api/onboarding", json={"company": company})

    def logout(self) -> int:
        """Log out."""
        return self.request("POST", "/api/auth/logout")

    def count(self) -> int:
        """Read, change and save the session's counter."""
        return self.request("GET", "/count")

    def health(self) -> int:
        """Ask whether the service is up, which needs no session."""
        return self.request("GET", "/health")

    def request(self, method: str, path: str, *, json: object = None, headers: Mapping[str, str] | None = None) -> int:
        """Send one request with the cookies of the jar and keep those of the response.

        Raises httpx2.HTTPError when no whole response arrives.
        """
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.response = self._client.request(method, path, json=json, headers=sent)
        for line in self.response.headers.get_list("set-cookie"):
            self._keep(line)
        if self.recording:
            self.recording.add(self.response)
        return self.response.status_code

    def _keep(self, line: str) -> None:
        pair, *attributes = line.split(";")
        name, _, value = pair.partition("=")
        if _is_expired(attributes):
            self.cookies.pop(name.strip(), None)
        else:
            self.cookies[name.strip()] = value.strip()


def _is_expired(attributes: list[str]) -> bool:
    values = {name.strip().lower(): value.strip() for name, _, value in (text.partition("=") for text in attributes)}
    if "max-age" in values:  # RFC 6265bis: Max-Age goes before Expires
        return int(values["max-age"]) <= 0
    return "expires" in values and parsedate_to_datetime(values["expires"]) <= datetime.now(UTC)
