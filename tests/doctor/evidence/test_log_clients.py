"""Whose request a line tells of: the address before the request, in whatever format a service writes it."""

import io

import pytest

from sessile.doctor.evidence.log_requests import answered
from sessile.doctor.evidence.logs import collect

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
