"""What a process must not share with those it forks: connections, and what waits to be sent on them."""

import os
import weakref
from typing import Protocol


class Forgetful(Protocol):
    """Something that a forked process begins anew."""

    def forget(self) -> object:
        """Let go of everything without a word to the server. Answer: what must never be closed in this process."""


_EVERY: weakref.WeakSet[Forgetful] = weakref.WeakSet()
_PARENTS: list[object] = []
"""What a forked process must never close: the sockets are shared, and closing would end the parent's connections."""


def begins_anew(thing: Forgetful) -> None:
    """Have a thing forget, in each process that is forked from this one, what it holds now."""
    _EVERY.add(thing)


def _forget_all() -> None:
    _PARENTS.extend(each.forget() for each in list(_EVERY))


os.register_at_fork(after_in_child=_forget_all)
