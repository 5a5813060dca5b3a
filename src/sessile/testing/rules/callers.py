"""Many wants in one call, and many callers at the same moment."""

from collections.abc import Generator
from typing import Any

from sessile.errors import StoreRefused
from sessile.session.store import Create, Delete, Load, Stored, Touch, Update
from sessile.testing.contract import ANN, BOB, CALLERS, COOKIE, EVE, Asked, AtOnce, alike, holds, later


def answers_come_in_order() -> Generator[Asked, Any, None]:
    """However a store does them, wants that came together are answered one by one."""
    expires = later()
    was = yield Create("b", BOB, expires)
    answers = yield [Create("a", BOB, expires), Load("b"), Update("b", EVE, expires, was), Load("none"), Delete("none")]
    holds(len(answers) == 5, says="perform answers every want")
    created, _loaded, updated, none, deleted = answers
    holds(alike(created, BOB) and alike(updated, EVE), says="perform answers in the order of the wants")
    holds(none is None and deleted is False, says="perform answers in the order of the wants")
    twice = yield [Load("a"), Load("none"), Load("a")]
    holds(twice[0] == twice[2] == Stored(created, expires) and twice[1] is None, says="an id may be loaded twice in one batch")


def a_want_that_fails_harms_no_other() -> Generator[Asked, Any, None]:
    """One visitor's refused write is not another's."""
    yield Create("taken", ANN, later())
    answers = yield [Create("a", BOB, later()), Create("taken", EVE, later()), Create("b", BOB, later())]
    holds(isinstance(answers[1], StoreRefused), says="the want that fails answers its error; perform does not raise it")
    holds(alike(answers[0], BOB) and alike(answers[2], BOB), says="the wants beside one that fails are done")
    holds(isinstance((yield Load("b")), Stored), says="the wants beside one that fails are done")


def of_many_that_create_one_id_one_does() -> Generator[Asked, Any, None]:
    """At the same moment, too, an id is made once."""
    texts = [f'{{"cookie":{COOKIE},"n":{number}}}' for number in range(CALLERS)]
    answers = yield AtOnce([Create("a", text, later()) for text in texts])
    made = [answer for answer in answers if isinstance(answer, str)]
    refused = [answer for answer in answers if isinstance(answer, StoreRefused)]
    holds(
        (len(made), len(refused)) == (1, CALLERS - 1),
        says="of many Creates of one id at once, one is done, the others are refused",
    )
    holds(getattr((yield Load("a")), "text", None) == made[0], says="the row is that of the Create that was done")


def of_many_that_update_one_row_one_does() -> Generator[Asked, Any, None]:
    """Compare and swap holds between callers."""
    was = yield Create("a", BOB, later())
    answers = yield AtOnce([Update("a", f'{{"cookie":{COOKIE},"n":{number}}}', later(), was) for number in range(CALLERS)])
    done = [answer for answer in answers if answer is not None]
    holds(
        len(done) == 1 and isinstance(done[0], str), says="of many Updates of the same text at once, one is done, the others miss"
    )
    holds(getattr((yield Load("a")), "text", None) == done[0], says="the row is that of the Update that was done")


def a_logout_wins_over_what_is_in_flight() -> Generator[Asked, Any, None]:
    """Whatever comes at the same moment, a deleted session is gone."""
    for number in range(CALLERS):
        name = f"s{number}"
        expires = later()
        was = yield Create(name, BOB, expires)
        yield AtOnce([Update(name, EVE, expires, was), Delete(name), Touch(name, expires + 60_000)])
        holds((yield Load(name)) is None, says="Update and Touch never bring back a row that is deleted at the same moment")


RULES = (
    answers_come_in_order,
    a_want_that_fails_harms_no_other,
    of_many_that_create_one_id_one_does,
    of_many_that_update_one_row_one_does,
    a_logout_wins_over_what_is_in_flight,
)
