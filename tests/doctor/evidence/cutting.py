"""A way to a server on which something happens in the middle of a conversation, after so many bytes of its answers."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from threading import Event, Lock, Thread
from urllib.parse import urlsplit

ANY = 1 << 60
"""More bytes than are ever answered."""


class Then(Enum):
    """What becomes of the conversation."""

    GOES_ON = "it goes on"
    ENDS = "the connection ends, and no other is taken"
    IS_SILENT = "nothing comes any more"


class Way:
    """Takes connections and carries their bytes. `carried` counts those of the server's answers; `url` is the way's own."""

    def __init__(self, url: str, after: int, happens: Callable[[int], Then]) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname or "", parts.port or 0)
        self._listening = socket.create_server(("127.0.0.1", 0))
        user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        self.url = parts._replace(netloc=f"{user}127.0.0.1:{self._listening.getsockname()[1]}").geturl()
        self.carried = 0
        self.happened = Event()
        self._after, self._happens = after, happens
        self._then = Then.GOES_ON
        self._lock = Lock()
        self._sockets: list[socket.socket] = [self._listening]
        Thread(target=self._take, daemon=True).start()

    def close(self) -> None:
        """End all connections."""
        with self._lock:
            for one in self._sockets:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if self._then is Then.ENDS:
                    client.close()
                    continue
                server = socket.create_connection(self._server)
                with self._lock:
                    self._sockets += [client, server]
                Thread(target=self._carry_questions, args=(client, server), daemon=True).start()
                Thread(target=self._carry_answers, args=(server, client), daemon=True).start()

    def _carry_questions(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _carry_answers(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                rest = self._until_it_happens(data, server, client)
                if self._then is Then.IS_SILENT:
                    continue
                if self._then is Then.ENDS:
                    break
                client.sendall(rest)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _until_it_happens(self, data: bytes, server: socket.socket, client: socket.socket) -> bytes:
        """Carry what comes before the event, and let it happen; what is left to carry."""
        with self._lock:
            before = self._after - self.carried
            self.carried += len(data)
            if self.happened.is_set() or before > len(data):
                return data
            client.sendall(data[:before])
            self.happened.set()
            self._then = self._happens(server.getsockname()[1])
            return data[before:]


@contextmanager
def way(url: str, after: int = ANY, happens: Callable[[int], Then] = lambda _port: Then.ENDS) -> Iterator[Way]:
    """A way to the server of a URL. After so many bytes `happens` is told the port by which the server knows the conversation."""
    made = Way(url, after, happens)
    try:
        yield made
    finally:
        made.close()
