"""Services that send their guests to the login, by what JSON loggers write of requests."""

import json
from collections.abc import Callable

import pytest

from sessile.doctor.facts.logs import SENT_TO_LOGIN, Kind
from tests.doctor.evidence.test_log_guarded import GUEST, USER, read

Request = tuple[str, str, int, str]


def pino_http(method: str, url: str, status: int, client: str) -> str:
    request = {
        "id": 1,
        "method": method,
        "url": url,
        "headers": {"host": "shop.example"},
        "remoteAddress": client,
        "remotePort": 4,
    }
    answer = {"statusCode": status, "headers": {"location": "/login"} if status == 302 else {}}
    return json.dumps({"level": 30, "time": 1795428000000, "pid": 7, "req": request, "res": answer, "msg": "request completed"})


def behind_a_proxy(method: str, url: str, status: int, client: str) -> str:
    request = {"method": method, "url": url, "headers": {"x-forwarded-for": f"{client}, 10.9.9.9"}, "remoteAddress": "10.9.9.9"}
    return json.dumps({"level": 30, "req": request, "res": {"statusCode": status}, "msg": "request completed"})


def morgan(method: str, url: str, status: int, client: str) -> str:
    return json.dumps({"remote_addr": client, "method": method, "url": url, "status": str(status), "response_time": "3.1"})


def uvicorn(method: str, url: str, status: int, client: str) -> str:
    return json.dumps(
        {"levelname": "INFO", "name": "uvicorn.access", "message": f'{client}:5000 - "{method} {url} HTTP/1.1" {status}'}
    )


def structlog(method: str, url: str, status: int, client: str) -> str:
    return json.dumps({"event": "request", "method": method, "path": url, "status_code": status, "client_ip": client})


def django_structlog(method: str, url: str, status: int, client: str) -> str:
    return json.dumps({"event": "request_finished", "request": f"{method} {url}", "code": status, "ip": client})


LOGGERS = (pino_http, behind_a_proxy, morgan, uvicorn, structlog, django_structlog)
logger = pytest.mark.parametrize("write", LOGGERS)
Write = Callable[[str, str, int, str], str]


def logs_in(client: str) -> list[Request]:
    return [("GET", "/login", 200, client), ("POST", "/login", 302, client)]


def turned_away(client: str, way_back: str = "") -> list[Request]:
    return [("GET", "/orders", 302, client), ("GET", f"/login{way_back}", 200, client)]


def let_in(client: str) -> list[Request]:
    return [("GET", "/orders", 200, client)]


@logger
@pytest.mark.parametrize("way_back", ["", "?next=/orders"])
def test_who_is_sent_to_the_login_is_turned_away_and_who_sees_the_page_is_let_in(write: Write, way_back: str) -> None:
    log = read(*(write(*one) for one in (*turned_away(GUEST, way_back), *logs_in(USER), *let_in(USER), *let_in(USER))))
    assert (log.count(Kind.AUTHORIZED), log.count(Kind.UNAUTHORIZED)) == (2, 1)
    assert [event.values for event in log.of(Kind.UNAUTHORIZED, SENT_TO_LOGIN)] == [("/orders",)]
    assert (log.login_then_authorized, log.login_then_401) == (1, 0)


@logger
def test_logins_that_do_not_last(write: Write) -> None:
    visit = (*logs_in(USER), *turned_away(USER))
    log = read(*(write(*one) for one in (*visit, *visit, *visit)))
    assert (log.login_then_authorized, log.login_then_401) == (0, 3)


@logger
def test_a_guest_who_is_sent_to_the_login_between_a_users_requests_says_nothing_of_the_user(write: Write) -> None:
    orders, login = turned_away(GUEST)
    log = read(*(write(*one) for one in (*logs_in(USER), orders, *let_in(USER), login)))
    assert (log.login_then_authorized, log.login_then_401) == (1, 0)


@logger
def test_a_page_that_sends_everybody_on_turns_nobody_away(write: Write) -> None:
    moved = [("GET", "/old", 302, USER), ("GET", "/new", 200, USER), ("GET", "/login", 200, USER)]
    log = read(*(write(*one) for one in (*moved, *logs_in(USER), *moved)))
    assert log.count(Kind.UNAUTHORIZED) == 0
