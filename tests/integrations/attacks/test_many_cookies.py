"""Many cookies of our name, huge ones, and others' cookies: the live one is found, and the work is bounded."""

import hmac
import random
import secrets
from itertools import permutations

import pytest

from sessile.session.flow import COOKIES_TRIED
from sessile.session.id import new_id
from sessile.session.presented import values
from tests.integrations.attacks.target import NAME, Target, as_cookie, id_of
from tests.node import run_node

FIRST_IN_NODE = """
const {parse} = require("cookie"), headers = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(headers.map((header) => parse(header)["ofa.sid"] ?? null)));
"""


async def dead_cookies(target: Target) -> dict[str, str]:
    """Cookies that open nothing, each by the outcome that it has alone."""
    target.insert("expired-long-ago", expire="2020-01-01")
    target.insert("holds-no-session", sess='["not", "an", "object"]')
    return {
        "live: expired": target.signed("expired-long-ago"),
        "read: unreadable": target.signed("holds-no-session"),
        "find: missing": target.signed(new_id()),
        "verify: bad_signature": as_cookie(f"s:{new_id()}.{'A' * 43}"),
        "verify: unsigned": as_cookie(new_id()),
    }


class TestSeveral:
    async def test_the_live_one_is_found_in_every_order(self, target: Target) -> None:
        dead, alive = await dead_cookies(target), await target.visitor()
        for outcome, cookie in dead.items():
            assert await target.outcome(cookie) == outcome
        for several in permutations([alive, *dead.values()], 4):
            user = await target.user("; ".join(several))
            assert user == (7 if alive in several else None)

    async def test_the_first_failure_is_the_one_that_is_told(self, target: Target) -> None:
        dead = await dead_cookies(target)
        for several in permutations(dead, 3):
            assert await target.outcome("; ".join(dead[outcome] for outcome in several)) == several[0]

    async def test_of_two_that_live_the_first_counts(self, target: Target) -> None:
        one, other = await target.visitor("add"), await target.visitor("login")
        assert await target.user(f"{one}; {other}") is None
        assert await target.user(f"{other}; {one}") == 7
        assert await target.outcome(f"{one}; {other}") == "live"

    async def test_the_same_one_twice_is_one(self, target: Target) -> None:
        cookie = target.signed(session_id := new_id())
        assert await target.outcome("; ".join([cookie] * 5)) == "find: missing"
        assert target.store.looked_up == [session_id]

    async def test_split_over_several_headers_as_http_2_does(self, target: Target) -> None:
        dead, alive = await dead_cookies(target), await target.visitor()
        assert await target.user("theme=dark", alive, "a=b") == 7
        assert await target.user(*dead.values(), alive) == 7
        assert await target.user(alive, *dead.values()) == 7
        assert await target.outcome(f"{NAME}=", alive.removeprefix(f"{NAME}=")) == "verify: unsigned"

    async def test_a_login_beside_dead_ones_lasts(self, target: Target) -> None:
        dead = "; ".join((await dead_cookies(target)).values())
        response = await target.ask("login", dead)
        assert await target.user(f"{dead}; {response.headers['set-cookie'].partition(';')[0]}") == 7


class TestNames:
    @pytest.mark.parametrize(
        "name", ["ofa.sid2", "xofa.sid", "ofa_sid", "OFA.SID", "ofa.sid.", "__Host-ofa.sid", "$ofa.sid", "ofa"]
    )
    async def test_like_ours_are_not_ours(self, target: Target, name: str) -> None:
        value = (await target.visitor()).partition("=")[2]
        target.store.looked_up.clear()
        assert await target.outcome(f"{name}={value}") == "new"
        assert await target.outcome(f"x={NAME}={value}") == "new"
        assert target.store.looked_up == []

    async def test_ours_is_found_among_blanks_tabs_and_quotes(self, target: Target) -> None:
        value = (await target.visitor()).partition("=")[2]
        for header in (
            f"  {NAME}={value}  ",
            f"\t{NAME}\t=\t{value}\t",
            f'{NAME}="{value}"',
            f'a="b; {NAME}={value}',
            f";;; ;{NAME}={value};;",
            f"no-value; {NAME} = {value}; other",
            f"{NAME}={value.replace('%3A', ':')}",
        ):
            assert await target.user(header) == 7, header

    def test_any_header_is_read_as_express_reads_it(self) -> None:
        chance = random.Random(20261123)
        parts = [NAME, "=", ";", " ", "\t", '"', ",", "%", "%20", "%3A", "%C3", "é", "s:", "x", "=;", "; ", "__proto__", "\x7f"]
        headers = ["".join(chance.choices(parts, k=chance.randrange(1, 14))) for _ in range(2000)]
        assert [next(values(header, NAME), None) for header in headers] == run_node(FIRST_IN_NODE, headers)


class TestSize:
    @pytest.mark.parametrize("length", [4096, 65536, 1_000_000])
    async def test_of_one_huge_cookie_costs_no_query(self, target: Target, length: int) -> None:
        huge = secrets.token_urlsafe(length)
        for value in (huge, f"s:{huge}", f"s:{new_id()}.{huge}", f"s:{'.' * length}", f"s:{target.keyring.sign(huge)}"):
            outcome = await target.outcome(as_cookie(value))
            assert outcome in ("verify: unsigned", "verify: bad_signature", "arrive: malformed")
        assert target.store.looked_up == []

    async def test_of_huge_cookies_of_others_does_not_matter(self, target: Target) -> None:
        alive = await target.visitor()
        assert await target.user(f"tracking={'x' * 65536}; {alive}; {'more; ' * 10_000}") == 7

    async def test_of_ten_thousand_rightly_signed_cookies_costs_few_queries(self, target: Target) -> None:
        assert await target.outcome("; ".join(target.signed(new_id()) for _ in range(10_000))) == "find: missing"
        assert len(target.store.looked_up) <= COOKIES_TRIED

    async def test_of_ten_thousand_forged_cookies_costs_few_signatures(
        self, target: Target, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        compared: list[str] = []

        def watching(_ours: str, theirs: str) -> bool:
            compared.append(theirs)
            return False

        monkeypatch.setattr(hmac, "compare_digest", watching)
        flood = "; ".join(as_cookie(f"s:{new_id()}.{'A' * 43}") for _ in range(10_000))
        assert await target.outcome(flood) == "verify: bad_signature"
        assert len(compared) <= COOKIES_TRIED

    async def test_of_an_escape_in_every_character_is_no_other_cookie(self, target: Target) -> None:
        alive = await target.visitor()
        plain = f"s:{id_of(alive)}.{target.keyring.keys[0].signature(id_of(alive))}"
        escaped = "".join(f"%{ord(character):02x}" for character in plain)
        assert await target.user(f"{NAME}={escaped}") == 7
        assert await target.outcome(f"{NAME}={escaped.replace('%', '%25')}") == "verify: unsigned"
