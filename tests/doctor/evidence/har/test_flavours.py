"""The same visit tells the same, whichever program recorded it, and however the file is encoded and packed."""

import gzip
import json
import zlib
from collections.abc import Callable

import pytest

from sessile.cookies.set_cookie import SameSite
from sessile.doctor.facts.cookies import Defect, Shape
from sessile.doctor.facts.exchange import Content, Role, Served, Sign
from tests.doctor.evidence.har import flavours
from tests.doctor.evidence.har.flavours import BEGAN, FLAVOURS, SID
from tests.doctor.evidence.har.looks import cookies_set, read, response, sent, value


@pytest.mark.parametrize("flavour", FLAVOURS.values(), ids=FLAVOURS)
def test_requests_and_responses(flavour: Callable[[], bytes]) -> None:
    wire = read(flavour())
    assert (wire.sanitized, wire.cut_off, wire.gaps) == (False, None, ())
    assert [str(one) for one in wire.exchanges] == ["GET /api/me 401", "POST /api/login 302", "GET /home 200", "GET /api/me 200"]
    assert [one.pointer for one in wire.exchanges] == [f"entries[{number}]" for number in range(4)]
    assert [round(one.started - BEGAN.timestamp() * 1000) for one in wire.exchanges] == [0, 100, 130, 200]
    assert [one.role for one in wire.exchanges] == [Role.PERSONAL, Role.LOGIN, Role.OTHER, Role.PERSONAL]
    assert {one.served for one in wire.exchanges} == {Served.NETWORK}
    assert {one.request.address.origin for one in wire.exchanges} == {"https://shop.example"}
    assert all(one.answered and one.ended and round(one.ended - one.answered) == 2 for one in wire.exchanges)
    assert all(
        round(one.response.date - BEGAN.timestamp() * 1000) == 0 for one in wire.exchanges if one.response and one.response.date
    )


@pytest.mark.parametrize("flavour", FLAVOURS.values(), ids=FLAVOURS)
def test_cookies(flavour: Callable[[], bytes]) -> None:
    anonymous, login, home, me = read(flavour()).exchanges
    theme, session = cookies_set(login)
    assert (theme.name, theme.path, theme.expires, theme.http_only) == (
        "theme",
        "/",
        BEGAN.timestamp() * 1000 + 86_400_000,
        False,
    )
    assert (session.name, session.path, session.http_only, session.same_site) == ("connect.sid", "/", True, SameSite.LAX)
    assert (session.persistent, session.removes, session.secure, session.dropped) == (False, False, False, None)
    assert [cookie.name for cookie in sent(home)] == ["theme", "connect.sid"]
    assert sent(home)[1].value == sent(me)[1].value == session.value
    assert (value(session).shape, value(session).length) == (Shape.SIGNED, len(SID))
    assert value(session).concealed.reveal() == SID
    assert cookies_set(me) == ()
    if flavour is not flavours.safari:
        assert sent(anonymous) == ()


@pytest.mark.parametrize("flavour", FLAVOURS.values(), ids=FLAVOURS)
def test_bodies_leave_only_signs(flavour: Callable[[], bytes]) -> None:
    anonymous, login, _, me = read(flavour()).exchanges
    assert login.request.body.content is Content.JSON
    assert login.request.body.signs == {Sign.CREDENTIALS}
    assert Sign.EXPIRED in response(anonymous).body.signs
    assert response(me).body.signs == {Sign.SOMEBODY}


@pytest.mark.parametrize("flavour", FLAVOURS.values(), ids=FLAVOURS)
def test_addresses_and_headers(flavour: Callable[[], bytes]) -> None:
    _, login, home, _ = read(flavour()).exchanges
    assert response(login).redirect == home.request.address
    assert (home.request.address.path, home.request.address.query) == ("/home", ("next",))
    assert home.request.referer is not None
    assert str(home.request.referer) == "https://shop.example/start?token=***"
    assert home.request.headers.get("sec-fetch-site") == "same-origin"
    assert home.request.headers.get("x-csrf-token") == "***"


def test_lines_joined_by_commas_are_taken_apart_and_marked() -> None:
    login = read(flavours.safari()).exchanges[1]
    assert [cookie.defects for cookie in cookies_set(login)] == [(Defect.FOLDED,)] * 2


def test_an_encoding_or_a_packing_changes_nothing() -> None:
    plain = flavours.firefox()
    for form in (
        *(b"\xef\xbb\xbf" + plain, plain.decode().encode("utf-16"), plain.decode().encode("utf-16-le")),
        *(plain.decode().encode("utf-16-be"), gzip.compress(plain), zlib.compress(plain), b"onInputData(" + plain + b");"),
    ):
        assert read(form) == read(plain)


def test_the_layout_and_the_order_of_keys_change_nothing() -> None:
    log = json.loads(flavours.firefox())
    for form in (json.dumps(log), json.dumps(log, indent=1), json.dumps(log, sort_keys=True), json.dumps(log["log"])):
        assert read(form.encode()) == read(flavours.firefox())


def test_what_is_not_written_as_prescribed_is_read_all_the_same() -> None:
    log = json.loads(flavours.charles())
    for entry in log["log"]["entries"]:
        entry["response"]["status"] = str(entry["response"]["status"])
        entry["response"]["headersSize"] = None
        entry["time"] = str(entry["time"])
        entry["request"]["headers"] = {field["name"]: field["value"] for field in entry["request"]["headers"]}
        entry["request"]["comment"] = "\ud800"
        entry["cache"] = None
    assert read(json.dumps(log).encode()) == read(flavours.charles())


def test_bytes_that_are_no_utf_8_spoil_only_themselves() -> None:
    assert read(flavours.charles().replace(b'"OK"', b'"\xff\xfe"')) == read(flavours.charles())


def test_cookies_that_stand_in_no_header_are_taken_from_the_arrays() -> None:
    log = json.loads(flavours.charles())
    for entry in log["log"]["entries"]:
        for message in (entry["request"], entry["response"]):
            message["headers"] = [field for field in message["headers"] if "ookie" not in field["name"]]
    session = {"name": "connect.sid", "value": SID, "path": "/", "httpOnly": True, "secure": False, "sameSite": "Lax"}
    log["log"]["entries"][1]["response"]["cookies"] = [session]
    _, login, home, _ = read(json.dumps(log).encode()).exchanges
    (cookie,) = cookies_set(login)
    assert (cookie.name, cookie.path, cookie.http_only, cookie.same_site) == ("connect.sid", "/", True, SameSite.LAX)
    assert cookie.defects == (Defect.REBUILT,)
    assert [one.name for one in sent(home)] == ["theme", "connect.sid"]


def test_what_no_network_carried_is_left_out() -> None:
    log = json.loads(flavours.charles())
    for number, url in enumerate(
        ("data:image/png;base64,aGFyYQ==", "chrome-extension://abc/x.js", "blob:https://shop.example/1")
    ):
        log["log"]["entries"][number]["request"]["url"] = url
    assert [one.pointer for one in read(json.dumps(log).encode()).exchanges] == ["entries[3]"]


def test_cookies_that_the_browser_says_it_blocked() -> None:
    log = json.loads(flavours.charles())
    cookie = {"name": "connect.sid", "value": SID}
    log["log"]["entries"][3]["request"]["_blockedCookies"] = [{"blockedReasons": ["SameSiteLax"], "cookie": cookie}]
    line = f"connect.sid={SID}; Secure"
    log["log"]["entries"][1]["response"]["_blockedCookies"] = [{"blockedReasons": ["SecureOnly"], "cookieLine": line}]
    wire = read(json.dumps(log).encode())
    assert [(one.name, one.reasons) for one in wire.exchanges[3].request.withheld] == [("connect.sid", ("SameSiteLax",))]
    assert [(one.name, one.reasons) for one in response(wire.exchanges[1]).refused] == [("connect.sid", ("SecureOnly",))]
