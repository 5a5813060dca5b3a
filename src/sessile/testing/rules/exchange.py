"""An id in the place of another: both rows in one transaction, and the alias that leads from one to the other."""

from collections.abc import Generator
from typing import Any

from sessile.errors import StoreRefused
from sessile.session.store import Create, Delete, Load, Replace, Rotate, Stored
from sessile.testing.contract import ANN, BOB, EVE, Asked, alike, holds, later, row


def delete_takes_the_alias_along() -> Generator[Asked, Any, None]:
    """The id of before ends with the session."""
    yield Create("a", BOB, later())
    yield Create("old", EVE, later())
    yield Delete("a", alias="old")
    holds((yield Load("a")) is None, says="Delete with an alias removes the row")
    holds((yield Load("old")) is None, says="Delete with an alias removes the alias too")
    yield Create("b", BOB, later())
    holds((yield Delete("b", alias="nobody")) is True, says="Delete's answer is of its row, not of its alias")


def replace_leaves_one_of_the_two() -> Generator[Asked, Any, None]:
    """A login's new id is there, and its old one is not."""
    was, expires = (yield Create("old", BOB, later())), later(7200)
    yield Create("alias", ANN, later())
    holds(alike((yield Replace("old", "new", EVE, expires, was, "alias")), EVE), says="Replace answers the new row's text")
    holds(row((yield Load("new")), EVE, expires), says="Replace inserts the new row")
    holds((yield Load("old")) is None, says="Replace removes the old row")
    holds((yield Load("alias")) is None, says="Replace removes the alias too")
    holds(alike((yield Replace("gone", "newer", BOB, expires)), BOB), says="Replace without `was` needs no old row")


def replace_with_was_does_all_or_nothing() -> Generator[Asked, Any, None]:
    """What another wrote meanwhile is not thrown away unseen."""
    yield Create("old", BOB, later())
    yield Create("alias", ANN, later())
    holds(
        (yield Replace("old", "new", EVE, later(), EVE, "alias")) is None, says="Replace of what `old` does not hold answers None"
    )
    holds(
        (yield Replace("gone", "new", EVE, later(), EVE)) is None, says="Replace of a row that is gone, with `was`, answers None"
    )
    holds((yield Load("new")) is None, says="a Replace that answers None inserts nothing")
    holds(isinstance((yield Load("old")), Stored), says="a Replace that answers None removes nothing")
    holds(isinstance((yield Load("alias")), Stored), says="a Replace that answers None leaves the alias")


def a_refused_replace_leaves_both() -> Generator[Asked, Any, None]:
    """Both rows are of one transaction."""
    was = yield Create("old", BOB, later())
    yield Create("new", ANN, later())
    answer = yield Replace("old", "new", EVE, later(), was)
    holds(isinstance(answer, StoreRefused), says="Replace by an id that is there answers StoreRefused")
    holds(isinstance((yield Load("old")), Stored), says="a refused Replace removes nothing")
    holds(alike(getattr((yield Load("new")), "text", None), ANN), says="a refused Replace overwrites nothing")


def rotate_leaves_an_alias() -> Generator[Asked, Any, None]:
    """The old id leads to the new one for exactly its grace, shorter than the session's life."""
    was, expires, grace = (yield Create("old", BOB, later(7200))), later(), later(30)
    holds(alike((yield Rotate("old", "new", EVE, expires, was, ANN, grace)), EVE), says="Rotate answers the new row's text")
    holds(row((yield Load("new")), EVE, expires), says="Rotate inserts the new row")
    holds(row((yield Load("old")), ANN, grace), says="Rotate leaves the alias under the old id, with exactly its own expiry")


def rotate_does_all_or_nothing() -> Generator[Asked, Any, None]:
    """Of two rotations at once, the second finds that there is nothing to do."""
    was = yield Create("old", BOB, later())
    yield Create("new", ANN, later())
    missed = yield Rotate("old", "other", EVE, later(), EVE, ANN, later(30))
    holds(missed is None, says="Rotate of what `old` does not hold answers None")
    holds(
        (yield Rotate("gone", "other", EVE, later(), BOB, ANN, later(30))) is None,
        says="Rotate of a row that is gone answers None",
    )
    holds((yield Load("other")) is None, says="a Rotate that answers None inserts nothing")
    refused = yield Rotate("old", "new", EVE, later(), was, ANN, later(30))
    holds(isinstance(refused, StoreRefused), says="Rotate to an id that is there answers StoreRefused")
    holds(getattr((yield Load("old")), "text", None) == was, says="a Rotate that was not done leaves the old row")


RULES = (
    delete_takes_the_alias_along,
    replace_leaves_one_of_the_two,
    replace_with_was_does_all_or_nothing,
    a_refused_replace_leaves_both,
    rotate_leaves_an_alias,
    rotate_does_all_or_nothing,
)
