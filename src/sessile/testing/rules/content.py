"""Whatever an application keeps, and whatever its ids are."""

from collections.abc import Generator
from typing import Any

import orjson

from sessile.session.store import Create, Delete, Load, Stored, Update
from sessile.testing.contract import BOB, COOKIE, Asked, alike, holds, later


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


RULES = (
    whatever_json_holds_comes_back,
    every_id_is_itself,
)
