"""No login of the probe's locks the user's account or ends the user's own session."""

from dataclasses import replace
from typing import Any

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.evidence.site.plan import Request
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.visits import visits
from tests.doctor.evidence.site.probing import FORM, JSON, OWN, WRONG, facts, probe, served, status
from tests.doctor.evidence.site.service import NAME, Shop


@pytest.mark.parametrize(("asked", "csrf"), [(JSON, ""), (FORM, ""), (FORM, "bounce")])
def test_a_wrong_password_is_tried_once_and_nothing_is_sure(asked: Request, csrf: str) -> None:
    shop = Shop(csrf=csrf)
    with served(shop) as port:
        probed = probe(port, replace(asked, data=WRONG))
    assert "password wrong" in probed.site.stopped.replace(" is wrong", " wrong").replace("the password", "password")
    assert "tried once" in probed.site.stopped
    assert (shop.attempts, shop.failures, shop.locked) == (1, 1, False)
    assert visits(facts(probed)) == ()
    assert diagnose(facts(probed)).causes == ()


class Strict(Shop):
    """A service that locks accounts and allows one session a user, which the user has; the next two failures lock."""

    def __init__(self, **more: Any) -> None:
        super().__init__(single=True, failures=1, sessions={OWN: NAME}, **more)


@pytest.mark.parametrize("asked", [JSON, FORM])
def test_where_accounts_lock_a_wrong_password_locks_none_and_ends_no_session(asked: Request) -> None:
    shop = Strict()
    with served(shop) as port:
        probed = probe(port, replace(asked, data=WRONG))
    assert "tried once" in probed.site.stopped
    assert (shop.attempts, shop.locked, shop.sessions) == (1, False, {OWN: NAME})


def test_where_a_second_session_is_refused_the_users_own_lives() -> None:
    shop = Strict(first=True)
    with served(shop) as port:
        probed = probe(port, JSON)
    assert "was answered 409" in probed.site.stopped
    assert (shop.attempts, shop.locked, shop.sessions) == (1, False, {OWN: NAME})


def test_where_a_login_would_end_the_users_own_session_its_cookie_takes_the_logins_place() -> None:
    shop = Strict()
    own = Request(login="/login", data=WRONG, protected="/me", cookie=Concealed(f"shop.sid={OWN}"))
    with served(shop) as port:
        probed = probe(port, own)
    assert [status(probed, f"replay {number}") for number in (1, 2, 3, 4)] == [200] * 4
    assert status(probed, "protected without the cookie") == 401
    assert probed.site.stopped == ""
    assert (shop.attempts, shop.locked) == (0, False)
    assert shop.sessions == {OWN: NAME}
    assert shop.asked["POST /logout"] + shop.asked["GET /logout"] == 0


def test_a_login_that_may_end_the_users_other_session_says_so_and_offers_the_cookie() -> None:
    shop = Strict()
    with served(shop) as port:
        probed = probe(port, JSON)
    assert any("--cookie @FILE" in remark for remark in probed.site.remarks)
    assert (shop.attempts, shop.locked) == (1, False)


def test_a_session_that_could_not_be_ended_is_said_to_live_on(shop: Shop) -> None:
    with served(shop) as port:
        probed = probe(port, replace(JSON, logout="/nowhere"))
    assert any("may live on" in remark and "/nowhere was answered 404" in remark for remark in probed.site.remarks)
