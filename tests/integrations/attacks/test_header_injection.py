"""Header injection: nothing that a client sends, or that a service configures, splits a header or forges a line of the log."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from lab.python import PythonService
from sessile import CookiePolicy
from sessile.errors import CookieError
from sessile.session.cookie import cookie_value
from sessile.session.keyring import Keyring
from tests.integrations.attacks.target import NAME, SECRET, Target, serving

SPLITTERS = ["\r\n", "\r", "\n", "\0", ";", "; Domain=evil.test", "\r\nSet-Cookie: a=b", "\x0b", "\x7f", "\u2028", "\u560a", "é"]
KEYRING = Keyring(SECRET)
EVERYWHERE = ("{0}{1}", "{1}{0}", "{1}{0}{1}")


class TestThePolicy:
    @pytest.mark.parametrize("splitter", SPLITTERS)
    @pytest.mark.parametrize("place", EVERYWHERE)
    def test_is_refused_with_what_would_split_it(self, splitter: str, place: str) -> None:
        for field, harmless in (("name", "ofa.sid"), ("path", "/app"), ("domain", "example.in"), ("same_site", "lax")):
            options: dict[str, Any] = {field: place.format(splitter, harmless)}
            with pytest.raises(CookieError) as refused:
                CookiePolicy(**options)
            assert "\n" not in str(refused.value)

    @settings(max_examples=150, deadline=None)
    @given(st.text(min_size=1, max_size=300))
    def test_writes_one_plain_line_for_any_id(self, session_id: str) -> None:
        try:
            value = cookie_value(session_id, KEYRING)
        except UnicodeEncodeError:
            return  # A lone surrogate: no cookie holds one, so no id does.
        header = CookiePolicy(name=NAME).set_cookie(value, https=True, expires=1_900_000_000_000)
        attributes = header.split("; ")
        assert re.fullmatch(r"ofa\.sid=[\w%.!~*'()-]+", attributes[0], re.ASCII)
        assert [attribute.partition("=")[0] for attribute in attributes[1:]] == [
            "Path",
            "Expires",
            "HttpOnly",
            "Secure",
            "SameSite",
        ]


def hostile_values() -> Iterator[str]:
    for splitter in (
        "%0d%0aSet-Cookie:%20admin=1",
        "%0aX: y",
        "%00",
        "%3b%20Domain=evil.test",
        "%2c%20a=b",
        ",a=b",
        "%E5%98%8D%E5%98%8A",
    ):
        yield f"{splitter}"
        yield f"s%3A{splitter}.{'A' * 43}"
        yield f"s%3Aid.{splitter}"


class TestAnAnswer:
    async def test_echoes_nothing_of_a_cookie(self, target: Target) -> None:
        for value in hostile_values():
            for page in ("me", "add", "login"):
                response = await target.ask(page, f"{NAME}={value}")
                assert not {"x", "admin"} & set(response.headers)
                assert response.headers.get("set-cookie", "").count("=") in (0, 4)

    @pytest.mark.parametrize("proto", ["https%0d%0aX: y", "https; Secure", "HTTPS ,http", "https\tX", "\x80"])
    async def test_echoes_nothing_of_a_proxys_header(self, target: Target, proto: str) -> None:
        response = await target.ask("login", forwarded_proto=proto)
        assert re.fullmatch(
            r"ofa\.sid=[\w%.-]+; Path=/; Expires=[\w ,:]+; HttpOnly(; Secure)?; SameSite=Lax", response.headers["set-cookie"]
        )


class TestTheLog:
    """One event is one line, also where the application lets user-given text near it."""

    async def test_of_a_user_is_one_line(self, database: str, caplog: pytest.LogCaptureFixture) -> None:
        forged = "ana\n2026-11-23 CRITICAL sessile: session table dropped\x1b[2K"
        async with serving(database, caplog, log_user=lambda session: session.get("name")) as target:
            await target.ask("put", json={"name": forged})
        assert "Session saved for user: ana" in caplog.text
        assert all(record.getMessage().isprintable() for record in caplog.records)

    async def test_of_any_cookie_is_one_line(self, target: Target, caplog: pytest.LogCaptureFixture) -> None:
        for value in hostile_values():
            await target.ask("login", f"{NAME}={value}")
        assert all(record.getMessage().isprintable() for record in caplog.records)


class TestARealServer:
    """Over a socket, with bytes that no client library would send."""

    @pytest.fixture
    def service(self, database: str, tmp_path: Path) -> Iterator[PythonService]:
        with PythonService({"DATABASE_URL": database, "SESSION_SECRET": SECRET}, tmp_path) as service:
            yield service

    def test_answers_each_hostile_request_once_and_plainly(self, service: PythonService) -> None:
        good = cookie_value("nobody-home-with-this-id", KEYRING).encode()
        for header in (
            b"ofa.sid=" + good + b"\r\nSet-Cookie: a=b",
            b"ofa.sid=" + good + b"\nX: y",
            b"ofa.sid=" + good + b"\rX: y",
            b"ofa.sid=\0" + good,
            b"ofa.sid=%0d%0aSet-Cookie:%20a=b",
            b"ofa.sid=" + b"\xff" * 1000,
            b"ofa.sid=" + good + b"\r\nCookie: ofa.sid=" + good,
            b"ofa.sid=" + b"x" * 60_000,
            b"ofa.sid=" + b"x" * 300_000,
            b"; ".join(b"ofa.sid=s:%d.%s" % (number, b"A" * 43) for number in range(1000)),
            b"",
        ):
            for path in (b"/api/me", b"/api/auth/login"):
                answer = exchange(service.url, path, header)
                assert re.match(rb"HTTP/1\.1 (400|401|403|404|405|422|431) ", answer), answer[:200]
                assert answer.count(b"HTTP/1.1 ") == 1
                assert not re.search(rb"^(set-cookie|x):", answer, re.IGNORECASE | re.MULTILINE)
        assert "Traceback" not in service.log
        assert good.decode()[10:40] not in service.log


def exchange(url: str, path: bytes, cookie: bytes) -> bytes:
    """What the server sends back to one GET with this Cookie header, until it closes or resets the connection."""
    host, _, port = url.removeprefix("http://").partition(":")
    received = b""
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        try:
            connection.sendall(
                b"GET " + path + b" HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\nCookie: " + cookie + b"\r\n\r\n"
            )
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
    return received
