"""The address of PostgreSQL in an error's message, and whether it is the one that the doctor reached."""

import re
from dataclasses import dataclass

from sessile.doctor.facts import Database, Facts
from sessile.doctor.facts.database import Server

LOOPBACK = ("127.0.0.1", "::1", "localhost")
DEFAULT_PORT = "5432"
_IN_MESSAGE = re.compile(
    r"""ECONNREFUSED\ (?P<node>\S+):(?P<node_port>\d+)
      | server\ at\ "(?P<libpq>[^"]+)".*?port\ (?P<libpq_port>\d+)
      | call\ failed\ \('(?P<asyncio>[^']+)',\ (?P<asyncio_port>\d+)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Address:
    """A host and its port, as a message spells them."""

    host: str
    port: str

    @classmethod
    def of(cls, message: str) -> "Address | None":
        """The address that a message of Node's, libpq's or asyncio's names, or None."""
        found = _IN_MESSAGE.search(message)
        return cls(*(part for part in found.groups() if part)) if found else None

    @property
    def loopback(self) -> bool:
        """Whether it is the machine itself."""
        return self.host in LOOPBACK

    @property
    def default(self) -> bool:
        """Whether it is where a driver looks that was given no address at all."""
        return self.loopback and self.port == DEFAULT_PORT

    def reached(self, facts: Facts) -> bool:
        """Whether the doctor connected to this very address."""
        database = facts.database
        if not isinstance(database, Database) or not isinstance(database.server, Server):
            return False
        hosts = LOOPBACK if self.loopback else (self.host,)
        return any(host in database.address for host in hosts) and re.search(rf"\b{self.port}\b", database.address) is not None
