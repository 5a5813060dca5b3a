"""A cookie is understood in whatever form a browser, a terminal or a cookie jar copies it."""

import pytest

from sessile.doctor.evidence.cookie import arrivals
from sessile.doctor.evidence.pasted import as_header
from tests.doctor.recording import COOKIE, SID

VALUE = COOKIE
ROW = f"connect.sid\t{VALUE}\tshop.test\t/\t2026-12-10T10:00:00.000Z\t96\t✓\t\tLax\t\t\tMedium"
FORMS = {
    "a row of Chrome's panel": ROW,
    "its rows with a heading": f"Name\tValue\tDomain\tPath\ntheme\tdark\tshop.test\t/\n{ROW}",
    "the value's cell and the next": f"{VALUE}\tshop.test",
    "a line of Firefox's panel": f'connect.sid:"{VALUE}"',
    "a name and a value with a colon": f"connect.sid: {VALUE}",
    "Chrome's header on two lines": f"cookie\ntheme=dark; connect.sid={VALUE}",
    "a whole request": f"GET / HTTP/1.1\nHost: shop.test\nCookie: theme=dark; connect.sid={VALUE}\nAccept: */*",
    "a whole response": f"HTTP/1.1 200 OK\nSet-Cookie: theme=dark; Path=/\nSet-Cookie: connect.sid={VALUE}; Path=/; HttpOnly",
    "curl with -b": f"curl 'https://shop.test/' -H 'accept: */*' -b 'theme=dark; connect.sid={VALUE}'",
    "curl with -H": f"curl 'https://shop.test/' \\\n  -H 'Cookie: theme=dark; connect.sid={VALUE}' \\\n  --compressed",
    "curl for cmd": f'curl ^"https://shop.test/^" -b ^"theme=dark; connect.sid={VALUE}^"',
    "a cookie jar": f"# Netscape HTTP Cookie File\n\n#HttpOnly_shop.test\tFALSE\t/\tTRUE\t1796000000\tconnect.sid\t{VALUE}\n",
    "an extension's JSON": f'[{{"name": "theme", "value": "dark"}}, {{"name": "connect.sid", "value": "{VALUE}"}}]',
    "document.cookie in quotes": f'"theme=dark; connect.sid={VALUE}"',
}
PLAIN = (
    VALUE,
    f'"{VALUE}"',
    f"connect.sid={VALUE}",
    f"Cookie: connect.sid={VALUE}",
    f"Set-Cookie: connect.sid={VALUE}; Path=/; Expires=Wed, 09 Jun 2027 10:18:14 GMT",
    "eyJhIjoxfQ.aBcDeF.x_y-z",
    "☃",
    "",
    "{",
    "[" * 3000,
)


@pytest.mark.parametrize("form", FORMS)
def test_a_copied_cookie_is_found(form: str) -> None:
    assert [(one.session_id, one.damage) for one in arrivals(as_header(FORMS[form]))] == [(SID, "")]


def test_a_value_of_another_framework_beside_its_host() -> None:
    value = "eyJ1c2VyX2lkIjo3fQ.aS2k3g.abcdefghijklmnopqrstuvwxyz0"
    assert as_header(f"{value}\tshop.test") == value
    assert as_header(f"session\t{value}\tshop.test") == f"session={value}"


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_a_cookie_already_stays_as_it_is(text: str) -> None:
    assert as_header(text) == text
