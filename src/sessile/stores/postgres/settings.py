"""What a store was told about its table and its limits, for the asynchronous and the synchronous executor alike."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from sessile.errors import TableError
from sessile.session.user import UserKeys
from sessile.stores.hashed import LENGTH, MARK, HashedIds
from sessile.stores.postgres.budget import LIMITS, Budget
from sessile.stores.postgres.layout import Layout
from sessile.stores.postgres.readiness import Ask, MakingReady, make_ready
from sessile.stores.postgres.statements import Row
from sessile.stores.postgres.table import TableName

PLAIN = """
SELECT count(*) FILTER (WHERE sid NOT LIKE '{mark}%'), count(*)
FROM (SELECT sid FROM {table} WHERE expire > {now} ORDER BY expire DESC LIMIT 200) AS latest
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of `PostgresStore`; `timeout` in seconds."""

    name: TableName
    create: bool
    triggers: bool
    journal: bool
    users: UserKeys | None
    hashed: HashedIds | None
    time_zone: str | None
    pool_size: int
    workers: int | None
    timeout: float

    def stored(self, session_id: str | None) -> str | None:
        """The id under which the row of an id stands."""
        return session_id if self.hashed is None else self.hashed.sole(session_id)

    def making_ready(self, connections: int) -> MakingReady:
        """The steps that make the table ready, and hold the connections of this process against what the server allows."""
        ready = yield from make_ready(
            self.name,
            create=self.create,
            time_zone=self.time_zone,
            triggers=self.triggers,
            journal=self.journal,
            users=self.users,
        )
        if self.hashed is not None:
            yield from _fit_for_hashed(ready.layout, alone=len(self.hashed.forms) == 1)
        [limits] = yield Ask(LIMITS)
        return replace(ready, remarks=(*ready.remarks, Budget.of(limits, pool=connections, workers=self.workers).remark))


def _fit_for_hashed(layout: Layout, *, alone: bool) -> Generator[Ask, Sequence[Row], None]:
    """Raises TableError where hashed ids do not fit, or, if they are to stand `alone`, where others stand among them."""
    sid = layout.shape.column("sid")
    limit = int(sid.type.partition("(")[2].rstrip(")") or LENGTH) if sid else LENGTH
    if limit < LENGTH:
        raise TableError(f"sid of {layout.table} holds {limit} characters, and a hashed id has {LENGTH}: make it varchar")
    if not alone:
        return
    [(plain, seen)] = yield Ask(PLAIN.format(mark=MARK, table=layout.table, now=layout.moment("now()")))
    if plain:
        raise TableError(
            f"{plain} of the latest {seen} sessions in {layout.table} stand under ids that are not hashed, and would be lost: "
            'Express writes here, or a store without hash_ids; change over by hash_ids="accept", then "prefer" (docs/users.md)'
        )
