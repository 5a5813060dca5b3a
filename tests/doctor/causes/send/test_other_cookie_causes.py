"""The cookie is for another path or scheme, or another one of its name goes in its place, or the asker has none."""

from typing import Any

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Facts
from sessile.doctor.facts.correlation import Missing
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.causes.recording import (
    API,
    LAX,
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
from tests.doctor.recorded_facts import correlated, known, seen

HTTP = "http://shop.example"
SHOP, BACK_OFFICE = "http://localhost:3000", "http://localhost:4000"
PLAIN = f"{SID}; Path=/; HttpOnly; SameSite=Lax"
OF_ADMIN = LAX.replace("Path=/", "Path=/admin").replace("Lax", "Strict")
SITE_SID, ADMIN_SID = SID.replace("connect.sid", "site.sid"), OTHER_SID.replace("connect.sid", "admin.sid")
NODE, CHROME_PAGE = "node", {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}


def at_home(**more: Any) -> Call:
    return login(to=PAGE, **more)


def page(path: str = "/account", at: float = 1000, **more: Any) -> Call:
    """A page that is opened with the cookie, and knows nobody."""
    given = {"status": 302, "cookie": SID, "got": {"Location": "/login"}, "media": "text/html", "wait": 500, **more}
    return Call(at=at, what=f"GET {PAGE}{path}", kind="document", sent=CHROME_PAGE, **given)


def socket(to: str = "wss://live.shop.example/chat", **more: Any) -> Call:
    return Call(at=2000, what=f"GET {to}", **{"status": 401, "kind": "websocket", **more})


SITUATIONS = {
    "send-path-mismatch": recorded(at_home(line=LAX.replace("Path=/", "Path=/admin")), me(to=PAGE)),
    "send-secure-cookie-over-http": recorded(at_home(), let_in(500, to=PAGE), me(2000, to=HTTP, page=HTTP)),
    "send-duplicate-cookies": recorded(at_home(), me(to=PAGE, cookie=f"{OTHER_SID}; {SID}")),
    "send-name-collision": recorded(
        login(to=SHOP, page=SHOP, line=PLAIN),
        let_in(500, to=SHOP, page=SHOP),
        login(1000, to=BACK_OFFICE, page=BACK_OFFICE, line=PLAIN.replace(SID, OTHER_SID)),
        let_in(1500, to=BACK_OFFICE, page=BACK_OFFICE, cookie=OTHER_SID),
        me(2000, to=SHOP, page=SHOP, cookie=OTHER_SID),
        top=SHOP + "/",
    ),
    "set-store-shared-by-two-sessions": recorded(
        at_home(line=OF_ADMIN.replace(SID, SITE_SID)),
        me(500, to=PAGE),
        Call(
            at=1000,
            what=f"POST {PAGE}/admin/login",
            body='{"email":"ann@shop.example","password":"hunter2!"}',
            answer='{"ok":true}',
            sets=(OF_ADMIN.replace(SID, ADMIN_SID),),
        ),
    ),
    "send-websocket-without-session": recorded(at_home(), let_in(to=PAGE), socket()),
    "send-server-rendering-without-cookie": recorded(
        at_home(), let_in(500, to=PAGE), page(), me(1200, to=PAGE, agent=NODE, kind="", sent={"Referer": "", "Accept": "*/*"})
    ),
}


@pytest.mark.parametrize("cause", SITUATIONS)
def test_each_stands_first_in_its_own_situation(cause: str) -> None:
    assert first(SITUATIONS[cause]) == f"{cause} confirmed"


@pytest.mark.parametrize("cause", [cause for cause in SITUATIONS if "websocket" not in cause])
def test_nothing_else_is_proven_there(cause: str) -> None:
    assert confirmed(diagnose(SITUATIONS[cause])) == [cause]


@pytest.mark.parametrize("cause", SITUATIONS)
def test_none_is_proven_where_the_cookie_comes_back(cause: str) -> None:
    assert isinstance(judged(cause, recorded(login(), let_in(), let_in(2000))), RuledOut)
    assert isinstance(judged(cause, Facts(now=NOW)), Unseen)


@pytest.mark.parametrize(
    "calls",
    [
        (at_home(line=LAX.replace("Path=/", "Path=/admin")), me(to=PAGE)),
        (at_home(), me(2000, to=HTTP, page=HTTP)),
        (at_home(), me(to=PAGE, cookie=f"{OTHER_SID}; {SID}")),
        (at_home(), let_in(to=PAGE), socket()),
        (at_home(), let_in(500, to=PAGE), page()),
    ],
)
def test_none_is_sure_where_cookies_were_left_out_of_the_recording(calls: tuple[Call, ...]) -> None:
    assert confirmed(diagnose(recorded(*calls, sanitized=True))) == []


@pytest.mark.parametrize("cause", SITUATIONS)
def test_neither_cookie_nor_password_reaches_the_evidence(cause: str) -> None:
    said = " ".join(evidence.says for suspect in diagnose(SITUATIONS[cause]).causes for evidence in suspect.evidence)
    assert "sid" in said
    for secret in ("q" * 32, "z" * 32, "hunter2"):
        assert secret not in said


def test_a_recording_without_cookies_of_a_user_who_was_turned_away_is_not_called_healthy() -> None:
    assert diagnose(recorded(at_home(), me(to=PAGE), sanitized=True)).verdict == "cannot_tell"
    assert diagnose(recorded(at_home(), let_in(to=PAGE), sanitized=True)).verdict == "healthy"


class TestPath:
    def test_both_paths_stand_in_the_title(self) -> None:
        title = diagnose(SITUATIONS["send-path-mismatch"]).causes[0].title
        assert title == "The cookie is for /admin and below, and /api/me lies outside"

    def test_express_answers_500_outside_the_path(self) -> None:
        facts = recorded(at_home(line=LAX.replace("Path=/", "Path=/admin")), me(to=PAGE, status=500, answer="TypeError"))
        assert first(facts) == "send-path-mismatch confirmed"

    def test_without_path_it_is_the_logins_folder(self) -> None:
        line = LAX.replace("; Path=/", "")
        facts = recorded(
            Call(at=0, what=f"POST {PAGE}/auth/login", body='{"password":"x1"}', sets=(line,), answer="{}"), me(to=PAGE)
        )
        assert first(facts) == "send-path-mismatch confirmed"

    def test_a_page_elsewhere_that_needs_no_session_loses_nothing(self) -> None:
        line = LAX.replace("Path=/", "Path=/api")
        facts = recorded(at_home(line=line), let_in(to=PAGE), Call(at=2000, what=f"GET {PAGE}/", kind="document"))
        assert isinstance(judged("send-path-mismatch", facts), RuledOut)


class TestScheme:
    def test_a_redirect_to_https_is_all_right(self) -> None:
        hop = Call(at=1000, what=f"GET {HTTP}/account", status=308, kind="document", got={"Location": f"{PAGE}/account"})
        facts = recorded(at_home(), hop, let_in(2000, to=PAGE))
        assert isinstance(judged("send-secure-cookie-over-http", facts), RuledOut)

    def test_a_cookie_that_is_not_secure_goes_along(self) -> None:
        facts = recorded(at_home(line=PLAIN), me(to=HTTP, page=HTTP, cookie=SID))
        assert isinstance(judged("send-secure-cookie-over-http", facts), RuledOut)


class TestDuplicates:
    def test_how_often_and_where_the_good_one_stands_is_said(self) -> None:
        finding = judged("send-duplicate-cookies", SITUATIONS["send-duplicate-cookies"])
        assert isinstance(finding, Confirmed)
        assert "connect.sid 2 times; the one that the login set is number 2" in finding.evidence[1].says

    def test_the_good_one_first_proves_nothing(self) -> None:
        facts = recorded(at_home(), me(to=PAGE, cookie=f"{SID}; {OTHER_SID}"))
        assert isinstance(judged("send-duplicate-cookies", facts), Undecided)

    def test_two_of_one_value_are_one(self) -> None:
        facts = recorded(at_home(), me(to=PAGE, cookie=f"{SID}; {SID}"))
        assert isinstance(judged("send-duplicate-cookies", facts), RuledOut)

    def test_a_user_who_is_let_in_with_both_has_no_trouble(self) -> None:
        facts = recorded(at_home(), let_in(to=PAGE, cookie=f"{OTHER_SID}; {SID}"))
        assert isinstance(judged("send-duplicate-cookies", facts), RuledOut)

    def test_where_the_logins_own_row_is_gone_they_are_not_to_blame(self) -> None:
        wires = SITUATIONS["send-duplicate-cookies"].wires
        good, stale = SID.partition("=")[2], OTHER_SID.partition("=")[2]
        gone = seen(*wires, found=correlated(known(good, Missing()), known(stale, Missing())))
        alive = seen(*wires, found=correlated(known(good), known(stale, Missing())))
        assert isinstance(judged("send-duplicate-cookies", gone), RuledOut)
        assert isinstance(judged("send-duplicate-cookies", alive), Confirmed)


class TestNames:
    def test_two_apps_with_two_names_do_not_meet(self) -> None:
        other = OTHER_SID.replace("connect.sid", "office.sid")
        facts = recorded(
            login(to=SHOP, page=SHOP, line=PLAIN),
            login(1000, to=BACK_OFFICE, page=BACK_OFFICE, line=PLAIN.replace(SID, other)),
            let_in(2000, to=SHOP, page=SHOP, cookie=f"{SID}; {other}"),
        )
        assert isinstance(judged("send-name-collision", facts), RuledOut)

    def test_a_later_login_of_the_same_app_is_no_other_one(self) -> None:
        facts = recorded(
            login(to=SHOP, page=SHOP, line=PLAIN),
            login(1000, to=SHOP, page=SHOP, line=PLAIN.replace(SID, OTHER_SID)),
            me(2000, to=SHOP, page=SHOP, cookie=OTHER_SID),
        )
        assert isinstance(judged("send-name-collision", facts), RuledOut)


class TestSharedStore:
    def test_a_proxy_that_rewrites_paths_may_have_done_it(self) -> None:
        calls = [
            Call(at=at, what=f"POST {PAGE}{path}", body='{"password":"x1"}', answer="{}", sets=(line,), got={"Server": "nginx"})
            for at, path, line in (
                (0, "/login", OF_ADMIN.replace(SID, SITE_SID)),
                (1000, "/admin/login", OF_ADMIN.replace(SID, ADMIN_SID)),
            )
        ]
        facts = recorded(calls[0], me(500, to=PAGE), calls[1])
        assert isinstance(judged("set-store-shared-by-two-sessions", facts), RuledOut)
        assert first(facts) == "send-path-mismatch confirmed"

    def test_two_sessions_each_with_its_own_path_are_right(self) -> None:
        facts = recorded(
            at_home(line=LAX.replace(SID, SITE_SID)),
            Call(at=1000, what=f"POST {PAGE}/admin/login", body='{"password":"x1"}', sets=(OF_ADMIN.replace(SID, ADMIN_SID),)),
            me(2000, to=PAGE, cookie=SITE_SID),
        )
        assert isinstance(judged("set-store-shared-by-two-sessions", facts), RuledOut)


class TestSocket:
    def test_the_same_cookie_refused_on_the_socket_alone(self) -> None:
        facts = recorded(at_home(), let_in(to=PAGE), socket("wss://shop.example/chat", cookie=SID))
        assert first(facts) == "send-websocket-without-session confirmed"

    def test_a_poll_of_socket_io_without_credentials(self) -> None:
        poll = Call(at=2000, what=f"GET {API}/socket.io/?EIO=4&transport=polling", status=403, answer='{"code":4}')
        facts = recorded(at_home(line=f"{LAX}; Domain=shop.example"), let_in(to=PAGE), poll)
        assert isinstance(judged("send-websocket-without-session", facts), Confirmed)

    def test_a_socket_that_opens_is_well(self) -> None:
        facts = recorded(at_home(), let_in(to=PAGE), socket("wss://shop.example/chat", cookie=SID, status=101))
        assert isinstance(judged("send-websocket-without-session", facts), RuledOut)

    def test_where_nothing_is_let_in_the_socket_is_not_special(self) -> None:
        facts = recorded(at_home(), me(to=PAGE), socket())
        assert isinstance(judged("send-websocket-without-session", facts), RuledOut)


class TestRendering:
    def test_from_the_browser_alone_it_is_a_guess(self) -> None:
        facts = recorded(at_home(), let_in(500, to=PAGE), page(), let_in(2000, to=PAGE))
        assert isinstance(judged("send-server-rendering-without-cookie", facts), Undecided)

    def test_a_call_of_the_server_outside_of_any_page_proves_nothing(self) -> None:
        call = me(4000, to=PAGE, agent=NODE, kind="", sent={"Referer": ""})
        facts = recorded(at_home(), let_in(500, to=PAGE), page(status=200, got={}, answer="<p>Ann"), call)
        assert not isinstance(judged("send-server-rendering-without-cookie", facts), Confirmed)

    def test_an_app_without_a_browser_is_another_matter(self) -> None:
        facts = recorded(at_home(agent="okhttp/4.12"), me(to=PAGE, agent="okhttp/4.12"))
        assert first(facts) == "send-native-client confirmed"
