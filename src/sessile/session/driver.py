"""The two drivers of a flow: they hand what it wants to a store, and the store's answer back to it."""

from collections.abc import Generator
from typing import Any, TypeVar

from sessile.errors import StoreError
from sessile.session.store import Answer, Store, SyncStore, Want

Result = TypeVar("Result")
Flow = Generator[Want, Any, Result]


async def drive(flow: Flow[Result], store: Store) -> Result:
    """Run a flow on an asynchronous store. Raises what the flow raises; a store's error is raised inside the flow first."""
    step = _start(flow)
    while isinstance(step, _Wanted):
        (answer,) = await store.perform([step.want])
        step = _resume(flow, answer)
    return step


def drive_sync(flow: Flow[Result], store: SyncStore) -> Result:
    """Run a flow on a synchronous store; otherwise as `drive`."""
    step = _start(flow)
    while isinstance(step, _Wanted):
        (answer,) = store.perform([step.want])
        step = _resume(flow, answer)
    return step


class _Wanted:
    __slots__ = ("want",)

    def __init__(self, want: Want) -> None:
        self.want = want


def _start(flow: Flow[Result]) -> _Wanted | Result:
    try:
        return _Wanted(next(flow))
    except StopIteration as end:
        result: Result = end.value
        return result


def _resume(flow: Flow[Result], answer: Answer | StoreError) -> _Wanted | Result:
    try:
        return _Wanted(flow.throw(answer) if isinstance(answer, StoreError) else flow.send(answer))
    except StopIteration as end:
        result: Result = end.value
        return result
