"""Is each server right, before anything is timed? A fast answer that is wrong counts for nothing."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from bench.apps import PROFILE
from bench.client import Answer, Client
from bench.contenders import EXPRESS_UNTOUCHED, Contender, Cookies
from bench.data import Connection, cookie, sid
from bench.servers import Server

TOUCHED_WITHIN_SECONDS = 10.0


class WrongAnswer(Exception):
    """A server does not do what its route must; the message says which and what."""


def check(servers: Sequence[Server], connection: Connection, secret: str) -> None:
    """Ask every route of every server and look at the rows behind the answers. Raises WrongAnswer."""
    shared = [server for server in servers if server.contender.cookies is Cookies.SHARED]
    for server in servers:
        if server.contender.cookies is Cookies.NONE:
            expect(server.contender, "/me", Client(server.url).get("/me"), 200, {"userId": 1, "name": PROFILE["name"]})
        else:
            _strangers(server, secret)
            _own_login(server)
    # Row 1 is under load, and then row 101: these lie between.
    for row, server in enumerate(shared, 2):
        _seeded_row(server, row, connection, secret)
        _touch(server, row, connection, secret)
    _one_table(shared)


def expect(contender: Contender, route: str, answer: Answer, status: int, body: object = None) -> None:
    """Raises WrongAnswer unless an answer has the status and, where one is given, the JSON."""
    if answer.status != status or (body is not None and answer.body != body):
        raise WrongAnswer(
            f"{contender.name} {route}: {status} {body or ''} was due, and it answered {answer.status} {answer.body}"
        )


def _strangers(server: Server, secret: str) -> None:
    """Nobody, and somebody with a forged cookie, are nobody."""
    forged = cookie(sid(2), f"not {secret}")
    for header in ("", forged):
        for route in ("/me", "/count"):
            expect(server.contender, route, Client(server.url, header).get(route), 401)


def _own_login(server: Server) -> None:
    visitor = Client(server.url)
    expect(server.contender, "/login", visitor.post("/login"), 200, {"userId": 1})
    expect(server.contender, "/me", visitor.get("/me"), 200, {"userId": 1, "name": PROFILE["name"]})
    for counted in (1, 2, 3):
        expect(server.contender, "/count", visitor.get("/count"), 200, {"count": counted})


def _seeded_row(server: Server, row: int, connection: Connection, secret: str) -> None:
    """A row made in SQL is read, changed, and committed before its response."""
    visitor = Client(server.url, cookie(sid(row), secret))
    expect(server.contender, "/me", visitor.get("/me"), 200, {"userId": row, "name": PROFILE["name"]})
    for counted in (1, 2):
        expect(server.contender, "/count", visitor.get("/count"), 200, {"count": counted})
        if (stored := _row(connection, row)[0]) != counted:
            raise WrongAnswer(f"{server.contender.name} /count: answered {counted} while the row still holds {stored}")


def _touch(server: Server, row: int, connection: Connection, secret: str) -> None:
    """A use moves the row's expiry, at once or written behind, except where touching is switched off."""
    connection.execute("UPDATE session SET expire = expire - interval '1 day' WHERE sid = %s", (sid(row),))
    _, before = _row(connection, row)
    touches = server.contender.name != EXPRESS_UNTOUCHED.name
    Client(server.url, cookie(sid(row), secret)).get("/me")
    moved = _soon(lambda: _row(connection, row)[1] != before, TOUCHED_WITHIN_SECONDS if touches else 0.5)
    if moved is not touches:
        raise WrongAnswer(f"{server.contender.name} /me: it {'moved' if moved else 'did not move'} the session's expiry")


def _one_table(shared: Sequence[Server]) -> None:
    """Whoever made the session, and whoever changed it last, every server on the table reads it."""
    for maker in shared:
        visitor = Client(maker.url)
        visitor.post("/login")
        for counted, other in enumerate(shared, 1):
            reader = Client(other.url, visitor.cookie_header)
            expect(other.contender, f"/count after {maker.contender.name}'s login", reader.get("/count"), 200, {"count": counted})


def _row(connection: Connection, n: int) -> tuple[int, datetime]:
    """What row n counts, and when it expires."""
    found = connection.execute("SELECT (sess ->> 'count')::int, expire FROM session WHERE sid = %s", (sid(n),)).fetchone()
    if found is None:
        raise WrongAnswer(f"row {n} of the session table is gone")
    return found[0], found[1]


def _soon(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return held
