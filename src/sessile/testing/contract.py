"""What every store must hold to, rule by rule: each says what it wants of a store, and looks at the answers.

A rule is a generator. It yields a want, a list of wants (performed together), `AtOnce` (each from another caller at the same
moment) or `Reopened`, and is sent the answer or the answers; a failed want's answer is its StoreError.
"""

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sessile.errors import StoreError, StoreRefused
from sessile.session.store import Create, Delete, Load, Replace, Rotate, Stored, Touch, Update, Want


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Wants of different callers, performed at the same moment."""

    wants: Sequence[Want]


class Reopened:
    """The store is closed and opened again."""


Asked = Want | list[Want] | AtOnce | Reopened
Rule = Callable[[], Generator[Asked, Any, None]]

COOKIE = '{"originalMaxAge":3600000,"expires":"2026-11-23T17:44:19.924Z","httpOnly":true,"path":"/"}'
BOB, EVE, ANN = (f'{{"cookie":{COOKIE},"user":"{name}"}}' for name in ("bob", "eve", "ann"))
CALLERS = 8


class BrokenContract(AssertionError):
    """A store does not do what `sessile.session.store` says."""


def holds(fact: object, *, says: str) -> None:
    """Raises BrokenContract, in the rule's words."""
    if not fact:
        raise BrokenContract(says)


def later(seconds: int = 3600) -> int:
    """Epoch milliseconds, in whole seconds, for stores keep no finer time."""
    return (int(time.time()) + seconds) * 1000


def alike(stored: object, text: str) -> bool:
    """Whether a stored text is the same JSON: a store may order its keys otherwise."""
    return isinstance(stored, str) and orjson.loads(stored) == orjson.loads(text)


def row(found: object, text: str, expires: int) -> bool:
    """Whether a row was found that holds this."""
    return isinstance(found, Stored) and alike(found.text, text) and found.expires == expires


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


def whatever_json_holds_comes_back() -> Generator[Asked, Any, None]:
    """Text, numbers and nesting are the application's, and come back as they went in."""
    data: dict[str, Any] = {
        "cookie": orjson.loads(COOKIE),
        "name": 'Zoë \U0001f36a \u4f60\u597d "quoted" back\\slash \t\n \u2028 \'; DROP TABLE session; --',
        "numbers": [0, -1, 2**53 - 1, -(2**53 - 1), 0.1, 1e-7, 1e21],
        "nothing": [None, True, False, [], {}, ""],
        "deep": {"a": [{"b": {"c": [[1], {"d": "e"}]}}]},
        "large": "x" * 100_000,
    }
    text = orjson.dumps(data).decode()
    stored = yield Create("a", text, later())
    holds(alike(stored, text), says="Create keeps any JSON: Unicode, escapes, numbers to 2^53, nesting, 100 kB")
    holds(getattr((yield Load("a")), "text", None) == stored, says="Load answers the very text that Create answered")
    holds(
        (yield Update("a", BOB, later(), stored)) is not None, says="the text that Create answered is what Update compares with"
    )


def every_id_is_itself() -> Generator[Asked, Any, None]:
    """Ids are compared as they are: case, blanks, wildcards and length all count."""
    ids = [
        "a",
        "A",
        "a ",
        " a",
        "a%",
        "a_",
        "a*",
        "a:b",
        "a'b",
        'a"b',
        "a\\b",
        "a/b?c=d&e",
        "ä",
        "a\u0308",
        "\U0001f36a",
        "x" * 255,
    ]
    for number, name in enumerate(ids):
        made = yield Create(name, f'{{"cookie":{COOKIE},"n":{number}}}', later())
        holds(isinstance(made, str), says=f"Create takes the id {name!r}")
    for number, name in enumerate(ids):
        found = yield Load(name)
        holds(
            isinstance(found, Stored) and orjson.loads(found.text)["n"] == number, says=f"Load finds the row of the id {name!r}"
        )
    yield Delete("a%")
    yield Delete("a*")
    holds(isinstance((yield Load("a_")), Stored), says="Delete removes no other row than its own")


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


KEEPING: tuple[Rule, ...] = (an_expired_row_is_told_from_a_missing_one,)
RULES: tuple[Rule, ...] = (
    what_is_created_is_found,
    a_taken_id_is_refused,
    update_swaps_only_what_it_has_seen,
    update_never_inserts,
    touch_moves_forward_only,
    a_touch_that_may_wait_is_written_in_the_end,
    delete_tells_whether_it_was_there,
    delete_with_was_spares_what_another_wrote,
    delete_takes_the_alias_along,
    replace_leaves_one_of_the_two,
    replace_with_was_does_all_or_nothing,
    a_refused_replace_leaves_both,
    rotate_leaves_an_alias,
    rotate_does_all_or_nothing,
    whatever_json_holds_comes_back,
    every_id_is_itself,
    answers_come_in_order,
    a_want_that_fails_harms_no_other,
    of_many_that_create_one_id_one_does,
    of_many_that_update_one_row_one_does,
    a_logout_wins_over_what_is_in_flight,
    a_closed_store_keeps_its_rows,
    *KEEPING,
)
