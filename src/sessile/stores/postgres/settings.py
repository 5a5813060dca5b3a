"""What a store was told about its table and its limits, for the asynchronous and the synchronous executor alike."""

from dataclasses import dataclass, replace

from sessile.session.user import UserKeys
from sessile.stores.postgres.budget import LIMITS, Budget
from sessile.stores.postgres.readiness import Ask, MakingReady, make_ready
from sessile.stores.postgres.table import TableName


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of `PostgresStore`; `timeout` in seconds."""

    name: TableName
    create: bool
    triggers: bool
    journal: bool
    users: UserKeys | None
    time_zone: str | None
    pool_size: int
    workers: int | None
    timeout: float

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
        [limits] = yield Ask(LIMITS)
        return replace(ready, remarks=(*ready.remarks, Budget.of(limits, pool=connections, workers=self.workers).remark))
