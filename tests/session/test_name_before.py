"""A cookie that got another name: whoever comes with the old one stays logged in, and has the new one afterwards."""

import pytest

from sessile import CookieError
from sessile.session.cookie import CookiePolicy, cookie_value, encoded
from sessile.session.keyring import Keyring
from sessile.session.outcome import LIVE, Reason
from sessile.session.session import Session
from tests.session.browser import KEYRING, Browser, Service, expiry

OLD = CookiePolicy(name="connect.sid", domain="shop.example", path="/app")
NEW = CookiePolicy(name="__Host-sid", secure=True, name_before="connect.sid")
ENDED = "connect.sid=; Domain=shop.example; Path=/app; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax"


@pytest.fixture
def service() -> Service:
    """One with today's name, and one live session of the name before."""
    before = Browser(Service.of(cookie=OLD, lives=expiry(idle=600)))
    before.visit({"user": 7})
    return before.service.reads(cookie=NEW)


def signed(service: Service, keyring: Keyring = KEYRING) -> str:
    (session_id,) = service.rows
    return encoded(cookie_value(session_id, keyring))


def opened(service: Service, header: str) -> Session:
    session = Session()
    service.run(service.flow.open(session, header, now=service.now))
    return session


def closed(service: Service, session: Session) -> list[str]:
    service.run(service.flow.close(session, https=True, now=service.now))
    return service.flow.set_cookies(session, https=True)


def test_the_old_cookie_is_accepted_and_replaced_with_the_attributes_it_had(service: Service) -> None:
    session = opened(service, f"theme=dark; connect.sid={signed(service)}")
    assert session == {"user": 7}
    assert session.outcome.reason is Reason.RENAMED
    assert not session.outcome.stopped
    ended, new = closed(service, session)
    assert ended == ENDED
    assert new.startswith(f"__Host-sid={signed(service)}; Path=/; Expires=")


def test_the_new_one_goes_first_and_the_old_one_is_removed(service: Service) -> None:
    value = signed(service)
    session = opened(service, f"connect.sid={value}; __Host-sid={value}")
    assert session.outcome is LIVE
    assert [line.partition("=")[0] for line in service.flow.set_cookies(session, https=True)] == ["connect.sid"]


def test_the_old_one_is_tried_where_the_new_one_leads_nowhere(service: Service) -> None:
    dead = encoded(cookie_value("n" * 32, KEYRING))
    session = opened(service, f"__Host-sid={dead}; connect.sid={signed(service)}")
    assert session == {"user": 7}
    assert session.outcome.detail == "another cookie of that name came before it: find: missing"
    assert [line.partition("=")[0] for line in closed(service, session)] == ["connect.sid", "__Host-sid"]


def test_a_cookie_of_that_name_which_another_application_signed_is_left_alone(service: Service) -> None:
    theirs = signed(service, Keyring("the secret of another application"))
    session = opened(service, f"connect.sid={theirs}; __Host-sid={signed(service)}")
    assert session.outcome is LIVE
    assert service.flow.set_cookies(session, https=True) == []
    stranger = opened(service, f"connect.sid={theirs}")
    assert stranger.outcome.reason is Reason.BAD_SIGNATURE
    assert closed(service, stranger) == []


@pytest.mark.parametrize("how", ["logout", "login"])
def test_a_logout_and_a_login_remove_it_as_well(service: Service, how: str) -> None:
    session = opened(service, f"connect.sid={signed(service)}")
    if how == "logout":
        service.run(service.flow.destroy(session, now=service.now))
    else:
        service.flow.regenerate(session)
    ended, other = closed(service, session)
    assert ended == ENDED
    assert other.startswith("__Host-sid=" if how == "logout" else "__Host-sid=s%3A")


def test_nothing_is_removed_where_nothing_takes_its_place(service: Service) -> None:
    value = signed(service)
    service.rows.clear()
    session = opened(service, f"connect.sid={value}")
    assert session.outcome.reason is Reason.MISSING
    assert closed(service, session) == []


def test_instances_of_both_deploys_serve_the_same_visitors(service: Service) -> None:
    back = service.reads(cookie=CookiePolicy(name="connect.sid", secure=True, name_before="__Host-sid"))
    session = opened(back, f"__Host-sid={signed(service)}")
    assert session == {"user": 7}
    assert [line.partition("=")[0] for line in closed(back, session)] == ["__Host-sid", "connect.sid"]
    assert opened(service, f"connect.sid={signed(service)}") == {"user": 7}


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ("connect.sid", "another one"),
        ("my sid", "a cookie name is meant"),
        ("__Host-sid", "removes that only with secure=True"),
    ],
)
def test_what_could_not_work_is_refused(before: str, says: str) -> None:
    with pytest.raises(CookieError, match=says):
        CookiePolicy(name_before=before)
