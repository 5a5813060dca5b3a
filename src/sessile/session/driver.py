"""The two drivers of a flow: they hand what it wants to a store, and the store's answer back to it."""

from collections.abc import Generator
from typing import Any, TypeVar, cast

from sessile.errors import StoreError
from sessile.session.store import Store, SyncStore, Want

Result = TypeVar("Result")
Flow = Generator[Want, Any, Result]


async def drive(flow: Flow[Result], store: Store) -> Result:
    """Run a flow on an asynchronous store. Raises what the flow raises; a store's error is raised inside the flow first."""
    try:
        want = next(flow)
        while True:
            (answer,) = await store.perform((want,))
            want = flow.throw(answer) if isinstance(answer, StoreError) else flow.send(answer)
    except StopIteration as end:
        return cast("Result", end.value)


def drive_sync(flow: Flow[Result], store: SyncStore) -> Result:
    """Run a flow on a synchronous store; otherwise as `drive`."""
    try:
        want = next(flow)
        while True:
            (answer,) = store.perform((want,))
            want = flow.throw(answer) if isinstance(answer, StoreError) else flow.send(answer)
    except StopIteration as end:
        return cast("Result", end.value)
