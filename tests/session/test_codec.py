"""The payload: what Express wrote is read, what is written Express reads, and what neither can hold is refused by name."""

import datetime as dt
import json
import math
import uuid
from enum import Enum, StrEnum
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from sessile.errors import UnserializableError
from sessile.session.codec import (
    RESERVED,
    Payload,
    Unreadable,
    alike,
    decode,
    encode,
    express_cookie,
    fingerprint,
    iso,
    max_age_of,
    problems,
)
from sessile.session.cookie import CookiePolicy
from tests.node import run_node

COOKIE: dict[str, Any] = {
    "originalMaxAge": 3600000,
    "expires": "2026-11-23T17:44:19.924Z",
    "httpOnly": True,
    "path": "/",
    "sameSite": "lax",
}

SERIALIZE = """
const Cookie = require("express-session").Cookie;
const cookie = new Cookie({ path: "/", httpOnly: true, sameSite: "lax", secure: true, domain: "example.in", partitioned: true });
cookie.originalMaxAge = 3600000;
cookie.expires = new Date(1795455859924);
console.log(JSON.stringify(Object.keys(cookie.toJSON())));
"""


def test_a_row_of_express_is_read() -> None:
    text = '{"cookie":{"originalMaxAge":3600000,"expires":"2026-11-23T17:44:19.924Z","httpOnly":true,"path":"/"},"user":"bob"}'
    payload = decode(text)
    assert payload.data == {"user": "bob"}
    assert max_age_of(payload.cookie) == 3600000
    assert payload.own == {}


def test_our_cookie_object_has_expresss_keys_in_its_order() -> None:
    policy = CookiePolicy(domain="example.in", secure=True, partitioned=True)
    ours = express_cookie(policy, max_age=3600000, expires=1795455859924, secure=True)
    theirs = run_node(SERIALIZE, None)
    assert list(ours) == [key for key in theirs if key != "priority"]


def test_times_are_written_as_javascript_writes_them() -> None:
    moments = [0, 1, 999, 1795455859924, 1795455859000, 253402300799999]
    script = 'console.log(JSON.stringify(JSON.parse(require("fs").readFileSync(0)).map((m) => new Date(m).toISOString())))'
    assert [iso(moment) for moment in moments] == run_node(script, moments)


@pytest.mark.parametrize("text", ["null", "1", '"text"', "[]", "true", "", "{", '{"a":', "NaN"])
def test_what_is_no_session_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        decode(text)


@pytest.mark.parametrize("text", ["{}", '{"cookie":null}', '{"cookie":[]}', '{"sessile":{"created":"x"},"cookie":{}}'])
def test_a_row_without_cookie_or_creation_is_still_read(text: str) -> None:
    payload = decode(text)
    assert (payload.data, payload.cookie, payload.created) == ({}, {}, None)


def test_what_node_stores_and_strict_parsers_refuse_survives() -> None:
    text = '{"cookie":{},"nul":"a\\u0000b","lone":"\\ud800","big":12345678901234567890123}'
    data = decode(text).data
    assert data["nul"] == "a\0b"
    text, _ = encode(Payload({"lone": data["lone"], "nul": data["nul"]}, {}, {}))
    assert decode(text).data == {"lone": "\ud800", "nul": "a\0b"}


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "session['key']"),
        (uuid.uuid4(), "session['key']"),
        ({"deep": [1, {"er": b"bytes"}]}, "session['key']['deep'][1]['er']"),
        ({"deep": math.nan}, "session['key']['deep']"),
        (math.inf, "session['key']"),
        (2**53, "session['key']"),
        ({1: "a"}, "session['key'] has the key 1"),
        ({1, 2}, "session['key']"),
        (object(), "session['key']"),
    ],
)
def test_what_json_or_javascript_cannot_hold_is_refused_by_its_key(value: object, where: str) -> None:
    with pytest.raises(UnserializableError) as refused:
        encode(Payload({"key": value}, COOKIE, {"created": 1}))
    assert where in str(refused.value)


@pytest.mark.parametrize("key", sorted(RESERVED))
def test_names_that_express_would_drop_are_refused(key: str) -> None:
    with pytest.raises(UnserializableError, match=key):
        encode(Payload({key: 1}, COOKIE, {"created": 1}))


def test_the_reserved_names_are_those_that_express_has_itself() -> None:
    script = """
    const Session = require("express-session").Session; const names = new Set(["req", "id", "cookie"]);
    for (let p = Session.prototype; p; p = Object.getPrototypeOf(p)) for (const n of Object.getOwnPropertyNames(p)) names.add(n);
    console.log(JSON.stringify([...names]));
    """
    assert set(run_node(script, None)) <= RESERVED


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text().filter(lambda key: key not in RESERVED), json_values, max_size=6))
def test_whatever_is_stored_comes_back(data: dict[str, Any]) -> None:
    payload = Payload(data, COOKIE, {"created": 5})
    text, mark = encode(payload)
    assert decode(text) == payload
    assert mark == fingerprint(data)


class Shade(StrEnum):
    DARK = "dark"


class Level(Enum):
    HIGH = "high"


odd_values = st.sampled_from(
    [
        Shade.DARK,
        Level.HIGH,
        (1, 2),
        math.nan,
        -math.inf,
        2**53,
        -(2**60),
        2**70,
        uuid.UUID(int=7),
        dt.date(2026, 1, 1),
        b"x",
        {1},
        "\ud800",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.text() | st.sampled_from(sorted(RESERVED)),
        st.recursive(
            json_values | odd_values,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
        ),
        max_size=4,
    )
)
def test_the_quick_look_at_data_judges_as_the_close_one(data: dict[str, Any]) -> None:
    complaints = list(problems(data))
    if complaints:
        with pytest.raises(UnserializableError) as refused:
            encode(Payload(data, COOKIE, {"created": 1}))
        assert str(refused.value) == complaints[0]
    else:
        text, _ = encode(Payload(data, COOKIE, {"created": 1}))
        assert json.loads(text) == {"cookie": COOKIE, **json.loads(json.dumps(data)), "sessile": {"created": 1}}


@pytest.mark.parametrize("key", sorted(RESERVED - {"cookie", "sessile"}))
def test_what_express_would_drop_is_dropped_when_read(key: str) -> None:
    assert decode(json.dumps({"cookie": COOKIE, key: {"admin": True}, "user": 7})) == Payload({"user": 7}, COOKIE, {})


def test_what_is_too_deep_or_holds_itself_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["self"] = endless
    with pytest.raises(UnserializableError, match="holds itself"):
        encode(Payload({"key": endless}, COOKIE, {}))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1, "b": {"c": 1, "d": 2}}, {"b": {"d": 2, "c": 1}, "a": 1}, True),
        ([1, 2], [2, 1], False),
        (1, True, False),
        ((1, 2), [1, 2], True),
        ({"x": "\ud800"}, {"x": "\ud800"}, True),
        (None, 0, False),
        (object(), None, False),
    ],
)
def test_values_are_alike_as_json_is(one: object, other: object, same: bool) -> None:
    assert alike(one, other) is same


def test_a_nested_change_changes_the_fingerprint() -> None:
    data = {"cart": {"items": [{"n": 1}]}}
    before = fingerprint(data)
    data["cart"]["items"][0]["n"] = 2
    assert fingerprint(data) != before
