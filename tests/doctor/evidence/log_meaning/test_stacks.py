"""An error's stack tells whose query failed."""

import json

import pytest

from sessile.doctor.facts.logs import Kind
from tests.doctor.evidence.log_meaning.reading import read


def test_a_stack_tells_that_it_was_the_session_stores_own_query() -> None:
    message = "Unhandled error: TypeError: Do not know how to serialize a BigInt"
    frame = "    at async PGStore._asyncQuery (/srv/node_modules/connect-pg-simple/index.js:322:21)"
    (event,) = read(message, frame).of(Kind.ERROR)
    assert event.values == ("session store",)


LOOKED_UP = (
    "    at /srv/node_modules/passport/lib/strategies/session.js:109:12",
    "    at async SessionSerializer.deserializeUser (/srv/dist/auth/session.serializer.js:20:9)",
    "    at async /srv/config/passport.js:20:18",
    "    at async file:///srv/src/passport.config.mjs:20:18",
)


@pytest.mark.parametrize("frame", LOOKED_UP)
def test_a_stack_in_a_record_of_pino_tells_the_same(frame: str) -> None:
    error = {"type": "TypeError", "message": "x is undefined", "stack": f"TypeError: x is undefined\n{frame}"}
    (event,) = read(json.dumps({"level": 50, "msg": "request errored", "err": error})).of(Kind.ERROR)
    assert (event.code, event.text) == ("DESERIALIZE_FAILS", "request errored: TypeError: x is undefined")


@pytest.mark.parametrize("frame", LOOKED_UP)
@pytest.mark.parametrize(
    "message", ['error: relation "clinics" does not exist', "TypeError: Cannot read properties of undefined"]
)
def test_a_stack_tells_that_the_look_up_of_a_user_failed(frame: str, message: str) -> None:
    assert next(event.code for event in read(f"Error: {message}", frame).of(Kind.ERROR)) == "DESERIALIZE_FAILS"


@pytest.mark.parametrize(
    ("message", "frame"),
    [
        ("connect ECONNREFUSED 10.0.0.5:5432", LOOKED_UP[0]),
        ("TypeError: x is undefined", "    at async /srv/routes/orders.js:20:18"),
        ("TypeError: x is undefined", "    at Strategy.authenticate (/srv/node_modules/passport-local/lib/strategy.js:90:12)"),
        ("TypeError: x is undefined", "    at async handler (/srv/node_modules/passport-google/index.js:90:12)"),
    ],
)
def test_another_stack_or_a_database_out_of_reach_does_not(message: str, frame: str) -> None:
    assert not read(f"Error: {message}", frame).of(Kind.ERROR, "DESERIALIZE_FAILS")


@pytest.mark.parametrize(
    "frame",
    [
        "    at session (/srv/node_modules/express-session/index.js:487:7)",
        "    at /srv/node_modules/connect-pg-simple/index.js:390:14",
    ],
)
def test_a_route_below_the_session_middleware_is_not_the_stores_query(frame: str) -> None:
    (event,) = read("Unhandled error: TypeError: Do not know how to serialize a BigInt", frame).of(Kind.ERROR)
    assert event.values == ()
