"""A WebSocket client, by wsproto on a plain socket, and an application on uvicorn in a thread."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, RejectConnection, RejectData, Request, TextMessage

PATIENCE_SECONDS = 20


class Refused(Exception):
    """The handshake was answered with an HTTP response."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__(f"{status} {body!r}")
        self.status, self.headers, self.body = status, headers, body


class Closed(Exception):
    """The server closed the connection."""

    def __init__(self, code: int, reason: str | None) -> None:
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


@dataclass
class Client:
    """An open connection; `headers` are those of the handshake's answer, Set-Cookie among them."""

    connection: socket.socket
    protocol: WSConnection
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, text: str) -> None:
        self.connection.sendall(self.protocol.send(TextMessage(text)))

    def receive(self) -> str:
        """The next message. Raises Closed."""
        event = self.event()
        if isinstance(event, CloseConnection):
            raise Closed(event.code, event.reason)
        assert isinstance(event, TextMessage)
        return event.data

    def receive_all(self) -> None:
        """Take messages until the end. Raises Closed."""
        while True:
            self.receive()

    def ask(self, text: str) -> str:
        self.send(text)
        return self.receive()

    def event(self) -> Event:
        while True:
            for event in self.protocol.events():
                return event
            data = self.connection.recv(65536)
            self.protocol.receive_data(data or None)


@contextmanager
def connect(port: int, path: str, cookie: str | None = None) -> Iterator[Client]:
    """A connection to this machine. Raises Refused."""
    protocol = WSConnection(ConnectionType.CLIENT)
    headers = [(b"cookie", cookie.encode())] if cookie else []
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as connection:
        connection.sendall(protocol.send(Request(host="shop.test", target=path, extra_headers=headers)))
        client = Client(connection, protocol)
        answer = client.event()
        if isinstance(answer, RejectConnection):
            body = b""
            while answer.has_body:
                data = client.event()
                assert isinstance(data, RejectData)
                body += data.data
                if data.body_finished:
                    break
            raise Refused(answer.status_code, text(answer.headers), body)
        assert isinstance(answer, AcceptConnection)
        client.headers = text(answer.extra_headers)
        yield client


def text(headers: Any) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in headers}


@contextmanager
def serving(app: Any, **options: Any) -> Iterator[int]:
    """An application on uvicorn; the port."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, ws="wsproto", log_config=None, **options))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started or not thread.is_alive())
    assert server.started
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(PATIENCE_SECONDS)


def wait_until(holds: Callable[[], object]) -> None:
    """Wait for something that another thread brings about."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)
