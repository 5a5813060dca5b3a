"""What is created, changed, touched and deleted, row by row."""

from collections.abc import Generator
from typing import Any

from sessile.errors import StoreError, StoreRefused
from sessile.session.store import Create, Delete, Load, Stored, Touch, Update
from sessile.testing.contract import ANN, BOB, EVE, Asked, Reopened, alike, holds, later, row


def what_is_created_is_found() -> Generator[Asked, Any, None]:
    """Create answers the text as stored, and Load finds just that."""
    expires = later()
    holds((yield Load("a")) is None, says="Load of an id that nobody created answers None")
    stored = yield Create("a", BOB, expires)
    holds(alike(stored, BOB), says="Create answers the text as stored, the same JSON as given")
    holds((yield Load("a")) == Stored(stored, expires), says="Load answers the text that Create answered, and its expiry")
    holds((yield Load("b")) is None, says="Load of another id answers None")


def a_taken_id_is_refused() -> Generator[Asked, Any, None]:
    """Create never overwrites: whoever guesses or repeats an id harms nobody."""
    expires = later()
    yield Create("a", BOB, expires)
    holds(
        isinstance((yield Create("a", EVE, later(60))), StoreRefused), says="Create of an id that is there answers StoreRefused"
    )
    holds(row((yield Load("a")), BOB, expires), says="a refused Create leaves the row as it was")


def update_swaps_only_what_it_has_seen() -> Generator[Asked, Any, None]:
    """No update is lost: whoever changes a row must have seen what it held."""
    was = yield Create("a", BOB, later())
    expires = later(7200)
    stored = yield Update("a", EVE, expires, was)
    holds(alike(stored, EVE), says="Update of what the row holds answers the text as stored")
    holds((yield Load("a")) == Stored(stored, expires), says="Update changes the text and the expiry")
    holds((yield Update("a", ANN, later(), was)) is None, says="Update of what the row does not hold any more answers None")
    holds((yield Load("a")) == Stored(stored, expires), says="an Update that answers None changes nothing")


def update_never_inserts() -> Generator[Asked, Any, None]:
    """A session that was logged out meanwhile stays logged out."""
    holds((yield Update("a", BOB, later(), BOB)) is None, says="Update of a row that is not there answers None")
    holds((yield Load("a")) is None, says="Update never inserts")
    was = yield Create("b", BOB, later())
    yield Delete("b")
    holds((yield Update("b", EVE, later(), was)) is None, says="Update of a deleted row answers None")
    holds((yield Load("b")) is None, says="Update never brings a row back")


def touch_moves_forward_only() -> Generator[Asked, Any, None]:
    """A slow request cannot shorten a session that a later one has lengthened."""
    expires = later()
    stored = yield Create("a", BOB, expires)
    holds((yield Touch("a", expires - 60_000)) is True, says="Touch answers True where the row is there")
    holds((yield Load("a")) == Stored(stored, expires), says="Touch never moves an expiry back")
    holds((yield Touch("a", expires + 60_000)) is True, says="Touch answers True where the row is there")
    holds((yield Load("a")) == Stored(stored, expires + 60_000), says="Touch moves the expiry forward, and leaves the text")
    holds((yield Touch("b", expires)) is False, says="Touch answers False where the row is not there")
    holds((yield Load("b")) is None, says="Touch never inserts")


def a_touch_that_may_wait_is_written_in_the_end() -> Generator[Asked, Any, None]:
    """`lazily` puts a touch off; closing the store does not lose it."""
    expires = later()
    yield Create("a", BOB, expires)
    yield Touch("a", expires + 60_000, lazily=True)
    yield Reopened()
    holds(row((yield Load("a")), BOB, expires + 60_000), says="a lazy Touch is written at the latest when the store is closed")


def delete_tells_whether_it_was_there() -> Generator[Asked, Any, None]:
    """Of two logouts one ended the session."""
    yield Create("a", BOB, later())
    holds((yield Delete("a")) is True, says="Delete answers True where the row was there")
    holds((yield Load("a")) is None, says="Delete removes the row")
    holds((yield Delete("a")) is False, says="Delete answers False where there was no row")


def delete_with_was_spares_what_another_wrote() -> Generator[Asked, Any, None]:
    """With `was`, only the row that still holds that text goes."""
    first = yield Create("a", BOB, later())
    second = yield Update("a", EVE, later(), first)
    holds((yield Delete("a", was=first)) is False, says="Delete with a `was` that the row does not hold any more answers False")
    holds(isinstance((yield Load("a")), Stored), says="Delete with a `was` that the row does not hold any more removes nothing")
    holds((yield Delete("a", was=second)) is True, says="Delete with the text that the row holds removes it")


def a_closed_store_keeps_its_rows() -> Generator[Asked, Any, None]:
    """A deployment logs nobody out."""
    expires = later()
    stored = yield Create("a", BOB, expires)
    yield Reopened()
    holds((yield Load("a")) == Stored(stored, expires), says="what was created is found after close and open")


def an_expired_row_is_told_from_a_missing_one() -> Generator[Asked, Any, None]:
    """The log can say "expired" where it would else say "missing"; only for stores that keep what has expired for a while."""
    expires = later(-10)
    created = yield Create("a", BOB, expires)
    holds(not isinstance(created, StoreError), says="Create takes an expiry that has passed")
    holds(row((yield Load("a")), BOB, expires), says="Load answers a row also when it has expired")


RULES = (
    what_is_created_is_found,
    a_taken_id_is_refused,
    update_swaps_only_what_it_has_seen,
    update_never_inserts,
    touch_moves_forward_only,
    a_touch_that_may_wait_is_written_in_the_end,
    delete_tells_whether_it_was_there,
    delete_with_was_spares_what_another_wrote,
    a_closed_store_keeps_its_rows,
    an_expired_row_is_told_from_a_missing_one,
)
