"""Which hosts belong together: the public suffix project's own vectors, sites with their scheme, and a cookie's domain."""

import pytest
from hypothesis import given, settings, strategies as st

from sessile.cookies import Site, Url, is_public_suffix, registrable_domain
from sessile.cookies.site import domain_matches

# publicsuffix/list, tests/test_psl.txt: a domain, and what is registered of it (- for nothing).
VECTORS = """
| -                                        COM -
example.COM example.com                    WwW.example.COM example.com
.com -                                     .example -
.example.com -                             .example.example -
example -                                  example.example example.example
b.example.example example.example          a.b.example.example example.example
biz -                                      domain.biz domain.biz
b.domain.biz domain.biz                    a.b.domain.biz domain.biz
com -                                      example.com example.com
b.example.com example.com                  a.b.example.com example.com
uk.com -                                   example.uk.com example.uk.com
b.example.uk.com example.uk.com            a.b.example.uk.com example.uk.com
test.ac test.ac                            mm -
c.mm -                                     b.c.mm b.c.mm
a.b.c.mm b.c.mm                            jp -
test.jp test.jp                            www.test.jp test.jp
ac.jp -                                    test.ac.jp test.ac.jp
www.test.ac.jp test.ac.jp                  kyoto.jp -
test.kyoto.jp test.kyoto.jp                ide.kyoto.jp -
b.ide.kyoto.jp b.ide.kyoto.jp              a.b.ide.kyoto.jp b.ide.kyoto.jp
c.kobe.jp -                                b.c.kobe.jp b.c.kobe.jp
a.b.c.kobe.jp b.c.kobe.jp                  city.kobe.jp city.kobe.jp
www.city.kobe.jp city.kobe.jp              ck -
test.ck -                                  b.test.ck b.test.ck
a.b.test.ck b.test.ck                      www.ck www.ck
www.www.ck www.ck                          us -
test.us test.us                            www.test.us test.us
ak.us -                                    test.ak.us test.ak.us
www.test.ak.us test.ak.us                  k12.ak.us -
test.k12.ak.us test.k12.ak.us              www.test.k12.ak.us test.k12.ak.us
食狮.com.cn 食狮.com.cn                     食狮.公司.cn 食狮.公司.cn
www.食狮.公司.cn 食狮.公司.cn               shishi.公司.cn shishi.公司.cn
公司.cn -                                  食狮.中国 食狮.中国
www.食狮.中国 食狮.中国                     shishi.中国 shishi.中国
中国 -                                     xn--85x722f.com.cn xn--85x722f.com.cn
xn--85x722f.xn--55qx5d.cn xn--85x722f.xn--55qx5d.cn
www.xn--85x722f.xn--55qx5d.cn xn--85x722f.xn--55qx5d.cn
shishi.xn--55qx5d.cn shishi.xn--55qx5d.cn  xn--55qx5d.cn -
xn--85x722f.xn--fiqs8s xn--85x722f.xn--fiqs8s
www.xn--85x722f.xn--fiqs8s xn--85x722f.xn--fiqs8s
shishi.xn--fiqs8s shishi.xn--fiqs8s        xn--fiqs8s -
"""
WORDS = VECTORS.split()
PAIRS = list(zip(WORDS[::2], WORDS[1::2], strict=True))

LABEL = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)


def in_punycode(host: str) -> str:
    return ".".join(label if label.isascii() else label.encode("idna").decode() for label in host.split("."))


def test_there_are_78_vectors() -> None:
    assert len(PAIRS) == 78


@pytest.mark.parametrize(("domain", "registered"), PAIRS)
def test_public_suffix_vectors(domain: str, registered: str) -> None:
    given_domain = "" if domain == "|" else domain
    assert registrable_domain(given_domain) == (None if registered == "-" else in_punycode(registered))


@pytest.mark.parametrize(
    ("host", "registered"),
    [
        ("api.onrender.com", "api.onrender.com"),
        ("onrender.com", None),
        ("localhost", None),
        ("127.0.0.1", None),
        ("[::1]", None),
        ("www.example.com.", "example.com."),
        ("example.com..", None),
        ("a.b.unheard-of", "b.unheard-of"),
    ],
)
def test_hosts_that_services_have(host: str, registered: str | None) -> None:
    assert registrable_domain(host) == registered


def test_two_services_below_a_public_suffix_are_two_sites() -> None:
    assert Site.of(Url.parse("https://api.onrender.com")) != Site.of(Url.parse("https://shop.onrender.com"))
    assert is_public_suffix("onrender.com")
    assert not is_public_suffix("api.onrender.com")


def test_a_site_has_a_scheme_but_no_port() -> None:
    assert Site.of(Url.parse("https://www.example.com:8443/a")) == Site.of(Url.parse("https://example.com/b"))
    assert Site.of(Url.parse("http://example.com")) != Site.of(Url.parse("https://example.com"))
    assert Site.of(Url.parse("wss://example.com")) == Site.of(Url.parse("https://example.com"))


@pytest.mark.parametrize(
    ("domain", "host", "matches"),
    [
        ("example.com", "example.com", True),
        ("example.com", "www.example.com", False),
        (".example.com", "example.com", True),
        (".example.com", "a.b.example.com", True),
        (".example.com", "badexample.com", False),
        (".www.example.com", "example.com", False),
        (".0.0.1", "127.0.0.1", False),
    ],
)
def test_a_cookies_domain_against_a_host(domain: str, host: str, matches: bool) -> None:
    assert domain_matches(domain, host) is matches


@settings(deadline=None)
@given(st.lists(LABEL, min_size=1, max_size=5))
def test_a_registrable_domain_is_its_own_and_a_part_of_the_host(labels: list[str]) -> None:
    host = ".".join(labels)
    registered = registrable_domain(host)
    if registered is not None:
        assert host == registered or host.endswith(f".{registered}")
        assert registrable_domain(registered) == registered
        assert registrable_domain(f"more.{host}") == registered
