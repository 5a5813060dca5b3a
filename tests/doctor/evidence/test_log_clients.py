"""Whose request a line tells of: the address before the request, in whatever format a service writes it."""

import io

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.evidence.log_requests import answered
from sessile.doctor.evidence.logs import collect
from tests.doctor.facts_builder import facts

LINES = {
    "[2026-11-23T10:00:00.123Z] 203.0.113.7 GET /me -> 200 (2 ms)": "203.0.113.7",
    "[2026-11-23T10:00:00.123Z] ::ffff:203.0.113.7 GET /me 200": "::ffff:203.0.113.7",
    "2001:db8:0:0:0:0:0:1 GET /me 200": "2001:db8:0:0:0:0:0:1",
    "10.0.0.5 web: 203.0.113.7 GET /me 200": "203.0.113.7",
    "[::1]:50123 GET /me 200": "::1",
    "13:36:55 GET /me 200": "",
    "shop v1.2.3.4.5 GET /me 200": "",
    "GET /me 200 by 203.0.113.7": "",
}


@pytest.mark.parametrize("line", LINES)
def test_the_last_address_before_the_request(line: str) -> None:
    request = answered(line)
    assert request is not None
    assert request.client == LINES[line]


@pytest.mark.parametrize(
    "where", ['"req":{{"method":"{}","url":"{}","ip":"{}"}}', '"method":"{}","url":"{}","remoteAddress":"{}"']
)
def test_two_clients_of_a_json_log_are_told_apart(where: str) -> None:
    asked = (("POST", "/login", 200), ("GET", "/me", 401))
    lines = [
        f'{{"time":"2026-11-23T10:00:0{second}Z",{where.format(method, path, client)},"res":{{"statusCode":{status}}}}}'
        for second, client in enumerate(("203.0.113.7", "198.51.100.9"))
        for method, path, status in (asked if client.endswith("7") else (("POST", "/login", 200), ("GET", "/me", 200)))
    ]
    (log,) = collect("app.log", text=io.BytesIO("\n".join(lines).encode()))
    assert (log.login_then_401, log.login_then_authorized) == (1, 1)


def of_a_day(client: str, refused: int) -> str:
    """Two users who work, and a client that is turned away."""
    users = [f"{user} POST /login 200\n{user} GET /me 200\n{user} GET /me 200" for user in ("203.0.113.7", "198.51.100.9")]
    return "\n".join(("Server running on port 3000", *users, *[f"{client} GET /me 401"] * refused))


def verdict(text: str) -> Verdict:
    return diagnose(facts(None, *collect("app.log", text=io.BytesIO(text.encode())))).verdict


def test_a_monitor_that_never_logs_in_is_no_symptom() -> None:
    assert verdict(of_a_day("192.0.2.44", 40)) is Verdict.HEALTHY


@pytest.mark.parametrize("client", ["203.0.113.7", ""])
def test_a_user_who_is_turned_away_again_and_again_is_one(client: str) -> None:
    assert verdict(of_a_day(client, 40)) is not Verdict.HEALTHY


def test_many_who_are_turned_away_are_one_though_they_logged_in_elsewhere() -> None:
    refused = "\n".join(f"192.0.2.{number} GET /me 401" for number in range(40))
    assert verdict(f"{of_a_day('203.0.113.7', 0)}\n{refused}") is not Verdict.HEALTHY
