"""What a Redis server tells of itself when it is asked for the first time, and what of that is no place for sessions."""

import logging
from collections.abc import Iterator

from sessile.errors import ConfigurationError, StoreRefused
from sessile.stores.redis.commands import Reply
from sessile.stores.redis.exchange import Unsent
from sessile.stores.redis.failures import failure

INFO = ("INFO",)

EVICTING = ("allkeys", "volatile")

Remark = tuple[int, object]
"""What is worth a line in the log: its level, and the line."""


def remarks(reply: Reply) -> tuple[Remark, ...]:
    """Read the reply to INFO. Raises ConfigurationError where sessions provably cannot be kept."""
    if isinstance(reply, Exception):
        return ((logging.WARNING, f"what Redis tells of itself could not be read: {reply}"),)
    lines = (line.partition(":") for line in reply.decode(errors="replace").splitlines())
    info = {name: value for name, colon, value in lines if colon}
    if info.get("cluster_enabled") == "1":
        raise ConfigurationError(
            "this is a Redis Cluster, which keeps the ids of one session on different nodes: give a server that is no cluster"
        )
    return tuple((logging.WARNING, line) for line in _warnings(info))


def unanswered(error: Exception) -> Remark | ConfigurationError:
    """What is said of a server that did not answer: a line, or, where it refused the login, that this cannot start."""
    failed = failure(error.error if isinstance(error, Unsent) else error, unknown=False)
    if isinstance(failed, StoreRefused):
        return ConfigurationError(f"Redis refuses the login: {failed}")
    return logging.ERROR, f"session stopped at reach: unavailable ({failed}); it is tried again at each request"


def _warnings(info: dict[str, str]) -> Iterator[str]:
    policy, most = info.get("maxmemory_policy", "noeviction"), info.get("maxmemory", "0")
    if policy.startswith(EVICTING) and most != "0":
        yield (
            f"Redis may evict sessions when its memory is full (maxmemory-policy {policy}): users are then logged out without a "
            "reason; set noeviction on a server for sessions"
        )
    if int(info.get("evicted_keys", "0")) > 0:
        yield f"Redis has evicted {info['evicted_keys']} keys since its start; sessions may be among them"
    if info.get("role") == "slave":
        yield "this Redis is a replica, so no session can be saved: give the primary"
