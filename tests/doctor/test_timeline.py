"""What is told of exchanges by their order and their times."""

from dataclasses import replace
from typing import Any

import pytest

from sessile.doctor import timeline
from sessile.doctor.evidence.exchange import address_of
from sessile.doctor.facts.exchange import Exchange, Headers, Request, Response, Role, Served, Timings
from sessile.doctor.facts.wire import Seen, Wire

HOST = "https://shop.test"


def exchange(
    at: float, what: str, status: int = 200, *, wait: float = 20, receive: float = 2, blocked: float | None = None, **more: Any
) -> Exchange:
    method, url = what.split()
    address = address_of(url if "://" in url else HOST + url)
    assert address is not None
    target = more.pop("to", None)
    request = Request(method=method, address=address, headers=Headers(tuple(more.pop("sent", {}).items())))
    headers = Headers(tuple(more.pop("got", {}).items()))
    return Exchange(
        pointer=f"entries[{at:g}]",
        started=at,
        duration=(blocked or 0) + wait + receive,
        timings=Timings(blocked=blocked, wait=wait, receive=receive),
        request=request,
        response=Response(
            status=status, headers=headers, redirect=target and address_of(HOST + target), **more.pop("response", {})
        ),
        **more,
    )


def login(at: float, **more: Any) -> Exchange:
    return exchange(at, "POST /login", role=Role.LOGIN, **more)


def wire(*exchanges: Exchange) -> Wire:
    return Wire(source="x.har", seen_by=Seen.HAR, exchanges=exchanges)


def starts(found: tuple[Exchange, ...]) -> list[float]:
    return [one.started for one in found]


def test_a_request_is_early_if_it_was_sent_between_a_logins_headers_and_its_last_byte() -> None:
    first = login(100, wait=50, receive=200)
    seen = wire(
        exchange(120, "GET /before"),
        first,
        exchange(140, "GET /held-back", blocked=20),
        exchange(150, "GET /at-once"),
        exchange(349, "GET /just-before-the-end"),
        exchange(350, "GET /after"),
        exchange(200, f"GET {HOST}.other/elsewhere"),
        exchange(200, "GET /from-disk", served=Served.DISK),
    )
    assert [one.request.address.path for one in timeline.early(seen, first)] == ["/held-back", "/at-once", "/just-before-the-end"]


def test_nothing_is_early_where_the_recording_tells_no_phases() -> None:
    first = replace(login(100), timings=None)
    assert timeline.early(wire(first, exchange(101, "GET /me")), first) == ()
    assert timeline.overtaken(wire(exchange(50, "GET /me", wait=500), first), first) == ()


def test_a_request_under_way_while_the_login_was_answered_is_overtaken_by_it() -> None:
    first = login(100, wait=50)
    seen = wire(exchange(90, "GET /slow", wait=300), exchange(95, "GET /quick"), first, exchange(200, "GET /later"))
    assert starts(timeline.overtaken(seen, first)) == [90]


@pytest.mark.parametrize(
    ("others", "repeated"),
    [
        ([exchange(500, "POST /orders")], [0, 500]),
        ([exchange(1500, "POST /orders")], []),
        ([exchange(500, "GET /orders")], []),
        ([exchange(500, "POST /others")], []),
        ([exchange(500, "POST /orders?x=1")], []),
        ([exchange(500, "POST /orders", served=Served.SERVICE_WORKER)], []),
        ([exchange(500, "POST /orders"), exchange(900, "POST /orders"), exchange(3000, "POST /orders")], [0, 500, 900]),
    ],
)
def test_a_change_sent_again_within_a_second_is_a_duplicate(others: list[Exchange], repeated: list[float]) -> None:
    found = timeline.duplicates(wire(exchange(0, "POST /orders"), *others))
    assert [started for group in found for started in starts(group)] == repeated


def test_a_question_asked_again_is_a_duplicate_only_before_its_answer() -> None:
    seen = wire(exchange(0, "GET /me", wait=100), exchange(50, "GET /me"), exchange(500, "GET /me"))
    assert [starts(group) for group in timeline.duplicates(seen)] == [[0, 50]]


def test_a_redirect_back_to_the_same_url_is_no_duplicate() -> None:
    seen = wire(exchange(0, "POST /x", 302, to="/x"), exchange(30, "POST /x"))
    assert timeline.duplicates(seen) == ()


def test_redirects_are_followed_to_their_end() -> None:
    seen = wire(
        exchange(0, "POST /login", 303, to="/a"),
        exchange(30, "GET /a", 302, to="/b"),
        exchange(40, "GET /unrelated"),
        exchange(60, "GET /b"),
        exchange(70, "GET /lost", 302, to="/never"),
        exchange(9000, "GET /late", 302, to="/target"),
        exchange(99_000, "GET /target"),
    )
    assert [[str(one) for one in chain] for chain in timeline.redirects(seen)] == [
        ["POST /login 303", "GET /a 302", "GET /b 200"],
        ["GET /lost 302"],
        ["GET /late 302"],
    ]


def test_a_preflight_and_what_it_asks_for_whichever_is_noted_first() -> None:
    asking = {"access-control-request-method": "PUT"}
    seen = wire(
        exchange(0, "OPTIONS /a", 204, sent=asking),
        exchange(30, "PUT /a"),
        exchange(100, "PUT /b"),
        exchange(101, "OPTIONS /b", 204, sent=asking),
        exchange(200, "OPTIONS /c", 401, sent=asking),
        exchange(210, "GET /c"),
        exchange(300, "OPTIONS /d", 204),
    )
    found = [(str(one.asked), one.request and str(one.request)) for one in timeline.preflights(seen)]
    assert found == [("OPTIONS /a 204", "PUT /a 200"), ("OPTIONS /b 204", "PUT /b 200"), ("OPTIONS /c 401", None)]


@pytest.mark.parametrize(
    ("found", "cache"),
    [
        (exchange(0, "GET /me"), ""),
        (exchange(0, "GET /me", got={"age": "0", "x-cache": "Miss from cloudfront"}), ""),
        (exchange(0, "GET /me", got={"age": "7"}), "a shared cache, where it lay for 7 s"),
        (exchange(0, "GET /me", got={"cf-cache-status": "HIT"}), "a shared cache"),
        (exchange(0, "GET /me", 304), "the browser's cache, after the service confirmed it (304)"),
        (exchange(0, "GET /me", served=Served.SERVICE_WORKER), "a service worker"),
        (exchange(0, "GET /me", served=Served.DISK), "the browser's disk cache"),
        (exchange(0, "GET /me", got={"age": "soon"}), ""),
    ],
)
def test_where_an_answer_came_from(found: Exchange, cache: str) -> None:
    assert timeline.cached(found) == cache


def test_logins_that_succeeded() -> None:
    seen = wire(login(0, status=401), login(10, status=302), login(20, status=500), login(30), exchange(40, "POST /orders"))
    assert starts(timeline.logins(seen)) == [10, 30]


def test_the_clock_is_told_by_the_date_headers_of_answers_that_no_cache_kept() -> None:
    server = 1_795_428_000_000
    seen = wire(
        exchange(server + 60_000, "GET /a", response={"date": server}, wait=480),
        exchange(server + 61_000, "GET /b", response={"date": server + 1000}, wait=520),
        exchange(server + 61_000, "GET /c", response={"date": server - 900_000}, got={"age": "900"}),
        exchange(server + 61_000, "GET /d", response={"date": server - 900_000}, served=Served.DISK),
    )
    assert seen.clock_ahead("shop.test") == 60_000
    assert seen.clock_ahead("other.test") is None
