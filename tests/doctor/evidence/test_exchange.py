"""What is made of the texts that a collector saw: cookies, Set-Cookie lines, addresses, bodies."""

import base64

import pytest
from hypothesis import given, strategies as st

from sessile.cookies.reason import Reason
from sessile.cookies.set_cookie import SameSite
from sessile.doctor.evidence.exchange import (
    address_of,
    bodies,
    content_of,
    cookies_sent,
    cookies_set,
    redirected,
    role_of,
    said_in_request,
    said_in_response,
    scheme,
    value_of,
)
from sessile.doctor.evidence.exchange.headers import origin
from sessile.doctor.facts.cookies import CookieSet, Defect, Shape, Value
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.exchange import Address, Content, Role, Sign
from sessile.session.cookie import cookie_value
from sessile.session.keyring import Keyring

SIGNED = "s%3AabcdefghijklmnopqrstuvwxyzABCDEF.b2lDSGJYZDhhTm5ZQ3lLVG1QcVdlUjJ0WXV4QzRzZGY"
NOW = 1_795_428_000_000


def one_line(line: str) -> CookieSet:
    (cookie,) = cookies_set(line, NOW)
    assert isinstance(cookie, CookieSet)
    return cookie


def known(value: Value | Unknown) -> Value:
    assert isinstance(value, Value)
    return value


def address(url: str) -> Address:
    found = address_of(url)
    assert found is not None
    return found


def test_the_pairs_of_a_cookie_header_keep_their_order_and_their_doubles() -> None:
    found = cookies_sent(f"sid=one; theme=dark;sid={SIGNED}; bare; =empty-name")
    assert isinstance(found, tuple)
    assert [cookie.name for cookie in found] == ["sid", "theme", "sid", "", ""]
    assert [known(cookie.value).concealed.reveal() for cookie in found] == ["one", "dark", SIGNED, "bare", "empty-name"]


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (SIGNED, Shape.SIGNED),
        (SIGNED.replace("%3A", ":"), Shape.SIGNED),
        (f'"{SIGNED}"', Shape.SIGNED),
        (cookie_value("an-id-of-its-own", Keyring("a sample secret that is long enough for a test")), Shape.SIGNED),
        (SIGNED.replace("%3A", "%253A"), Shape.ENCODED_AGAIN),
        (SIGNED[:-1], Shape.CUT),
        ("s%3Aid", Shape.CUT),
        ("", Shape.EMPTY),
        ("abc", Shape.OTHER),
        ("session-1", Shape.OTHER),
    ],
)
def test_what_a_value_looks_like(value: str, shape: Shape) -> None:
    assert known(value_of(value)).shape is shape


def test_two_values_are_told_apart_and_a_short_one_cannot_be_guessed_from_its_digest() -> None:
    one, same, other, short = (known(value_of(value)) for value in (SIGNED, SIGNED, SIGNED.lower(), "42"))
    assert (one == same, one == other) == (True, False)
    assert (one.digest == same.digest, one.digest == other.digest, short.digest) == (True, False, "")
    assert (len(one.digest), one.length, known(value_of("é")).length) == (8, len(SIGNED), 2)


@pytest.mark.parametrize(
    "placeholder", ["[REDACTED]", "[sid redacted]", "<redacted>", "***", "REMOVED", "[connect.sid redacted]"]
)
def test_a_placeholder_is_no_value(placeholder: str) -> None:
    assert isinstance(value_of(placeholder), Unknown)
    assert isinstance(cookies_sent(placeholder), Unknown)
    assert isinstance(next(cookies_set(placeholder, NOW)), Unknown)
    assert isinstance(one_line(f"sid={placeholder}; Path=/").value, Unknown)


def test_a_line_as_a_browser_reads_it() -> None:
    cookie = one_line(
        f"connect.sid={SIGNED}; Path=/app; Domain=shop.test; Max-Age=60; HttpOnly; secure; SameSite=None; Partitioned"
    )
    assert (cookie.name, cookie.path, cookie.domain, cookie.max_age) == ("connect.sid", "/app", "shop.test", 60)
    assert (cookie.http_only, cookie.secure, cookie.partitioned, cookie.same_site) == (True, True, True, SameSite.NONE)
    assert (cookie.size, cookie.defects, cookie.persistent) == (len("connect.sid") + len(SIGNED), (), True)
    assert cookie.attributes == ("path", "domain", "max-age", "httponly", "secure", "samesite", "partitioned")
    assert cookie.line.reveal().startswith(f"connect.sid={SIGNED};")


@pytest.mark.parametrize(
    ("line", "defect"),
    [
        ("a=b; Path=/; Path=/x", Defect.DUPLICATE),
        ("a=b; Same-Site=Lax", Defect.UNKNOWN),
        ("a=b; SameSite=Secure", Defect.SAME_SITE),
        ("a=b; Max-Age=1 day", Defect.MAX_AGE),
        ("a=b; Expires=in two weeks", Defect.EXPIRES),
        ("a=b; Secure=false", Defect.FLAG_WITH_VALUE),
        (f"a=b; Path=/{'x' * 1100}", Defect.IGNORED),
    ],
)
def test_what_is_odd_about_a_line(line: str, defect: Defect) -> None:
    assert one_line(line).defects == (defect,)


@pytest.mark.parametrize(
    ("line", "removes"),
    [
        ("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", True),
        ("a=b; Max-Age=0", True),
        ("a=b; Max-Age=-1", True),
        ("a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("a=b; Expires=Tue, 24 Nov 2099 10:00:00 GMT", False),
        ("a=b", False),
    ],
)
def test_whether_a_line_removes_its_cookie(line: str, removes: bool) -> None:
    assert one_line(line).removes is removes


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a=b\x01; Path=/", Reason.DISALLOWED_CHARACTER),
        ("; Path=/", Reason.NO_COOKIE_CONTENT),
        (f"a={'x' * 4096}", Reason.NAME_VALUE_PAIR_EXCEEDS_MAX_SIZE),
    ],
)
def test_a_line_that_a_browser_drops_unread(line: str, reason: Reason) -> None:
    assert one_line(line).dropped is reason


def test_lines_that_recordings_join() -> None:
    lines = ("a=1; Path=/; Expires=Tue, 24 Nov 2026 10:00:00 GMT", "b=2; Secure", "c=3")
    assert [one.name for one in cookies_set("\n".join(lines), NOW) if isinstance(one, CookieSet)] == ["a", "b", "c"]
    folded = [one for one in cookies_set(", ".join(lines), NOW) if isinstance(one, CookieSet)]
    assert [(one.name, one.defects) for one in folded] == [(name, (Defect.FOLDED,)) for name in "abc"]
    assert one_line("a=1,2; Path=/").defects == ()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://Shop.Test/api/me", "https://shop.test/api/me"),
        ("http://shop.test:8080/?a=1&b=2", "http://shop.test:8080/?a=***&b=***"),
        ("https://ana:pw@shop.test:443/x#part", "https://shop.test/x"),
        ("http://[::1]:3000/x", "http://[::1]:3000/x"),
        ("https://shop.test/users/ana@example.com/x", "https://shop.test/users/***@***/x"),
        ("wss://shop.test", "wss://shop.test/"),
    ],
)
def test_what_is_shown_of_a_url(url: str, shown: str) -> None:
    assert str(address(url)) == shown
    assert address(url).whole.reveal() == url.partition("#")[0]


@pytest.mark.parametrize(
    "url", ["data:text/plain,x", "about:blank", "/api/me", "https://", "https://shop.test:99999/", "ftp://a/"]
)
def test_what_is_no_url_of_the_web(url: str) -> None:
    assert address_of(url) is None


def test_addresses_are_the_same_if_all_of_the_url_is() -> None:
    assert address("https://a.test/x?token=1") == address("https://a.test/x?token=1")
    assert address("https://a.test/x?token=1") != address("https://a.test/x?token=2")


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/home", "https://shop.test/home"),
        ("https://other.test/x", "https://other.test/x"),
        ("//other.test/x", "https://other.test/x"),
        ("next", "https://shop.test/a/next"),
        ("?page=2", "https://shop.test/a/b?page=***"),
        ("../x/./y", "https://shop.test/x/y"),
        (" /home#top ", "https://shop.test/home"),
    ],
)
def test_where_a_redirect_leads(location: str, target: str) -> None:
    assert str(redirected(location, address("https://shop.test/a/b?x=1"))) == target


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Bearer eyJhbGciOiJub25lIn0.e30.", "bearer"),
        ("Basic " + base64.b64encode(b"ana:pw").decode(), "basic"),
        ("Negotiate", "negotiate"),
        ("c2FtcGxldG9rZW4", "***"),
        ("Token", "***"),
    ],
)
def test_only_the_scheme_of_an_authorization_is_shown(value: str, shown: str) -> None:
    assert scheme(value) == shown


@pytest.mark.parametrize("value", ["https://shop.test", "http://localhost:3000", "null", "https://shop.test/"])
def test_an_origin_is_shown_as_it_was_sent(value: str) -> None:
    assert origin(value) == value


@pytest.mark.parametrize(
    ("method", "path", "credentials", "role"),
    [
        ("POST", "/api/auth/login", False, Role.LOGIN),
        ("POST", "/welcome", True, Role.LOGIN),
        ("POST", "/account/change-password", True, Role.OTHER),
        ("GET", "/login", False, Role.OTHER),
        ("POST", "/api/logout", False, Role.LOGOUT),
        ("GET", "/api/me", False, Role.PERSONAL),
        ("GET", "/orders", False, Role.OTHER),
    ],
)
def test_what_an_exchange_is_for(method: str, path: str, credentials: bool, role: Role) -> None:
    assert role_of(method, path, credentials) is role


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ('{"email":"a@b.c","password":"x"}', {Sign.CREDENTIALS}),
        ("username=a&password=x", {Sign.CREDENTIALS}),
        ("user%5Bpassword%5D=x&user[password]=x", {Sign.CREDENTIALS}),
        ('------x\r\nContent-Disposition: form-data; name="password"\r\n\r\nx', {Sign.CREDENTIALS}),
        ('{"withCredentials":true,"email":"a"}', {Sign.WITH_CREDENTIALS}),
        ('{"shopping":1,"spin":2,"compass":"x"}', set()),
    ],
)
def test_signs_of_what_was_posted(text: str, signs: set[Sign]) -> None:
    assert said_in_request(text) == signs


@pytest.mark.parametrize(
    ("text", "status", "role", "signs"),
    [
        ('{"error":"Session expired"}', 401, Role.PERSONAL, {Sign.EXPIRED}),
        ('{"code":"SESSION_EXPIRED"}', 403, Role.OTHER, {Sign.EXPIRED}),
        ('{"message":"Unauthorized"}', 401, Role.OTHER, {Sign.UNAUTHENTICATED}),
        ('{"detail":"Authentication credentials were not provided."}', 403, Role.OTHER, {Sign.UNAUTHENTICATED}),
        ('{"error":"Invalid credentials"}', 401, Role.LOGIN, {Sign.REFUSED}),
        ("Too many requests, please try again later.", 429, Role.LOGIN, {Sign.LIMITED}),
        ('{"error":"invalid csrf token"}', 403, Role.LOGIN, {Sign.CSRF}),
        ('{"error":"Not found"}', 404, Role.OTHER, set()),
        ('{"id":7,"email":"a@b.c"}', 200, Role.PERSONAL, {Sign.SOMEBODY}),
        ('{"user":{"id":"x"}}', 200, Role.PERSONAL, {Sign.SOMEBODY}),
        ('{"user":null}', 200, Role.PERSONAL, {Sign.NOBODY}),
        ("null", 200, Role.PERSONAL, {Sign.NOBODY}),
        ('{"authenticated":false}', 200, Role.PERSONAL, {Sign.NOBODY}),
        ('{"ok":true}', 200, Role.LOGIN, set()),
        ('{"ok":false,"error":"wrong password"}', 200, Role.LOGIN, {Sign.REFUSED}),
    ],
)
def test_signs_of_what_was_answered(text: str, status: int, role: Role, signs: set[Sign]) -> None:
    assert said_in_response(text, status, role) == signs


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("application/json; charset=utf-8", Content.JSON),
        ("application/problem+json", Content.JSON),
        ("application/x-www-form-urlencoded", Content.FORM),
        ("multipart/form-data; boundary=x", Content.MULTIPART),
        ("text/html", Content.HTML),
        ("text/css", Content.TEXT),
        ("image/png", Content.OTHER),
        ("", Content.OTHER),
    ],
)
def test_what_a_body_is(media_type: str, content: Content) -> None:
    assert content_of(media_type) is content


@pytest.mark.parametrize("sign", bodies.RESPONSES)
@given(data=st.data())
def test_what_is_looked_for_first_stands_in_whatever_says_it(sign: Sign, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(bodies.RESPONSES[sign], fullmatch=True))
    assert any(stem in text for stem in bodies.STEMS[sign])
