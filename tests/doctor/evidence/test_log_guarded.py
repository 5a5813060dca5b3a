"""A service that sends its guests to the login: who is turned away there, and who is let in."""

import io

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.evidence.log_sample import Pace
from sessile.doctor.evidence.logs import collect
from sessile.doctor.facts.logs import SENT_TO_LOGIN, Kind, Log
from tests.doctor.facts_builder import facts

START = [
    "[2026-11-23 10:00:00 +0000] [7] [INFO] Starting gunicorn 23.0.0",
    "[2026-11-23 10:00:00 +0000] [8] [INFO] Booting worker with pid: 8",
]
AGAIN = [line.replace("10:00:00", "10:05:00") for line in START]
USER, GUEST = "10.0.0.1", "10.0.0.2"


def asks(line: str, client: str = USER, second: int = 1) -> str:
    request, status = line.rsplit(" ", 1)
    return f'{client} - - [23/Nov/2026:10:00:{second:02} +0000] "{request} HTTP/1.1" {status} 28 "-" "Mozilla/5.0"'


def logs_in(client: str = USER) -> list[str]:
    return [asks(line, client) for line in ("GET /accounts/login/ 200", "POST /accounts/login/ 302")]


def turned_away(page: str = "/orders/", client: str = USER) -> list[str]:
    return [asks(f"GET {page} 302", client), asks(f"GET /accounts/login/?next={page} 200", client)]


def let_in(page: str = "/orders/", client: str = USER) -> list[str]:
    return [asks(f"GET {page} 200", client)]


def read(*lines: str) -> Log:
    (log,) = collect("app.log", text=io.BytesIO("".join(f"{line}\n" for line in lines).encode()))
    return log


def test_who_is_sent_to_the_login_is_turned_away_and_who_sees_the_page_is_let_in() -> None:
    log = read(*START, *logs_in(), *let_in(), *let_in(), *turned_away(client=GUEST))
    assert (log.count(Kind.AUTHORIZED), log.count(Kind.UNAUTHORIZED)) == (2, 1)
    assert [event.values for event in log.of(Kind.UNAUTHORIZED, SENT_TO_LOGIN)] == [("/orders/",)]
    assert (log.login_then_authorized, log.login_then_401) == (1, 0)


@pytest.mark.parametrize(
    "way_back", ["next=%2Forders%2F", "continue=/orders/", "return_to=http%3A%2F%2Fshop.example%2Forders%2F"]
)
def test_the_way_back_may_be_written_in_other_ways(way_back: str) -> None:
    log = read(asks("GET /orders/ 302"), asks(f"GET /users/sign_in?{way_back} 200"))
    assert log.count(Kind.UNAUTHORIZED) == 1


def test_a_link_to_the_login_on_a_page_for_everybody_turns_nobody_away() -> None:
    log = read(*logs_in(), asks("GET /news/ 200"), asks("GET /accounts/login/?next=/news/ 200", GUEST))
    assert log.count(Kind.UNAUTHORIZED) == log.count(Kind.AUTHORIZED) == 0


def test_who_is_logged_in_already_is_not_turned_away() -> None:
    log = read(*turned_away(), *let_in(), asks("GET /accounts/login/?next=/orders/ 302"))
    assert log.count(Kind.UNAUTHORIZED) == 1


def test_pages_of_one_kind_count_as_one_and_what_only_robots_ask_for_does_not_count() -> None:
    robots = [line for number in range(9) for line in turned_away(f"/admin/{'abcdefghi'[number]}/", GUEST)]
    log = read(*logs_in(), *let_in("/orders/17"), *turned_away("/orders/18", GUEST), *robots)
    assert (log.count(Kind.AUTHORIZED), log.count(Kind.UNAUTHORIZED)) == (1, 1)


def test_logins_that_do_not_last() -> None:
    log = read(*START, *(line for _ in range(3) for line in (*logs_in(), *turned_away())))
    assert log.login_then_401 == 3
    assert diagnose(facts(None, log)).verdict is not Verdict.HEALTHY


def test_who_goes_elsewhere_after_the_login_is_not_taken_for_the_guest_behind_the_same_proxy() -> None:
    visits = [line for _ in range(4) for line in (*logs_in(), *let_in("/start"), *turned_away())]
    log = read(*START, *let_in(), *visits)
    assert log.login_then_401 == 0
    assert diagnose(facts(None, log)).verdict is Verdict.HEALTHY


def test_a_deploy_that_ends_all_sessions() -> None:
    before = (*START, *logs_in(), *let_in(), *let_in())
    after = (*AGAIN, *turned_away(), *turned_away(), *logs_in(), *let_in())
    log = read(*before, *after)
    assert [run.unauthorized_before_login for run in log.runs] == [0, 2]
    diagnosis = diagnose(facts(None, log))
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert "2 requests sent to the login before anyone logged in" in diagnosis.symptoms[0].says


def test_a_deploy_that_ends_none() -> None:
    guests = turned_away(client=GUEST) * 3
    log = read(
        *START, *logs_in(), *let_in(), *guests, *AGAIN, *turned_away(client=GUEST), *let_in(), *guests, *logs_in(), *let_in()
    )
    assert diagnose(facts(None, log)).verdict is Verdict.HEALTHY


def test_robots_that_follow_every_link_make_no_service_sick() -> None:
    log = read(*START, *logs_in(), *let_in(), *logs_in(), *let_in(), *turned_away(client=GUEST) * 30)
    assert diagnose(facts(None, log)).verdict is Verdict.HEALTHY


def test_a_log_that_is_sampled_counts_them_at_its_beginning_only() -> None:
    pytest.importorskip("hyperscan")
    lines = "\n".join([*turned_away(), *let_in()] * 20_000).encode()
    (log,) = collect("app.log", text=io.BytesIO(lines), pace=Pace(whole=1))
    assert 0 < log.count(Kind.UNAUTHORIZED) < 20_000
    assert abs(log.count(Kind.UNAUTHORIZED) - log.count(Kind.AUTHORIZED)) <= 1
