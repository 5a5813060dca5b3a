"""What the store says to Redis: commands as data, for an asynchronous and a synchronous executor alike.

Each want is one command, or a script that Redis runs whole or not at all, so that nobody comes between a comparison and what
follows from it. Key and value are connect-redis's (10.0.0, `index.ts`): the prefix and the id; the session's JSON. A life is a
number of milliseconds from now, as connect-redis writes one in seconds: whatever Redis's clock shows, it runs as fast as ours.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sessile.errors import StoreError, StoreRefused
from sessile.session.id import masked
from sessile.session.store import Answer, Create, Delete, Load, Replace, Rotate, Stored, Touch, Update, Want

PREFIX = "sess:"

NO_END = 253_370_764_800_000
"""The year 9999 in epoch milliseconds: what a value without a time limit, as `disableTTL` writes it, lives to."""

TAKEN, MISSED = -1, 0

UPDATE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""

TOUCH = """
local left = redis.call('PTTL', KEYS[1])
if left == -2 then return 0 end
if left >= 0 and left < tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return 1
"""

DELETE = """
if #ARGV == 1 and redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local gone = redis.call('DEL', KEYS[1])
if #KEYS == 2 then redis.call('DEL', KEYS[2]) end
return gone
"""

REPLACE = """
if #ARGV == 3 and redis.call('GET', KEYS[1]) ~= ARGV[3] then return 0 end
if redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
redis.call('DEL', KEYS[1])
if #KEYS == 3 then redis.call('DEL', KEYS[3]) end
return 1
"""

ROTATE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
return 1
"""

Reply = Any
Command = tuple[str | bytes | int, ...]


@dataclass(frozen=True, slots=True)
class Saying:
    """The commands of one want, and its answer from their replies and the time at which these came, in epoch milliseconds.

    `repeatable` tells that saying it twice does no more than saying it once.
    """

    commands: tuple[Command, ...]
    read: Callable[[Sequence[Reply], int], Answer | StoreError]
    repeatable: bool


@dataclass(frozen=True, slots=True)
class Commands:
    """The commands for the sessions under a prefix."""

    prefix: str = PREFIX

    def say(self, want: Want, now: int) -> Saying:
        """The commands of a want; `now` in epoch milliseconds."""
        match want:
            case Load(id):
                return Saying((("GET", self.key(id)), ("PTTL", self.key(id))), _stored, repeatable=True)
            case Create(id, text, expires):
                create: Command = ("SET", self.key(id), _bytes(text), "PX", _life(expires, now), "NX")
                return Saying((create,), lambda replies, _: text if replies[0] else _taken(id), repeatable=False)
            case Update(id, text, expires, was):
                update = _script(UPDATE, [self.key(id)], [_bytes(was), _bytes(text), _life(expires, now)])
                return Saying((update,), lambda replies, _: text if replies[0] == 1 else None, repeatable=False)
            case Touch(id, expires):
                touch = _script(TOUCH, [self.key(id)], [_life(expires, now)])
                return Saying((touch,), _whether, repeatable=True)
            case Delete(id, alias, was):
                delete = _script(DELETE, self._keys(id, alias), [_bytes(was)] if was is not None else [])
                return Saying((delete,), _whether, repeatable=True)
            case Replace(old, id, text, expires, was, alias):
                given: list[bytes | int] = [_bytes(text), _life(expires, now)]
                replace = _script(REPLACE, self._keys(old, id, alias), [*given, *([_bytes(was)] if was is not None else [])])
                return Saying((replace,), lambda replies, _: _put(replies[0], id, text), repeatable=False)
            case Rotate(old, id, text, expires, was, alias_text, alias_expires):
                values = (_bytes(was), _bytes(text), _life(expires, now), _bytes(alias_text), _life(alias_expires, now))
                rotate = _script(ROTATE, self._keys(old, id), values)
                return Saying((rotate,), lambda replies, _: _put(replies[0], id, text), repeatable=False)

    def key(self, session_id: str) -> bytes:
        """The key of a session."""
        return _bytes(self.prefix + session_id)

    def _keys(self, *ids: str | None) -> list[bytes]:
        return [self.key(one) for one in ids if one is not None]


def _script(script: str, keys: Sequence[bytes], values: Sequence[str | bytes | int]) -> Command:
    return ("EVAL", script, len(keys), *keys, *values)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _life(expires: int, now: int) -> int:
    """Milliseconds from now to an expiry, which is whole seconds, rounded up, as connect-redis has them; 1 where it is over."""
    return max(math.ceil(expires / 1000) * 1000 - now, 1)


def _stored(replies: Sequence[Reply], now: int) -> Stored | None:
    """Between the command and its reply time passes, so the moment computed is late by that; the second is right."""
    text, left = replies
    if text is None or left == -2:
        return None
    expires = NO_END if left == -1 else (now + left) // 1000 * 1000
    return Stored(text.decode("utf-8", "surrogateescape"), expires)


def _whether(replies: Sequence[Reply], _: int) -> bool:
    return bool(replies[0])


def _put(reply: Reply, session_id: str, text: str) -> str | StoreError | None:
    if reply == TAKEN:
        return _taken(session_id)
    return None if reply == MISSED else text


def _taken(session_id: str) -> StoreRefused:
    return StoreRefused(f"a session of the id {masked(session_id)} is there already", "NX")
