"""What happened: each request with what it saw, did and was told, and what the table held, in the order of one clock."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.interleavings.schedule import SESSILE, SHARED, Op, Step
from sessile.session.outcome import Outcome

RESERVED = ("cookie", "sessile")
ABSENT = None
Values = dict[str, str | None]
"""A session's data, or changes to it: each value as JSON; ABSENT for a key that is not there."""


def values_of(data: Mapping[str, Any]) -> Values:
    """The data of a session, without what its keepers note in it."""
    return {key: json.dumps(value, sort_keys=True) for key, value in data.items() if key not in RESERVED}


@dataclass(slots=True)
class Request:
    """One request. The moments are ticks of the history's clock, None while they have not come.

    `acts_from` is when its handler could begin to change anything, `done` when the handler had done so. `found` tells whether the
    id was there, `loaded` is the data that the handler saw, `wrote` what it changed; `becomes` is the id that it was given with a
    cookie. `outcome` is sessile's, `logged` the lines that sessile wrote about it. `failure` is what came instead of an answer.
    """

    number: int
    step: Step
    session_id: str | None
    began: int
    arrived: int | None = None
    acts_from: int | None = None
    done: int | None = None
    ended: int | None = None
    status: int | None = None
    found: bool | None = None
    loaded: Values = field(default_factory=dict)
    wrote: Values = field(default_factory=dict)
    becomes: str | None = None
    cookie_set: bool = False
    outcome: Outcome | None = None
    logged: list[str] = field(default_factory=list)
    cancelled: bool = False
    failure: str = ""
    waiting: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    gate: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def client(self) -> str:
        return self.step.client

    @property
    def op(self) -> Op:
        return self.step.op

    @property
    def change(self) -> tuple[str, Any]:
        """The key that it changes, and the new value; ABSENT where the key goes."""
        match self.op:
            case Op.SET_DEEP:
                return f"{self.client} deep", {"number": self.number}
            case Op.SET_SHARED:
                return SHARED, self.number
            case Op.LOGIN:
                return "user", self.number
            case Op.POISON:
                return "poison", f"{self.number}\0"
            case Op.UNSET:
                return self.client, ABSENT
            case _:
                return self.client, self.number

    @property
    def is_sessile(self) -> bool:
        return self.client in SESSILE

    @property
    def succeeded(self) -> bool:
        return self.status == 200

    def __str__(self) -> str:
        marks = "".join(f", {mark}" for mark, on in (("held", self.step.held), ("cancelled", self.cancelled)) if on)
        moments = "/".join(
            "-" if at is None else str(at) for at in (self.began, self.arrived, self.acts_from, self.done, self.ended)
        )
        return (
            f"#{self.number} {self.client} {self.op} on {short(self.session_id)}{marks}: [{moments}] "
            f"{self.status or self.failure} found={self.found} loaded={self.loaded} wrote={self.wrote} "
            f"becomes={short(self.becomes)} outcome={self.outcome}"
        )


@dataclass(frozen=True, slots=True)
class Observation:
    """The table as somebody read it at some moment from `began` to `ended`; None is a row that was not there."""

    began: float
    ended: float
    rows: Mapping[str, Values | None]
    who: str

    def __str__(self) -> str:
        rows = ", ".join(f"{short(session_id)}: {row}" for session_id, row in self.rows.items())
        return f"[{self.began}/{self.ended}] {self.who} saw {rows}"


@dataclass(slots=True)
class History:
    """One example from its first request to its last. `tick` is the clock; `cuts` says when which client's connections were
    ended.
    """

    tick: Callable[[], int]
    requests: list[Request] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    cuts: list[tuple[int, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def request(self, step: Step, session_id: str | None) -> Request:
        """Note a request that begins now."""
        number = len(self.requests) + 1
        request = Request(number, step, session_id, self.tick())
        self.requests.append(request)
        return request

    def __str__(self) -> str:
        events: list[tuple[float, str]] = [(request.began, str(request)) for request in self.requests]
        events += [(observation.began, str(observation)) for observation in self.observations]
        events += [(at, f"[{at}] the connections of {client} are cut") for at, client in self.cuts]
        return "\n".join(line for _, line in sorted(events))


def short(session_id: str | None) -> str:
    """Enough of an id to tell the sessions of an example apart."""
    return session_id[:4] if session_id else "-"
