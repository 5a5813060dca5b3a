"""Schedules drawn at random."""

from typing import TypeVar

from hypothesis import strategies as st

from lab.interleavings.schedule import EXPRESS, SESSILE, Cut, Op, Round, Schedule, Step

Drawn = TypeVar("Drawn")

ROUNDS, STEPS = (2, 4), (3, 7)
SESSILE_OPS = (*[Op.SET] * 4, *[Op.POISON, Op.ASIDE, Op.LOGIN, Op.LOGOUT] * 2, Op.READ, Op.SET_DEEP, Op.SET_SHARED, Op.UNSET)
EXPRESS_OPS = (*[Op.SET, Op.LOGIN, Op.LOGOUT] * 2, Op.READ, Op.SET_DEEP, Op.SET_SHARED, Op.UNSET)
READING_OPS = (Op.READ, Op.READ, Op.READ, Op.LOGOUT)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """A few rounds of a few requests; in half of the schedules Express only reads and logs out."""
    express = draw(st.sampled_from((EXPRESS_OPS, READING_OPS)))
    return tuple(draw(st.lists(_rounds(express), min_size=ROUNDS[0], max_size=ROUNDS[1])))


@st.composite
def _rounds(draw: st.DrawFn, express: tuple[Op, ...]) -> Round:
    steps = tuple(draw(st.lists(_steps(express), min_size=STEPS[0], max_size=STEPS[1])))
    held = range(sum(step.held for step in steps))
    release = draw(st.none() | st.permutations(held).map(tuple)) if held else None
    return Round(steps, release, draw(_seldom(_cuts(steps))))


@st.composite
def _steps(draw: st.DrawFn, express: tuple[Op, ...]) -> Step:
    client = draw(st.sampled_from(SESSILE * 2 + EXPRESS))
    held, stale = draw(st.booleans()), draw(st.sampled_from((False,) * 5 + (True,)))
    if client in EXPRESS:
        return Step(client, draw(st.sampled_from(express)), held, stale)
    return Step(client, draw(st.sampled_from(SESSILE_OPS)), held, stale, draw(_seldom(st.integers(1, 6))))


def _cuts(steps: tuple[Step, ...]) -> st.SearchStrategy[Cut]:
    held = any(step.held for step in steps)
    fast = not all(step.held for step in steps)
    late = st.booleans() if held and fast else st.just(held)
    return late.flatmap(
        lambda late: st.builds(
            Cut,
            st.sampled_from([step.client for step in steps if step.held is late]),
            st.none() | st.none() | st.integers(0, 6),
            st.just(late),
        )
    )


def _seldom(what: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Drawn | None]:
    return st.sampled_from((False, False, False, True)).flatmap(lambda so: what if so else st.none())
