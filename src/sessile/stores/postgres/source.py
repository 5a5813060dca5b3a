"""Where the database is: a URL as people have it, turned into what libpq takes."""

import os
from dataclasses import dataclass, field

from sessile.errors import ConfigurationError
from sessile.stores.postgres.address import Address, AddressError


@dataclass(frozen=True, slots=True)
class Source:
    """A connection string for psycopg, and after how many uses a statement is prepared (None behind a pooler: never)."""

    conninfo: str = field(repr=False)
    prepare_threshold: int | None = 2

    @classmethod
    def of(cls, url: str | None) -> "Source":
        """Read a URL, or `DATABASE_URL` where there is none. Raises ConfigurationError, one line, without the password."""
        text = url if url is not None else os.environ.get("DATABASE_URL", "")
        if not text.strip():
            raise ConfigurationError("no database: pass a URL to PostgresStore, or set DATABASE_URL")
        try:
            address = Address.parse(text)
        except AddressError as error:
            raise ConfigurationError(str(error)) from error
        return cls(address.conninfo, None if "pgbouncer=true" in text else 2)
