"""The way to a PostgreSQL server, on which a test can wait for the doctor's look-up of rows and cut in."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from threading import Event, Thread
from urllib.parse import urlsplit

LOOK_UP = b"WHERE sid = ANY ($1)"


class Relay:
    """Passes on what is said until the rows of cookies are looked up; then it calls `meanwhile`, and says nothing more.

    `url` leads through it. With `hang_up` it closes the connection instead of keeping silent.
    """

    def __init__(self, url: str, listener: socket.socket, meanwhile: Callable[[], object], *, hang_up: bool) -> None:
        there = urlsplit(url)
        self.url = there._replace(netloc=there.netloc.replace(f":{there.port}", f":{listener.getsockname()[1]}")).geturl()
        self.looked_up = Event()
        self._server = (there.hostname or "", there.port or 5432)
        self._listener, self._meanwhile, self._hang_up = listener, meanwhile, hang_up
        self._sockets: list[socket.socket] = []
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Take connections."""
        self._begin(self._serve)

    def end(self) -> None:
        """Break everything off, and wait until nothing is at work."""
        for ours in (self._listener, *self._sockets):
            _break_off(ours)
        while self._threads:
            self._threads.pop().join()
        for ours in self._sockets:
            ours.close()

    def _begin(self, work: Callable[..., None], *given: socket.socket) -> None:
        thread = Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                server = socket.create_connection(self._server)
                self._sockets.append(server)
                self._begin(self._pass_on, client, server)
                self._begin(self._answer, server, client)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        said = b""
        with contextlib.suppress(OSError):
            while heard := client.recv(65_536):
                said = said[-len(LOOK_UP) :] + heard
                if LOOK_UP in said:
                    self._cut_in(client)
                    return
                server.sendall(heard)
        _break_off(server)

    def _cut_in(self, client: socket.socket) -> None:
        self._meanwhile()
        self.looked_up.set()
        if self._hang_up:
            _break_off(client)

    @staticmethod
    def _answer(server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while heard := server.recv(65_536):
                client.sendall(heard)
        _break_off(client)


def _break_off(ours: socket.socket) -> None:
    with contextlib.suppress(OSError):
        ours.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def relayed(url: str, meanwhile: Callable[[], object], *, hang_up: bool = False) -> Iterator[Relay]:
    """A relay before the server of that URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = Relay(url, listener, meanwhile, hang_up=hang_up)
        relay.start()
        try:
            yield relay
        finally:
            relay.end()
