"""URLs as browsers read them; the expected values are those of Chromium's `new URL()`."""

import pytest
from hypothesis import given, strategies as st

from sessile.cookies import Url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://EXAMPLE.com", "http://example.com/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://u:p@example.com/x?y/../z#f", "http://example.com/x"),
        ("http:\\\\example.com\\a\\..\\b", "http://example.com/b"),
        ("http://example.com/a/../b/./c/%2e%2E/", "http://example.com/b/"),
        ("http://example.com/ä ö", "http://example.com/%C3%A4%20%C3%B6"),
        ('http://example.com/a"<>`{}^|%zz', "http://example.com/a%22%3C%3E%60%7B%7D%5E%7C%zz"),
        ("http://example.com//..//a", "http://example.com//a"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://faß.example/", "http://xn--fa-hia.example/"),
        ("http://日本。jp", "http://xn--wgv71a.jp/"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://0x7f.0.0.1", "http://127.0.0.1/"),
        ("http://017700000001", "http://127.0.0.1/"),
        ("http://[0:0:0:0:0:0:0:1]:8080/", "http://[::1]:8080/"),
        ("wss://example.com:443/", "wss://example.com/"),
        ("http://example.com.", "http://example.com./"),
    ],
)
def test_a_url_in_its_canonical_form(text: str, expected: str) -> None:
    assert str(Url.parse(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/login",
        "example.com",
        "ftp://example.com/",
        "http://",
        "http://:80",
        "http://256.1.1.1",
        "http://1.2.3.4.5",
        "http://a.1",
        "http://08/",
        "http://[::1",
        "http://[::g]/",
        "http://example.com:99999",
        "http://example.com:80a",
        "http://a%00b.com",
        "http://exa^mple.com",
    ],
)
def test_what_is_no_url_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as refusal:
        Url.parse(text)
    assert repr(text)[1:-1] in str(refusal.value) or "is no" in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://example.com", True),
        ("wss://example.com", True),
        ("http://example.com", False),
        ("http://localhost:3000", True),
        ("http://app.localhost", True),
        ("http://localhost.example.com", False),
        ("http://127.8.9.10", True),
        ("http://[::1]", True),
        ("http://192.168.0.1", False),
        ("http://127.0.0.1.example.com", False),
    ],
)
def test_where_secure_cookies_may_be_used(url: str, may: bool) -> None:
    assert Url.parse(url).may_use_secure is may


@given(st.text())
def test_any_text_is_a_url_or_refused(text: str) -> None:
    try:
        url = Url.parse(f"http://{text}")
    except ValueError:
        return
    assert Url.parse(str(url)) == url
