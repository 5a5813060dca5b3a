"""What must hold of every history, and which of it does not."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from lab.interleavings.history import ABSENT, History, Observation, Request, Values, short
from lab.interleavings.schedule import Op
from sessile.session.outcome import Reason

NEVER = math.inf
Options = frozenset[str | None]


@dataclass(frozen=True, slots=True)
class Write:
    """A change that one request made, or may have made, to one row at one moment from `began` to `ended`.

    A `whole` one set every key. `inherited` is the row whose data it took over, `alone` that it may have taken over nothing.
    """

    request: Request
    began: float
    ended: float
    certain: bool
    values: Values
    whole: bool = False
    inherited: str | None = None
    alone: bool = False

    def touches(self, key: str) -> bool:
        return self.whole or key in self.values


@dataclass(frozen=True, slots=True)
class Removal:
    """A logout or a new id, which made, or may have made, a row go between `began` and `ended`."""

    request: Request
    began: float
    ended: float
    certain: bool


@dataclass(slots=True)
class Row:
    """All that was done to one row."""

    writes: list[Write] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)


def violations(history: History) -> list[str]:
    """Every promise that was broken in a history, in a sentence."""
    return list(_Judge(history).violations())


class _Judge:
    """Judges one history.

    The rule for data is that of a regular register, key by key: whoever reads sees a write that was not yet overwritten for sure
    when the reading began. It is exact also for Express, whose writes set every key, to values that it told when it loaded them.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        self.rows: dict[str, Row] = {session_id: Row() for session_id in history.ids}
        for request in history.requests:
            self._note_removal(request)
        for request in history.requests:
            self._note_write(request)

    def violations(self) -> Iterator[str]:
        observations = sorted((*self.history.observations, *self._loads()), key=lambda seen: seen.ended)
        for request in self.history.requests:
            yield from self._answer(request)
            if request.is_sessile:
                yield from self._outcome(request)
        for seen in observations:
            yield from self._presence(seen, observations)
            yield from self._data(seen)

    def _note_removal(self, request: Request) -> None:
        if (
            request.op not in (Op.LOGIN, Op.LOGOUT)
            or not request.session_id
            or not request.found
            or not self._had_effect(request)
        ):
            return
        ended, certain = (request.ended, True) if request.succeeded else (None, False)
        removal = Removal(request, request.acts_from or request.began, NEVER if ended is None else ended, certain)
        self.rows[request.session_id].removals.append(removal)

    def _note_write(self, request: Request) -> None:
        if not request.op.writes or not self._had_effect(request):
            return
        began, ended = request.acts_from or request.began, request.ended
        if request.becomes:
            self.rows[request.becomes].writes.append(self._creation(request, began))
        elif request.session_id and request.op is not Op.LOGIN and self._is_kept(request):
            values = request.wrote if request.is_sessile else request.loaded | request.wrote
            certain = request.succeeded and (request.is_sessile or not self._removed_before(request))
            write = Write(request, began, ended if certain and ended else NEVER, certain, values, not request.is_sessile)
            self.rows[request.session_id].writes.append(write)

    def _creation(self, request: Request, began: int) -> Write:
        inherits = request.is_sessile and request.op is Op.LOGIN and bool(request.found)
        others = (
            any(removal.request is not request for removal in self.rows[request.session_id or ""].removals) if inherits else False
        )
        return Write(
            request, began, request.ended or NEVER, True, request.wrote, True, request.session_id if inherits else None, others
        )

    @staticmethod
    def _had_effect(request: Request) -> bool:
        """Whether a request may have changed anything in the table."""
        if request.found is None or (request.found is False and not request.becomes):
            return False
        if not request.is_sessile:
            return True
        acted = request.acts_from is not None if request.op is Op.LOGOUT else request.done is not None
        refused = request.status is not None and request.status >= 500
        return acted and not (refused and request.outcome is not None and request.outcome.reason is not Reason.UNKNOWN)

    @staticmethod
    def _is_kept(request: Request) -> bool:
        return not (request.outcome and request.outcome.reason is Reason.DELETED)

    def _removed_before(self, request: Request) -> bool:
        removals = self.rows[request.session_id or ""].removals
        return any(removal.began < (request.ended or NEVER) for removal in removals)

    def _loads(self) -> Iterator[Observation]:
        for request in self.history.requests:
            if request.found is not None and request.session_id:
                row = request.loaded if request.found else None
                seen = request.arrived or request.ended or NEVER
                yield Observation(request.began, seen, {request.session_id: row}, f"#{request.number} {request.client}")

    def _answer(self, request: Request) -> Iterator[str]:
        if request.failure:
            yield f"{request} ended without an answer"
        if request.cancelled and request.step.cancelled_at is None:
            yield f"{request} was cancelled, and nobody had cancelled it"
        if request.status != 200 and request.status is not None:
            if request.op is not Op.POISON and not self._was_cut(request):
                yield f"{request} failed, and nothing of its own was broken"
            if request.cookie_set:
                yield f"{request} failed, and set a cookie"

    def _was_cut(self, request: Request) -> bool:
        return any(client == request.client and at < (request.ended or NEVER) for at, client in self.history.cuts)

    def _outcome(self, request: Request) -> Iterator[str]:
        outcome = request.outcome
        if outcome is None or not isinstance(outcome.reason, Reason):
            yield f"{request} has no outcome"
            return
        if request.cancelled and request.ended is None:
            return
        if outcome.stopped and not any(line.startswith(f"session stopped at {outcome}") for line in request.logged):
            yield f"{request} stopped without a line in the log: {request.logged}"
        if request.status == 200 and outcome.reason not in (Reason.NEW, Reason.LIVE, Reason.MISSING, Reason.DELETED):
            yield f"{request} succeeded with the outcome of a failure"
        if request.status != 200 and not outcome.stopped:
            yield f"{request} failed without an outcome"
        if request.session_id and outcome.reason in (Reason.DELETED, Reason.LIVE):
            yield from self._deletion(request, self.rows[request.session_id].removals)

    def _deletion(self, request: Request, removals: list[Removal]) -> Iterator[str]:
        others = [removal for removal in removals if removal.request is not request]
        deleted = request.outcome is not None and request.outcome.reason is Reason.DELETED
        if deleted and not any(removal.began < (request.ended or NEVER) for removal in others):
            yield f"{request} found its session deleted, which nobody had deleted"
        wrote = bool(request.wrote) and request.succeeded and request.op is not Op.LOGIN
        if wrote and not deleted and any(removal.certain and removal.ended < (request.done or 0) for removal in others):
            yield f"{request} wrote to a session that was deleted before, and was not told"

    def _presence(self, seen: Observation, observations: list[Observation]) -> Iterator[str]:
        for session_id, row in seen.rows.items():
            removals = self.rows[session_id].removals
            if row is None:
                if not any(removal.began < seen.ended for removal in removals):
                    yield f"{seen}, though nobody had removed {short(session_id)}"
                continue
            for removal in removals:
                if removal.certain and removal.ended < seen.began:
                    yield f"{seen}: {short(session_id)} is back after {removal.request}"
            for earlier in observations:
                if earlier.ended < seen.began and earlier.rows.get(session_id, row) is None:
                    yield f"{seen}: {short(session_id)} is back, for {earlier}"

    def _data(self, seen: Observation) -> Iterator[str]:
        for session_id, row in seen.rows.items():
            for key in self._keys() if row is not None else ():
                value, options = (row or {}).get(key, ABSENT), self._options(session_id, key, seen.began, seen.ended)
                if value not in options:
                    yield f"{seen}: {key!r} of {short(session_id)} is {value}, not one of {sorted(map(str, options))}"

    def _keys(self) -> list[str]:
        written = {key for request in self.history.requests for key in (*request.wrote, *request.loaded)}
        return sorted(written | {key for seen in self.history.observations for row in seen.rows.values() for key in row or ()})

    def _options(self, session_id: str, key: str, began: float, ended: float) -> Options:
        """What a reading from `began` to `ended` may see."""
        writes = [write for write in self.rows[session_id].writes if write.touches(key) and write.began < ended]
        over = [write for write in writes if write.certain and write.ended < began]
        latest = [write for write in writes if not any(write.ended < later.began for later in over)]
        return frozenset().union(*(self._values(write, key) for write in latest))

    def _values(self, write: Write, key: str) -> Options:
        if key in write.values:
            return frozenset({write.values[key]})
        if write.inherited is None:
            return frozenset({ABSENT})
        taken_over = self._options(write.inherited, key, NEVER, NEVER)
        return taken_over | {ABSENT} if write.alone else taken_over
