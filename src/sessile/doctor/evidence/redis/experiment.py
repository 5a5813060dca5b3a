"""A login's own commands, tried where they change nothing: on a key that does not exist, and is not made.

`SET ... XX` sets only what is there already. Redis checks rights, room, disk and role of a command before it looks at the key, so
that each is refused just as the service's own would be.
"""

import secrets

from redis.exceptions import ResponseError

from sessile.doctor.evidence.redis.inspection import Inspection, Reply
from sessile.doctor.evidence.redis.refusal import refusal
from sessile.doctor.facts.database import Experiment, Step
from sessile.stores.redis.commands import PREFIX

SENT_ON = "REDIS_MOVED"


def experiment(inspection: Inspection) -> Experiment:
    """Try them all. Raises RedisError or OSError where the connection breaks."""
    key = f"{PREFIX}sessile-doctor-{secrets.token_hex(16)}"
    commands = {
        "save": ("SET", key, "{}", "XX", "EX", 60),
        "find": ("GET", key),
        "touch": ("EXPIRE", key, 60),
        "destroy": ("DEL", key),
    }
    replies = inspection.ask_all(list(commands.values()))
    return Experiment(tuple(_step(name, reply) for name, reply in zip(commands, replies, strict=True)))


def _step(name: str, reply: Reply) -> Step:
    """A node of a cluster that sends on to another one refuses nothing: a client for clusters follows."""
    failure = refusal(reply) if isinstance(reply, ResponseError) else None
    return Step(name, 0, None if failure and failure.code == SENT_ON else failure)
