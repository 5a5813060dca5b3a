"""What a rule of the contract is made of: it says what it wants of a store, and looks at the answers.

A rule is a generator. It yields a want, a list of wants (performed together), `AtOnce` (each from another caller at the same
moment) or `Reopened`, and is sent the answer or the answers; a failed want's answer is its StoreError.
"""

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sessile.session.store import Stored, Want


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Wants of different callers, performed at the same moment."""

    wants: Sequence[Want]


class Reopened:
    """The store is closed and opened again."""


Asked = Want | list[Want] | AtOnce | Reopened
Rule = Callable[[], Generator[Asked, Any, None]]

COOKIE = '{"originalMaxAge":3600000,"expires":"2026-11-23T17:44:19.924Z","httpOnly":true,"path":"/"}'
BOB, EVE, ANN = (f'{{"cookie":{COOKIE},"user":"{name}"}}' for name in ("bob", "eve", "ann"))
CALLERS = 8


class BrokenContract(AssertionError):
    """A store does not do what `sessile.session.store` says."""


def holds(fact: object, *, says: str) -> None:
    """Raises BrokenContract, in the rule's words."""
    if not fact:
        raise BrokenContract(says)


def later(seconds: int = 3600) -> int:
    """Epoch milliseconds, in whole seconds, for stores keep no finer time."""
    return (int(time.time()) + seconds) * 1000


def alike(stored: object, text: str) -> bool:
    """Whether a stored text is the same JSON: a store may order its keys otherwise."""
    return isinstance(stored, str) and orjson.loads(stored) == orjson.loads(text)


def row(found: object, text: str, expires: int) -> bool:
    """Whether a row was found that holds this."""
    return isinstance(found, Stored) and alike(found.text, text) and found.expires == expires
