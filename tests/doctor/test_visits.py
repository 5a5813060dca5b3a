"""What came of each login: which cookie is the session's, what followed, whether it came back, and who was let in."""

from dataclasses import replace

import pytest

from sessile.cookies import Outcome
from sessile.doctor.facts import Facts, Unknown, Wire
from sessile.doctor.facts.exchange import Exchange, Role, Sign
from sessile.doctor.visits import Visit, session_names, turned_away, visits
from tests.doctor.facts_builder import NOW
from tests.doctor.recording import COOKIE, SET, asked, cookie, login, recording, sanitized

OPAQUE = "k3Jx9Qv2mN7pL5tR8wZ1yB4cD6fG0hSa"


def only(*exchanges: Exchange) -> Visit:
    return of(recording(*exchanges))


def of(wire: Wire) -> Visit:
    (visit,) = visits(Facts(now=NOW, wires=(wire,)))
    return visit


def setting(*lines: str) -> Exchange:
    return login(sets="\n".join(lines))


@pytest.mark.parametrize(
    ("exchange", "counts"),
    [
        (login(), True),
        (login(status=302, to="/home"), True),
        (login(status=302, to="/login"), False),
        (login(status=303, to="/users/sign_in?failed=1"), False),
        (login(status=302, to="/accounts/login/"), False),
        (login(status=302, to="/blog/login-made-easy"), True),
        (login(status=204), True),
        (login(status=401), False),
        (login(status=500), False),
        (login(says=frozenset({Sign.REFUSED})), False),
        (login(says=frozenset({Sign.CSRF})), False),
        (login(says=frozenset({Sign.SOMEBODY})), True),
        (replace(login(), response=None), False),
    ],
    ids=str,
)
def test_which_logins_succeeded(exchange: Exchange, counts: bool) -> None:
    assert bool(visits(Facts(now=NOW, wires=(recording(exchange),)))) is counts


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ([SET], "connect.sid"),
        ([f"shop={COOKIE}; HttpOnly"], "shop"),
        ([f"ofa.sid={OPAQUE}; HttpOnly"], "ofa.sid"),
        ([f"session={OPAQUE}; HttpOnly; Path=/"], "session"),
        ([f"csrftoken={OPAQUE}", f"sessionid={OPAQUE}; HttpOnly"], "sessionid"),
        ([f"__Host-session={OPAQUE}; HttpOnly; Secure; Path=/"], "__Host-session"),
        ([f"__Secure-next-auth.session-token={OPAQUE}; HttpOnly; Secure"], "__Secure-next-auth.session-token"),
        ([f"_shop_session={OPAQUE}; HttpOnly"], "_shop_session"),
        ([f"auth={OPAQUE}; HttpOnly"], "auth"),
        ([f"auth={OPAQUE}"], ""),
        ([f"remember_token={OPAQUE}; HttpOnly", f"session={OPAQUE}; HttpOnly"], "session"),
        # What a proxy in front sets is no session, and a login that sets nothing else has set none.
        ([f"__cf_bm={OPAQUE}; HttpOnly; Secure"], ""),
        ([f"ARRAffinity={OPAQUE}; HttpOnly"], ""),
        ([f"_csrf={OPAQUE}; HttpOnly"], ""),
        (["connect.sid=; Max-Age=0; HttpOnly"], "connect.sid"),
    ],
)
def test_which_cookie_is_the_sessions(lines: list[str], name: str) -> None:
    visit = only(setting(*lines))
    assert visit.name == name
    sets = bool(name) and "Max-Age=0" not in lines[0]
    assert (visit.cookie is not None) is sets
    assert visit.cookie is None or visit.cookie.name == name


def test_of_several_signed_cookies_the_one_that_the_login_sets_is_the_sessions() -> None:
    wire = recording(asked(0, "GET /", sets=f"prefs={COOKIE}", sends=None), login(1), asked(2, sends=f"prefs={COOKIE}"))
    assert session_names(wire)[0] == "connect.sid"
    assert of(wire).name == "connect.sid"


def test_a_login_that_sets_nothing_still_has_the_name_that_the_recording_shows() -> None:
    visit = only(asked(-1, "GET /", sends=f"connect.sid={COOKIE}"), login(sets=None))
    assert (visit.name, visit.cookies, visit.cookie, visit.setting) == ("connect.sid", (), None, None)


def test_what_follows_is_of_its_site_and_ends_with_the_next_login_or_logout() -> None:
    visit = only(
        asked(-1, "GET /before"),
        login(wait=500),
        asked(0.1, "GET /sent-before-it-was-answered"),
        asked(1, "GET /own"),
        asked(2, "GET https://api.shop.test/other-host"),
        asked(3, "GET https://elsewhere.test/"),
        asked(4, "GET /login"),
        asked(5, "POST /logout", role=Role.LOGOUT),
        asked(6, "GET /after"),
    )
    assert [one.request.address.path for one in visit.after] == ["/own", "/other-host", "/login"]


def test_a_cookie_that_came_back() -> None:
    back, without, other = asked(1), asked(2, sends=None), asked(3, sends=f"connect.sid={cookie(sid='another')}")
    both = asked(4, sends=f"connect.sid={cookie(sid='another')}; connect.sid={COOKIE}")
    visit = only(login(), back, without, other, both)
    assert [visit.came_back(one) for one in (back, without, other, both)] == [True, False, False, True]
    assert visit.setting
    assert visit.setting.outcome is Outcome.STORED


def test_a_cookie_that_answers_set_anew_came_back_as_what_it_has_become() -> None:
    new = cookie(sid="renewed")
    renewing, then = asked(1, sets=f"connect.sid={new}; Path=/"), asked(2, sends=f"connect.sid={new}")
    early = asked(0.5, sends=f"connect.sid={new}")
    visit = only(login(), early, renewing, then)
    assert visit.came_back(then) is True
    assert visit.came_back(early) is False


def test_a_new_session_of_nobody_is_not_the_logins() -> None:
    new = cookie(sid="nobody")
    visit = only(login(), asked(1, status=401, sets=f"connect.sid={new}; Path=/"), then := asked(2, sends=f"connect.sid={new}"))
    assert visit.came_back(then) is False


def test_nothing_is_said_of_a_recording_without_cookies() -> None:
    visit = of(sanitized(recording(login(), asked(1))))
    assert isinstance(visit.cookies, Unknown)
    assert visit.cookie is None
    assert [visit.came_back(one) for one in visit.after] == [None]


def test_a_login_known_to_set_no_cookie_is_known_in_a_sanitized_recording_too() -> None:
    # The header's size shows it: nothing was taken out of this one.
    visit = of(replace(recording(login(sets=None), asked(1)), sanitized=True))
    assert visit.cookies == ()


@pytest.mark.parametrize(
    ("exchange", "away"),
    [
        (asked(0, status=401), True),
        (asked(0, status=419), True),
        (asked(0, status=403), False),
        (asked(0, status=403, says=frozenset({Sign.UNAUTHENTICATED})), True),
        (asked(0, says=frozenset({Sign.NOBODY})), True),
        (asked(0, status=302, to="/login?next=/me"), True),
        (asked(0, status=302, to="/login.php"), True),
        (asked(0, status=302, to="/home"), False),
        (asked(0, status=503), False),
        (asked(0), False),
    ],
    ids=str,
)
def test_who_was_turned_away(exchange: Exchange, away: bool) -> None:
    assert turned_away(exchange) is away


def test_who_was_let_in_and_who_was_not() -> None:
    visit = only(
        login(),
        asked(1),
        asked(2, status=401),
        asked(3, status=304),
        asked(4, "GET /page", 302, to="/login"),
        asked(5, status=500),
    )
    assert [one.status for one in visit.personal] == [200, 401, 304, 302, 500]
    assert [one.status for one in visit.turned_away] == [401, 302]
    assert [one.status for one in visit.let_in] == [200]


def test_a_login_without_a_set_cookie_line_behind_a_proxy_that_sets_its_own() -> None:
    visit = only(
        asked(-1, sends=f"connect.sid={COOKIE}", status=401), setting(f"__cf_bm={OPAQUE}; HttpOnly"), asked(1, sends=None)
    )
    assert (visit.name, visit.cookies) == ("connect.sid", ())
