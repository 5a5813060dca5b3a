"""Session fixation: whatever id somebody plants before a login, what the login stores is never reached with it."""

import asyncio

import pytest

from sessile.session.keyring import Keyring
from tests.integrations.attacks.target import NAME, SECRET, Target, as_cookie, id_of, new_cookie, serving

CHOSEN = "an-id-that-the-attacker-chose"


async def logs_in(target: Target, planted: str) -> str:
    """The victim, with a planted cookie in the browser, logs in."""
    logged_in = new_cookie(await target.ask("login", planted))
    assert logged_in != planted
    assert await target.user(logged_in) == 7
    return logged_in


@pytest.mark.parametrize(
    "value",
    [
        CHOSEN,
        f"s:{CHOSEN}",
        f"s:{CHOSEN}.",
        f"s:{CHOSEN}.{'A' * 43}",
        f"s:{Keyring('keyboard cat', allow_weak=True).sign(CHOSEN)}",
        f"s:{Keyring('your-secret-key-change-in-production', allow_weak=True).sign(CHOSEN)}",
        f"s:{Keyring(SECRET).sign(CHOSEN)}",
    ],
    ids=["bare", "no signature", "empty signature", "made-up signature", "known secret", "other default", "the right secret"],
)
async def test_an_id_that_the_client_made_is_never_adopted(target: Target, value: str) -> None:
    planted = as_cookie(value)
    for page in ("add", "login"):
        assert id_of(new_cookie(await target.ask(page, planted))) != CHOSEN
    await logs_in(target, planted)
    assert CHOSEN not in target.rows
    assert await target.user(planted) is None


async def test_a_default_secret_that_still_verifies_signs_nothing_into_being(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(database, caplog, secret=[SECRET, "keyboard cat"]) as target:
        planted = target.signed(CHOSEN, Keyring("keyboard cat", allow_weak=True))
        assert await target.outcome(planted) == "find: missing"
        await logs_in(target, planted)
        assert CHOSEN not in target.rows


class TestTheAttackersOwnSession:
    """Valid, live, signed by the service itself, and planted in the victim's browser."""

    async def test_ends_when_the_victim_logs_in(self, target: Target) -> None:
        planted = await target.visitor("add")
        await logs_in(target, planted)
        assert id_of(planted) not in target.rows
        assert await target.outcome(planted) == "find: missing"

    async def test_is_not_brought_back_by_a_request_of_the_attacker_in_flight(self, target: Target) -> None:
        planted = await target.visitor("add")
        for _ in range(10):
            answers = await asyncio.gather(*(target.ask(page, planted) for page in ("add", "login", "add", "add")))
            assert id_of(planted) not in target.rows
            users = [await target.user(new_cookie(each)) if "set-cookie" in each.headers else None for each in answers]
            assert users == [None, 7, None, None]
            assert await target.user(planted) is None
            planted = await target.visitor("add")

    async def test_planted_beside_the_victims_does_not_keep_the_login_from_its_own(self, target: Target) -> None:
        planted = await target.visitor("add")
        before = await target.visitor("add")
        logged_in = await logs_in(target, f"{planted}; {before}")
        assert await target.user(f"{planted}; {logged_in}") == 7
        assert await target.user(planted) is None

    async def test_of_before_is_worthless_after_a_second_login_too(self, target: Target) -> None:
        first = await target.visitor("login")
        second = await logs_in(target, first)
        assert await target.user(first) is None
        assert await target.user(second) == 7


async def test_every_login_has_an_id_of_its_own(target: Target) -> None:
    cookies = [await target.visitor("login") for _ in range(20)]
    assert len({id_of(cookie) for cookie in cookies}) == 20
    assert {len(id_of(cookie)) for cookie in cookies} == {32}
    assert all(cookie.startswith(f"{NAME}=s%3A") for cookie in cookies)
