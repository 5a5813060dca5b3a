"""The table as the statements meet it: its name, the types of its columns, and the zone of a zoneless `expire`."""

from dataclasses import dataclass
from typing import Self
from zlib import crc32

from sessile.stores.postgres.addition import bearer, literal
from sessile.stores.postgres.journal import Journal
from sessile.stores.postgres.shape import TableShape


@dataclass(frozen=True, slots=True)
class Layout:
    """`zone` is the one in which a zoneless `expire` is written; `journal` is where ends are noted, None if nowhere."""

    shape: TableShape
    zone: str
    journal: Journal | None = None

    @classmethod
    def of(cls, shape: TableShape, zone: str, *, journal: bool) -> Self:
        """The layout of a table, with its journal or without."""
        return cls(shape, zone, Journal.of(shape) if journal else None)

    @property
    def table(self) -> str:
        """The quoted name, schema first."""
        return self.shape.qualified

    @property
    def sess_type(self) -> str:
        return self._type("sess")

    @property
    def expire_type(self) -> str:
        return self._type("expire")

    @property
    def zoneless(self) -> bool:
        """Whether `expire` has no time zone of its own."""
        return "without" in self.expire_type

    @property
    def milliseconds(self) -> str:
        """SQL that reads the `expire` of a row `s` as epoch milliseconds."""
        read = f"s.expire AT TIME ZONE {literal(self.zone)}" if self.zoneless else "s.expire"
        return f"CASE WHEN s.expire IS NULL THEN 0 ELSE (extract(epoch FROM least({read}, '9999-01-01')) * 1000)::bigint END"

    def moment(self, instant: str) -> str:
        """SQL for a timestamptz as `expire` holds it, whatever the connection's TimeZone."""
        return f"timezone({literal(self.zone)}, {instant})" if self.zoneless else instant

    def lock(self, purpose: str) -> int:
        """The advisory lock under which something is done to the rows, the same under whatever name they are reached."""
        return crc32(f"sessile {purpose} {bearer(self.shape).qualified}".encode())

    def _type(self, name: str) -> str:
        column = self.shape.column(name)
        return column.type if column else ""
