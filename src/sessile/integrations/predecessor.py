"""The session layer that an application had before, whose live sessions are taken over: what an integration must know of it."""

from typing import Protocol

from sessile.session.inheritance import Inherited


class Predecessor(Protocol):
    """Reads the cookies that another library signed, and never writes one."""

    name: str
    """Its cookie's name."""

    def read(self, cookies: str, now: int) -> Inherited | None:
        """The session in a Cookie header, verified and not expired at `now` (epoch milliseconds); None if there is none."""
