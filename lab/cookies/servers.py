"""Two local servers, http and https, that play every host of the lab and answer as each step has laid down."""

import hashlib
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import trustme

from sessile.session.cookie import http_date

HTTP_PORTS = (80, 8080)
HTTPS_PORTS = (443, 8443)
DONE_SECONDS = 15

_WEB_SOCKET = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What the accepted key of a WebSocket is made with (RFC 6455, 1.3)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the servers say to one request: header lines beside the usual ones, and a page."""

    headers: Sequence[bytes] = ()
    body: bytes = b""
    status: bytes = b"200 OK"
    skew: int = 0
    """How many milliseconds the Date header is ahead of the clock."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that came: its method and its Cookie header, as it was on the wire."""

    method: str
    cookie: bytes


class Servers:
    """Both servers. A request is known by its query string, its token; a page tells that its step is over at `/done`."""

    def __init__(self) -> None:
        authority = trustme.CA()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self._tls)
        self.answers: dict[str, Answer] = {}
        self.seen: dict[str, Seen] = {}
        self._done: dict[str, threading.Event] = {}
        self.said: dict[str, bytes] = {}
        self._sockets = [self._listen(tls=False), self._listen(tls=True)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        for listening in self._sockets:
            listening.close()

    @property
    def resolver_rules(self) -> str:
        """Chromium's --host-resolver-rules: every host is here, and nothing else exists."""
        plain, tls = (listening.getsockname()[1] for listening in self._sockets)
        ports = [*((port, plain) for port in HTTP_PORTS), *((port, tls) for port in HTTPS_PORTS)]
        rules = [f"MAP *:{port} 127.0.0.1:{ours}" for port, ours in ports]
        return ", ".join([*rules, "MAP * ~NOTFOUND"])

    def expect(self, token: str) -> threading.Event:
        """The event that a page's `/done` with this token sets."""
        return self._done.setdefault(token, threading.Event())

    def _listen(self, *, tls: bool) -> socket.socket:
        listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self._accept, args=(listening, tls), daemon=True).start()
        return listening

    def _accept(self, listening: socket.socket, tls: bool) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, tls), daemon=True).start()

    def _serve(self, connection: socket.socket, tls: bool) -> None:
        try:
            with (
                self._tls.wrap_socket(connection, server_side=True) if tls else connection as wire,
                wire.makefile("rb") as stream,
            ):
                while first := stream.readline():
                    method, target = first.split(b" ")[:2]
                    headers = {}
                    while (line := stream.readline()).strip():
                        name, _, value = line.partition(b":")
                        headers[name.lower()] = value.strip()
                    body = stream.read(int(headers.get(b"content-length", b"0")))
                    wire.sendall(self._answer(method.decode(), target.decode("latin-1"), headers, body))
                    if b"upgrade" in headers:
                        return
        except (OSError, ValueError):
            connection.close()

    def _answer(self, method: str, target: str, headers: dict[bytes, bytes], body: bytes) -> bytes:
        path, _, token = target.partition("?")
        origin = headers.get(b"origin")
        lines = [b"Content-Type: text/html; charset=utf-8", b"Cache-Control: no-store"]
        if origin:
            lines += [
                b"Access-Control-Allow-Origin: " + origin,
                b"Access-Control-Allow-Credentials: true",
                b"Access-Control-Allow-Methods: GET, HEAD, POST, PUT, DELETE, PATCH",
            ]
        answer = Answer()
        if path == "/done":
            self.said[token.removesuffix(".")] = body
            self.expect(token.removesuffix(".")).set()
        elif method != "OPTIONS":
            answer = self.answers.get(token, Answer(status=b"404 Not Found"))
            self.seen[token] = Seen(method, headers.get(b"cookie", b""))
        if (key := headers.get(b"sec-websocket-key")) is not None:
            accept = b64encode(hashlib.sha1(key + _WEB_SOCKET, usedforsecurity=False).digest())
            lines = [b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Accept: " + accept]
        lines += [*answer.headers, b"Date: " + http_date(now_ms() + answer.skew).encode()]
        lines += [b"Content-Length: %d" % len(answer.body)]
        content = b"" if method == "HEAD" else answer.body
        return b"HTTP/1.1 " + answer.status + b"\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + content


def now_ms() -> int:
    """The clock, in epoch milliseconds."""
    return time.time_ns() // 1_000_000


def wait(event: threading.Event) -> bool:
    """Whether the page reported in time."""
    return event.wait(DONE_SECONDS)
