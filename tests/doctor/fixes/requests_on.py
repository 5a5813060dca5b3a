"""Requests that go on while a table is repaired: look-ups, touches and logins, each timed."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

FIND = "SELECT sess FROM session WHERE sid = %s AND expire >= to_timestamp(%s)"
TOUCH = "UPDATE session SET expire = to_timestamp(%s) WHERE sid = %s RETURNING sid"
LOGIN = "INSERT INTO session (sess, expire, sid) VALUES (%s, to_timestamp(%s), %s)"
HOUR = 3600


@dataclass
class Traffic:
    """What the requests met: seconds each took, what failed, and who logged in."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        return max(self.seconds, default=0.0)


@contextmanager
def requests_on(url: str, sids: list[str], threads: int = 3) -> Iterator[Traffic]:
    """Send requests from several threads until the block ends; each thread logs in users of its own besides."""
    traffic, done = Traffic(), threading.Event()
    workers = [threading.Thread(target=_work, args=(url, sids, traffic, done, number)) for number in range(threads)]
    for worker in workers:
        worker.start()
    try:
        yield traffic
    finally:
        done.set()
        for worker in workers:
            worker.join()


def _work(url: str, sids: list[str], traffic: Traffic, done: threading.Event, number: int) -> None:
    chance = random.Random()
    with psycopg.connect(url, autocommit=True) as connection:
        while not done.is_set():
            sid, later = chance.choice(sids), time.time() + HOUR
            new = f"login-{number}-{len(traffic.logins)}-{chance.random()}"
            for statement, values in (
                (FIND, (sid, time.time())),
                (TOUCH, (later, sid)),
                (LOGIN, ("{}", later, new)),
            ):
                begun = time.perf_counter()
                try:
                    connection.execute(statement.encode(), values)
                except psycopg.Error as error:
                    traffic.failures.append(f"{statement[:6]}: {error}")
                traffic.seconds.append(time.perf_counter() - begun)
            traffic.logins.append(new)
            time.sleep(0.002)
