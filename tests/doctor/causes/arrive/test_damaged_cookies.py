"""Cookies that are too many for the server, or that come changed."""

from urllib.parse import quote

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.causes.recording import (
    NOW,
    OTHER_SID,
    PAGE,
    SID,
    Call,
    confirmed,
    first,
    judged,
    let_in,
    login,
    me,
    recorded,
)

LARGE, ALTERED = "arrive-headers-too-large", "arrive-cookie-altered"
JUNK = "; ".join(f"state-{number}={'k3v' * 334}" for number in range(17))
AGAIN = "connect.sid=" + quote(SID.partition("=")[2], safe="")
CUT = SID[:40]


def account(status: int, cookie: str, **more: str) -> Call:
    return Call(at=1000, what=f"GET {PAGE}/account", kind="document", status=status, cookie=cookie, got=more, media="text/html")


class TestTooLarge:
    def test_nodes_431(self) -> None:
        facts = recorded(login(to=PAGE), account(431, f"{SID}; {JUNK}"))
        assert first(facts) == f"{LARGE} confirmed"
        said = diagnose(facts).causes[0].evidence[0].says
        assert "18 cookies" in said
        assert "state-" in said
        assert "k3v" * 5 not in said

    def test_nginxs_400_for_one_line(self) -> None:
        junk = "; ".join(f"state-{number}={'k3v' * 334}" for number in range(8))
        facts = recorded(login(to=PAGE), let_in(500, to=PAGE), account(400, f"{SID}; {junk}", Server="nginx"))
        assert first(facts) == f"{LARGE} confirmed"

    def test_a_400_with_few_cookies_is_another_matter(self) -> None:
        facts = recorded(login(to=PAGE), account(400, SID, Server="nginx"))
        assert isinstance(judged(LARGE, facts), RuledOut)

    def test_cookies_as_large_that_are_answered_do_no_harm(self) -> None:
        assert isinstance(judged(LARGE, recorded(login(to=PAGE), account(200, f"{SID}; {JUNK}"))), RuledOut)

    def test_without_cookies_in_the_recording_the_status_makes_it_likely(self) -> None:
        facts = recorded(login(to=PAGE), account(431, f"{SID}; {JUNK}"), sanitized=True)
        assert isinstance(judged(LARGE, facts), Undecided)
        assert confirmed(diagnose(facts)) == []
        assert first(facts).startswith(LARGE)


class TestAltered:
    @pytest.mark.parametrize(
        ("cookie", "how"), [(AGAIN, "percent-encoded once more"), (CUT, "cut off after 28 of"), (SID[:-10], "cut off after")]
    )
    def test_a_changed_value_is_told_by_the_logins(self, cookie: str, how: str) -> None:
        facts = recorded(login(to=PAGE), me(to=PAGE, cookie=cookie))
        assert first(facts) == f"{ALTERED} confirmed"
        assert how in diagnose(facts).causes[0].evidence[1].says

    @pytest.mark.parametrize("cookie", [AGAIN, CUT])
    def test_a_damaged_value_shows_itself_without_a_login(self, cookie: str) -> None:
        facts = recorded(me(to=PAGE, cookie=cookie))
        assert isinstance(judged(ALTERED, facts), Confirmed)

    def test_a_login_that_sets_half_a_cookie(self) -> None:
        line = f"{CUT}; Path=/; HttpOnly"
        assert first(recorded(login(to=PAGE, line=line), me(to=PAGE, cookie=CUT))) == f"{ALTERED} confirmed"

    @pytest.mark.parametrize("cookie", [SID, OTHER_SID])
    def test_a_whole_value_is_a_matter_of_the_secret_or_the_row(self, cookie: str) -> None:
        assert isinstance(judged(ALTERED, recorded(login(to=PAGE), me(to=PAGE, cookie=cookie))), RuledOut)

    def test_a_decoded_value_that_is_let_in_does_no_harm(self) -> None:
        decoded = SID.replace("%3A", ":")
        assert isinstance(judged(ALTERED, recorded(login(to=PAGE), let_in(to=PAGE, cookie=decoded))), RuledOut)

    def test_without_cookies_in_the_recording_it_is_unseen(self) -> None:
        assert isinstance(judged(ALTERED, recorded(login(to=PAGE), me(to=PAGE, cookie=AGAIN), sanitized=True)), Unseen)
        assert isinstance(judged(ALTERED, Facts(now=NOW)), Unseen)
