"""The two drivers of steps: a generator yields what is to be done, and is sent what came of it."""

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

T = TypeVar("T")
Step = TypeVar("Step")
Errors = tuple[type[Exception], ...]


async def drive(steps: Generator[Step, Any, T], do: Callable[[Step], Awaitable[Any]], throwing: Errors = ()) -> T:
    """Do each step, and return what the generator does; errors of these types are thrown into it."""
    try:
        step = next(steps)
        while True:
            try:
                done = await do(step)
            except throwing as error:
                step = steps.throw(error)
            else:
                step = steps.send(done)
    except StopIteration as end:
        result: T = end.value
        return result


def drive_sync(steps: Generator[Step, Any, T], do: Callable[[Step], Any], throwing: Errors = ()) -> T:
    """The same for threads."""
    try:
        step = next(steps)
        while True:
            try:
                done = do(step)
            except throwing as error:
                step = steps.throw(error)
            else:
                step = steps.send(done)
    except StopIteration as end:
        result: T = end.value
        return result
