"""A browser and a service around the pure flow: requests that can be held between their steps, on a clock that stands still."""

from collections.abc import Generator, Mapping
from datetime import timedelta
from typing import Any

from sessile.errors import StoreError
from sessile.session.cookie import CookiePolicy
from sessile.session.expiry import Expiry
from sessile.session.flow import Flow
from sessile.session.keyring import Keyring
from sessile.session.session import Session
from sessile.session.store import Answer, Stored, Want
from sessile.stores.memory import MemoryStore

NOW = 1_795_455_859_000
KEYRING = Keyring("a secret of sufficient length")
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


def expiry(**minutes: float | bool) -> Expiry:
    """Limits in minutes, but for `exact_touch`."""
    limits: dict[str, Any] = {
        name: limit if isinstance(limit, bool) else timedelta(minutes=limit) for name, limit in minutes.items()
    }
    return Expiry(**limits)


class Service:
    """A flow on a memory store; `wants` is all that the flow asked for."""

    def __init__(self, flow: Flow | None = None) -> None:
        self.flow = flow or Flow(KEYRING, CookiePolicy(), Expiry())
        self.store = MemoryStore()
        self.now = NOW
        self.wants: list[Want] = []

    @classmethod
    def of(cls, *, keyring: Keyring = KEYRING, cookie: CookiePolicy | None = None, lives: Expiry | None = None) -> "Service":
        return cls(Flow(keyring, cookie or CookiePolicy(), lives or Expiry()))

    @property
    def rows(self) -> dict[str, Stored]:
        return self.store.rows

    def reads(self, **changed: Any) -> "Service":
        """Another instance on the same store, with another keyring, policy or limits."""
        old = self.flow
        service = Service(Flow(**{"keyring": old.keyring, "cookie": old.cookie, "expiry": old.expiry, **changed}))
        service.store, service.now = self.store, self.now
        return service

    def perform(self, want: Want) -> Answer | StoreError:
        self.wants.append(want)
        return self.store.answer(want)

    def run(self, step: Generator[Want, Any, None]) -> None:
        """Drive a step to its end."""
        for _ in self.steps(step):
            pass

    def steps(self, step: Generator[Want, Any, None]) -> Generator[Want, None, None]:
        """Drive a step, and stop before each thing it wants from the store."""
        try:
            want = next(step)
            while True:
                yield want
                answer = self.perform(want)
                want = step.throw(answer) if isinstance(answer, StoreError) else step.send(answer)
        except StopIteration:
            return

    def open(self, header: str = "") -> Session:
        session = Session()
        self.run(self.flow.open(session, header, now=self.now))
        self.wants.clear()
        return session

    def save(self, session: Session) -> None:
        self.run(self.flow.save(session, https=True, now=self.now))

    def close(self, session: Session, *, https: bool = True) -> list[str]:
        """End a request; the response's Set-Cookie values."""
        self.run(self.flow.close(session, https=https, now=self.now))
        return self.flow.set_cookies(session, https=https)

    def destroy(self, session: Session) -> list[str]:
        self.run(self.flow.destroy(session, now=self.now))
        return self.close(session)


class Browser:
    """Keeps the last cookie it was given of each Domain and Path, and whether it outlives the browser."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.jar: dict[tuple[str, ...], str] = {}
        self.persistent: dict[tuple[str, ...], bool] = {}

    @property
    def header(self) -> str:
        return "; ".join(self.jar.values())

    def keep(self, cookies: list[str]) -> None:
        for cookie in cookies:
            pair, *attributes = cookie.split("; ")
            identity = tuple(one for one in attributes if one.startswith(("Domain=", "Path=", "Partitioned")))
            if "Expires=Thu, 01 Jan 1970 00:00:00 GMT" in attributes:
                self.jar.pop(identity, None)
                self.persistent.pop(identity, None)
            else:
                self.jar[identity] = pair
                self.persistent[identity] = any(one.startswith("Expires=") for one in attributes)

    def open(self) -> Session:
        return self.service.open(self.header)

    def close(self, session: Session, *, https: bool = True) -> list[str]:
        cookies = self.service.close(session, https=https)
        self.keep(cookies)
        return cookies

    def visit(self, changes: Mapping[str, Any] | None = None, *, regenerate: bool = False, https: bool = True) -> Session:
        """One request that changes the session, and has its response."""
        session = self.open()
        if regenerate:
            self.service.flow.regenerate(session)
        session.update(changes or {})
        self.close(session, https=https)
        return session
