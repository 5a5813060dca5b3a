"""SameSite and third-party cookies: who asks, from where, by which method, and what that means for each kind of cookie."""

import pytest

from sessile.cookies import Caution, Context, Jar, Reason, SameSiteContext
from tests.cookies.contexts import MINUTE, NOW, header, jar_with

API = "https://api.example.com/me"
SHOP = "https://shop.example.com/"
FOREIGN = "https://pay.test/"
ALL = (
    "none=1; SameSite=None; Secure; Path=/",
    "lax=1; SameSite=Lax; Path=/",
    "strict=1; SameSite=Strict; Path=/",
    "plain=1; Path=/",
)
OLD = NOW - 3 * MINUTE

STRICT, LAX, UNSAFE, CROSS = (
    SameSiteContext.SAME_SITE_STRICT,
    SameSiteContext.SAME_SITE_LAX,
    SameSiteContext.SAME_SITE_LAX_METHOD_UNSAFE,
    SameSiteContext.CROSS_SITE,
)
SENT = {
    STRICT: "none=1; lax=1; strict=1; plain=1",
    LAX: "none=1; lax=1; plain=1",
    UNSAFE: "none=1",
    CROSS: "none=1",
}


@pytest.mark.parametrize(
    ("context", "sending"),
    [
        (Context.navigation(API), STRICT),
        (Context.navigation(API, method="POST"), STRICT),
        (Context.navigation(API, initiator=SHOP), STRICT),
        (Context.navigation(API, initiator=FOREIGN), LAX),
        (Context.navigation(API, initiator=FOREIGN, method="HEAD"), LAX),
        (Context.navigation(API, initiator=FOREIGN, method="post"), UNSAFE),
        (Context.navigation(API, initiator="null"), LAX),
        (Context.navigation(API, initiator="http://shop.example.com/"), LAX),
        (Context.fetch(API, page=SHOP, credentials="include"), STRICT),
        (Context.fetch(API, page=SHOP, method="DELETE", credentials="include"), STRICT),
        (Context.fetch(API, page=FOREIGN, credentials="include"), CROSS),
        (Context.fetch(API, page="http://shop.example.com/", credentials="include"), CROSS),
        (Context.fetch(API, page="null", credentials="include"), CROSS),
        (Context.subresource(API, page=SHOP), STRICT),
        (Context.subresource("wss://api.example.com/live", page=SHOP), STRICT),
        (Context.subresource(API, page=SHOP, ancestors=(FOREIGN,)), CROSS),
        (Context.subresource(API, page=SHOP, ancestors=(FOREIGN, SHOP)), CROSS),
        (Context.subresource(API, page=FOREIGN, ancestors=(SHOP,)), CROSS),
        (Context.frame(API, page=SHOP), STRICT),
        (Context.frame(API, page=FOREIGN), CROSS),
        (Context.frame(API, page=SHOP, initiator=FOREIGN), CROSS),
        (Context.frame(API, page=SHOP, ancestors=(FOREIGN,)), CROSS),
        (Context.script("https://api.example.com/"), STRICT),
        (Context.script("https://api.example.com/", ancestors=(FOREIGN,)), CROSS),
    ],
)
def test_which_cookies_go_along(context: Context, sending: SameSiteContext) -> None:
    jar = jar_with(*ALL, url="https://api.example.com/", now=OLD)
    assert context.sending is sending
    assert header(jar, context) == SENT[sending]


@pytest.mark.parametrize(
    ("context", "stored"),
    [
        (Context.navigation(API, initiator=FOREIGN), 4),
        (Context.navigation(API, initiator=FOREIGN, method="POST"), 4),
        (Context.fetch(API, page=SHOP, credentials="include"), 4),
        (Context.fetch(API, page=FOREIGN, credentials="include"), 1),
        (Context.fetch(API, page="http://shop.example.com/", credentials="include"), 1),
        (Context.frame(API, page=FOREIGN), 1),
        (Context.frame(API, page=SHOP), 4),
    ],
)
def test_which_cookies_are_set(context: Context, stored: int) -> None:
    jar = Jar()
    assert sum(jar.store(line, context, NOW).stored for line in ALL) == stored


def test_the_reasons_name_the_attribute() -> None:
    jar = jar_with(*ALL, url="https://api.example.com/", now=OLD)
    sending = jar.send(Context.fetch(API, page=FOREIGN, credentials="include"), NOW)
    assert {choice.cookie.name: choice.reasons for choice in sending.choices} == {
        "none": (),
        "lax": (Reason.SAMESITE_LAX,),
        "strict": (Reason.SAMESITE_STRICT,),
        "plain": (Reason.SAMESITE_UNSPECIFIED_TREATED_AS_LAX,),
    }


def test_two_render_services_are_two_sites() -> None:
    jar = Jar()
    login = Context.fetch(
        "https://api.onrender.com/login", page="https://shop.onrender.com/", method="POST", credentials="include"
    )
    assert jar.store("sid=1; HttpOnly; Secure", login, NOW).reasons == (Reason.SAMESITE_UNSPECIFIED_TREATED_AS_LAX,)
    assert jar.store("sid=1; HttpOnly; Secure; SameSite=None", login, NOW).stored


@pytest.mark.parametrize(("age", "sent"), [(0, True), (2 * MINUTE, True), (2 * MINUTE + 1, False)])
def test_a_payment_that_comes_back_by_post_works_only_when_it_is_quick(age: int, sent: bool) -> None:
    jar = jar_with("sid=1", "lax=1; SameSite=Lax")
    callback = Context.navigation("https://www.example.com/paid", method="POST", initiator=FOREIGN)
    (choice,) = jar.send(callback, NOW + age).of("sid")
    assert choice.sent is sent
    assert (Caution.SAMESITE_UNSPECIFIED_LAX_ALLOW_UNSAFE in choice.cautions) is sent
    assert not jar.send(callback, NOW + age).of("lax")[0].sent


def test_a_new_value_makes_the_two_minutes_begin_again_and_the_same_value_does_not() -> None:
    callback = Context.navigation("https://www.example.com/paid", method="POST", initiator=FOREIGN)
    for value, sent in (("2", True), ("1", False)):
        jar = jar_with("sid=1")
        jar.store(f"sid={value}", Context.navigation("https://www.example.com/"), NOW + 3 * MINUTE)
        assert jar.send(callback, NOW + 3 * MINUTE).of("sid")[0].sent is sent


def test_a_redirect_through_another_site_is_overlooked_with_a_caution() -> None:
    jar = jar_with("sid=1; SameSite=Strict")
    (choice,) = jar.send(Context.navigation("https://www.example.com/", redirects=(FOREIGN,)), NOW).choices
    assert choice.sent
    assert choice.cautions == (Caution.CROSS_SITE_REDIRECT_DOWNGRADE_CHANGES_INCLUSION,)


def test_a_link_that_another_site_redirects_here_is_cross_site() -> None:
    jar = jar_with("sid=1; SameSite=Strict")
    oauth = Context.navigation("https://www.example.com/callback", initiator=FOREIGN, redirects=("https://login.test/done",))
    assert jar.send(oauth, NOW).choices[0].reasons == (Reason.SAMESITE_STRICT,)


@pytest.mark.parametrize(
    ("context", "credentialed"),
    [
        (Context.fetch(API, page=SHOP), False),
        (Context.fetch("https://shop.example.com:8443/me", page=SHOP), False),
        (Context.fetch("https://shop.example.com/me", page=SHOP), True),
        (Context.fetch("https://shop.example.com/me", page=SHOP, redirects=(API,)), False),
        (Context.fetch("https://shop.example.com/me", page="null"), False),
        (Context.fetch("https://shop.example.com/me", page=SHOP, credentials="omit"), False),
        (Context.subresource(API, page=SHOP), True),
        (Context.subresource(API, page=SHOP, credentials="same-origin"), False),
    ],
)
def test_requests_without_credentials_carry_no_cookies_and_set_none(context: Context, credentialed: bool) -> None:
    jar = jar_with("sid=1; Domain=example.com; Secure; Path=/", url=SHOP)
    assert jar.send(context, NOW).credentialed is credentialed
    assert (header(jar, context) == "sid=1") is credentialed
    assert jar.store("new=1", context, NOW).stored is credentialed


class TestThirdParty:
    """A browser that blocks third-party cookies: incognito, Safari, Brave."""

    widget = Context.fetch(API, page=FOREIGN, credentials="include")

    def test_it_neither_stores_nor_sends_them(self) -> None:
        jar = jar_with("sid=1; SameSite=None; Secure; Path=/", url=API, third_party=False)
        assert jar.send(self.widget, NOW).choices[0].reasons == (Reason.USER_PREFERENCES,)
        assert jar.store("sid=2; SameSite=None; Secure", self.widget, NOW).reasons == (Reason.USER_PREFERENCES,)

    def test_the_page_opened_itself_is_never_third_party(self) -> None:
        jar = Jar(third_party=False)
        assert jar.store("sid=1", Context.navigation(API, initiator=FOREIGN), NOW).stored

    def test_a_page_of_the_site_within_another_sites_page_is(self) -> None:
        jar = jar_with("sid=1; SameSite=None; Secure", url=API, third_party=False)
        inner = Context.fetch(API, page="https://api.example.com/widget", ancestors=(FOREIGN,))
        assert jar.send(inner, NOW).choices[0].reasons == (Reason.USER_PREFERENCES,)

    def test_http_and_https_of_one_domain_are_two_parties(self) -> None:
        jar = Jar(third_party=False)
        mixed = Context.fetch(API, page="http://shop.example.com/", credentials="include")
        assert jar.store("sid=1; SameSite=None; Secure", mixed, NOW).reasons == (Reason.USER_PREFERENCES,)

    def test_partitioned_cookies_pass(self) -> None:
        jar = Jar(third_party=False)
        assert jar.store("sid=1; SameSite=None; Secure; Partitioned; Path=/", self.widget, NOW).stored
        assert header(jar, self.widget) == "sid=1"

    def test_where_they_are_allowed_they_come_with_a_caution(self) -> None:
        jar = Jar()
        assert jar.store("sid=1; SameSite=None; Secure", self.widget, NOW).cautions == (Caution.THIRD_PARTY_PHASEOUT,)


class TestPartitions:
    """CHIPS: one jar for each top-level site."""

    line = "sid=1; SameSite=None; Secure; Partitioned; Path=/"

    @pytest.mark.parametrize(
        ("context", "sent"),
        [
            (Context.fetch(API, page=FOREIGN, credentials="include"), True),
            (Context.frame(API, page="https://www.pay.test/deep"), True),
            (Context.fetch(API, page="https://api.example.com/", ancestors=(FOREIGN,), credentials="include"), True),
            (Context.fetch(API, page="https://news.test/", credentials="include"), False),
            (Context.fetch(API, page="http://pay.test/", credentials="include"), False),
            (Context.navigation(API), False),
            (Context.fetch(API, page=SHOP, credentials="include"), False),
        ],
    )
    def test_a_cookie_set_within_a_page_is_for_pages_of_that_site(self, context: Context, sent: bool) -> None:
        jar = Jar()
        assert jar.store(self.line, Context.fetch(API, page=FOREIGN, credentials="include"), NOW).stored
        sending = jar.send(context, NOW)
        assert (sending.header == "sid=1") is sent
        assert bool(sending.elsewhere) is not sent

    def test_a_page_of_the_site_itself_within_another_page_of_it_has_its_own(self) -> None:
        jar = jar_with(self.line, url=API)
        embedded = Context.fetch(API, page=FOREIGN, ancestors=(API,), credentials="include")
        assert header(jar, Context.fetch(API, page=API)) == "sid=1"
        assert header(jar, embedded) == ""

    def test_both_may_exist_under_one_name(self) -> None:
        jar = jar_with("sid=plain; SameSite=None; Secure; Path=/", url=API)
        widget = Context.fetch(API, page=FOREIGN, credentials="include")
        jar.store(self.line, widget, NOW)
        sending = jar.send(widget, NOW)
        assert sending.header == "sid=plain; sid=1"
        assert sending.doubled == ("sid",)
