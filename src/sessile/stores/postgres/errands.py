"""What a store does besides requests: a user's sessions, and pruning. Each is a few steps, which either executor runs."""

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sessile.errors import ConfigurationError, StoreError
from sessile.session.store import Answer, Delete
from sessile.session.user import UserKeys, UserSession, is_key, key_of
from sessile.stores.postgres.attempts import Rest
from sessile.stores.postgres.catalog import Statement
from sessile.stores.postgres.journal import Event
from sessile.stores.postgres.layout import Layout
from sessile.stores.postgres.prune import Pruned, Sweep
from sessile.stores.postgres.users import MOST, Choice, Held, chosen

T = TypeVar("T")

Revocation = tuple[Delete, ...]
Step = Statement[Any] | Revocation | Rest
"""What an executor does: run a statement and parse its rows, perform the wants, or wait."""

Errand = Generator[Step, Any, T]


@dataclass(frozen=True, slots=True)
class Errands:
    """The errands on one table; `users` tells where its sessions name their users, None where nobody asked for that."""

    layout: Layout
    users: UserKeys | None

    def sessions_of(self, user: str | int, current: str | None) -> Errand[tuple[UserSession, ...]]:
        """The living sessions of a user, the one last used first. Raises ConfigurationError where users are not looked for."""
        found: tuple[Held, ...] = yield self._chosen(Choice(str(user)), current)
        shown = [one.shown for one in found]
        return tuple(sorted(shown, key=lambda one: (one.current, one.last_seen or one.expires), reverse=True))

    def revoke(self, user: str | int, key: str) -> Errand[bool]:
        """End the one session of a user that has the key; whether there was one."""
        if not is_key(key):
            return False
        return (yield from self._revoked(Choice(str(user), key=key))) > 0

    def revoke_all(self, user: str | int, but: str | None) -> Errand[int]:
        """End all sessions of a user, except that of the id `but`; how many there were."""
        return (yield from self._revoked(Choice(str(user), but=None if but is None else key_of(but))))

    def prune(self, stopped: Callable[[], bool] = lambda: False) -> Errand[Pruned]:
        """Delete the expired rows; `stopped` is asked after each batch."""
        sweep = Sweep(self.layout)
        while True:
            begun = time.monotonic()
            batch = yield sweep.statement()
            pause = sweep.note(batch, time.monotonic() - begun)
            if pause is None or stopped():
                return sweep.result
            yield Rest(pause)

    def _revoked(self, choice: Choice) -> Errand[int]:
        ended = 0
        while True:
            found: tuple[Held, ...] = yield self._chosen(choice, None)
            answers: Sequence[Answer | StoreError] = yield tuple(Delete(one.id, why=Event.REVOKED) for one in found)
            if refused := next((answer for answer in answers if isinstance(answer, StoreError)), None):
                raise refused
            gone = sum(answer is True for answer in answers)
            ended += gone
            if len(found) < MOST or not gone:
                return ended

    def _chosen(self, choice: Choice, current: str | None) -> Statement[tuple[Held, ...]]:
        if self.users is None:
            raise ConfigurationError(
                "the store does not look for users: say PostgresStore(users=True), or where a session names its user"
            )
        return chosen(self.layout, self.users, choice, current)
