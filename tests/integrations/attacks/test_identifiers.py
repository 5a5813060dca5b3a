"""Odd identifiers, rightly signed as an Express service with a `genid` of its own may sign them, and odd keys in the data."""

import asyncio
import json

import pytest

from sessile.session.id import MAX_LENGTH
from tests.integrations.attacks.target import NAME, Target, new_cookie
from tests.node import run_node

ODD = [
    "x",
    ".",
    "...leading-dots",
    "dots.in.it",
    "trailing.",
    "' OR '1'='1",
    "'; DROP TABLE session; --",
    '"quoted"',
    "$1",
    "%s %(sid)s %%",
    "100%",
    "%00",
    "%2e%2e%2f",
    "\\",
    "\\'; --",
    "{a,b}",
    "{}",
    "NULL",
    "null",
    '{"a":1}',
    "a,b",
    "a b",
    "()",
    "*",
    "../../etc/passwd",
    "s:nested",
    "ünïcode",
    "中文",
    "😀",
    "e\u0301",
    "\u00e9",
    "i" * MAX_LENGTH,
    "中" * MAX_LENGTH,
    "0",
    "true",
    "__proto__",
]
IMPOSSIBLE = [
    "",
    "\0",
    "nul\0inside",
    "line\nend",
    "carriage\rreturn",
    "tab\tinside",
    "\x1b[31mred",
    "\x7f",
    "zero\u200bwidth",
    "right\u202eto left",
    "\u2028",
    "\ufeffmark",
    "\uffff",
    "\U000e0001tag",
    "i" * (MAX_LENGTH + 1),
    "中" * (MAX_LENGTH + 1),
]


async def test_each_opens_its_own_session_and_no_other(target: Target) -> None:
    for number, session_id in enumerate(ODD):
        target.insert(session_id, json.dumps({"cookie": {"originalMaxAge": 3600000}, "user": number}))
    assert [await target.user(target.signed(session_id)) for session_id in ODD] == list(range(len(ODD)))


async def test_looked_up_in_one_batch_none_is_taken_for_another(target: Target) -> None:
    for number, session_id in enumerate(ODD[::2]):
        target.insert(session_id, json.dumps({"cookie": {"originalMaxAge": 3600000}, "user": number}))
    users = await asyncio.gather(*(target.user(target.signed(session_id)) for session_id in ODD))
    assert users == [number // 2 if number % 2 == 0 else None for number in range(len(ODD))]


async def test_each_is_written_to_its_own_row_and_ends_with_its_own_login(target: Target) -> None:
    for session_id in ODD:
        target.insert(session_id)
    await asyncio.gather(*(target.ask("add", target.signed(session_id)) for session_id in ODD))
    assert {sid: sess["cart"] for sid, sess in target.rows.items()} == {session_id: [1] for session_id in ODD}
    half = ODD[::2]
    responses = await asyncio.gather(*(target.ask("login", target.signed(session_id)) for session_id in half))
    assert set(target.rows) & set(ODD) == set(ODD) - set(half)
    assert [await target.user(new_cookie(response)) for response in responses] == [7] * len(half)


@pytest.mark.parametrize("session_id", IMPOSSIBLE)
async def test_what_cannot_be_an_id_is_malformed_and_costs_no_query(target: Target, session_id: str) -> None:
    assert await target.outcome(target.signed(session_id)) == "arrive: malformed"
    assert (await target.ask("login", target.signed(session_id))).status_code == 200
    assert target.store.looked_up == []


@pytest.mark.parametrize(
    "value",
    [
        b"%ED%A0%80",
        b"s%3A%ED%A0%80.sig",
        b"s:\xed\xa0\x80.sig",
        b"s:\xff\xfe.\xff",
        b"s:id.%00",
        b"%",
        b"s%3A%",
        b"\x80",
        b"s:\xc3\x28.x",
    ],
)
async def test_bytes_that_are_no_text_open_nothing(target: Target, value: bytes) -> None:
    outcome = await target.outcome(NAME.encode() + b"=" + value)
    assert outcome in ("verify: bad_signature", "verify: unsigned", "arrive: malformed")


class TestOddKeys:
    """Keys that every JavaScript object has already."""

    keys = ("__proto__", "constructor", "toString", "save", "id", "req")

    async def test_deep_in_the_data_are_data(self, target: Target) -> None:
        given = '{"form": {"__proto__": {"admin": true}, "constructor": {"prototype": {"admin": true}}}}'
        cookie = new_cookie(await target.ask("put", content=given))
        assert (await target.ask("put", cookie, content='{"more": 1}')).status_code == 200
        (sess,) = target.rows.values()
        assert sess["form"] == json.loads(given)["form"]
        read = "const s = JSON.parse(require('fs').readFileSync(0, 'utf8')); console.log(JSON.stringify([({}).admin, s.admin]))"
        assert run_node(read, sess) == [None, None]

    async def test_at_the_top_of_a_row_are_dropped_as_express_drops_them(self, target: Target) -> None:
        for key in self.keys:
            target.insert(f"with-{key}", json.dumps({"cookie": {"originalMaxAge": 3600000}, "user": 7, key: {"admin": True}}))
            cookie = target.signed(f"with-{key}")
            assert await target.user(cookie) == 7
            assert (await target.ask("add", cookie)).json() == {"cart": [1]}
            assert target.rows[f"with-{key}"]["user"] == 7
