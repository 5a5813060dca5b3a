"""The cookie is Express's, byte for byte, in both directions, and hostile ones end with a name."""

from urllib.parse import quote

import pytest
from hypothesis import given, settings, strategies as st

from sessile.errors import CookieError
from sessile.integrations.hosts import public_suffix
from sessile.session.cookie import MOST_OCTETS, VALUE_OCTETS, CookiePolicy, Identity, cookie_value, encoded
from sessile.session.id import new_id
from sessile.session.keyring import Keyring
from sessile.session.outcome import Reason
from sessile.session.presented import decoded, plain, presented, values
from tests.node import run_node

SECRET = "a secret of sufficient length"
OLD = "an older secret, also long enough"
KEYRING = Keyring([SECRET, OLD])

SET_IN_NODE = """
const cookie = require("cookie"), signature = require("cookie-signature");
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map(([id, secret]) => cookie.serialize("ofa.sid", "s:" + signature.sign(id, secret), {
  domain: "example.in", path: "/", expires: new Date(1763919859924), httpOnly: true, secure: true, sameSite: "lax" }))));
"""
READ_IN_NODE = """
const cookie = require("cookie"), signature = require("cookie-signature");
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map(([header, secret]) => {
  const value = cookie.parse(header)["ofa.sid"];
  return value && value.startsWith("s:") ? signature.unsign(value.slice(2), secret) : null; })));
"""


class TestWithNode:
    """The packages that express-session itself uses are the judges."""

    ids = [new_id() for _ in range(50)] + ["x", "with.dots.in", "uuid-4f5e-11", "a b", "ünïcode", "%25"]

    def test_we_write_what_node_writes(self) -> None:
        policy = CookiePolicy(name="ofa.sid", domain="example.in", secure=True)
        theirs = run_node(SET_IN_NODE, [[id_, SECRET] for id_ in self.ids])
        ours = [policy.set_cookie(cookie_value(id_, KEYRING), https=True, expires=1763919859924) for id_ in self.ids]
        assert ours == theirs

    def test_node_reads_what_we_write(self) -> None:
        policy = CookiePolicy(name="ofa.sid")
        headers = [policy.set_cookie(cookie_value(id_, KEYRING), https=True, expires=None).partition(";")[0] for id_ in self.ids]
        assert run_node(READ_IN_NODE, [[header, SECRET] for header in headers]) == self.ids

    def test_we_read_what_node_writes(self) -> None:
        for id_, header in zip(self.ids, run_node(SET_IN_NODE, [[id_, OLD] for id_ in self.ids]), strict=True):
            (found,) = presented(header.partition(";")[0], "ofa.sid", KEYRING)
            assert (found.session_id, found.key) == (id_, KEYRING.keys[1])

    def test_values_are_decoded_as_node_decodes_them(self) -> None:
        raw = ["plain", '"quoted"', '"', '""', "a%20b", "a%zzb", "%", "%C3%A9", "%C3", "%253A", "a+b", "s%3Aid.sig", "é"]
        script = (
            'const {parse} = require("cookie"); console.log(JSON.stringify('
            'JSON.parse(require("fs").readFileSync(0, "utf8")).map((v) => parse("ofa.sid=" + v)["ofa.sid"])))'
        )
        assert [decoded(value) for value in raw] == run_node(script, raw)


class TestHostileCookies:
    def test_forged_and_broken_cookies_each_end_with_their_reason(self) -> None:
        good = cookie_value("abc", KEYRING)
        for value, reason in {
            "abc": Reason.UNSIGNED,
            good[:-1]: Reason.BAD_SIGNATURE,
            good.replace("abc", "abd"): Reason.BAD_SIGNATURE,
            "s:abc": Reason.MALFORMED,
            "s:": Reason.MALFORMED,
            "s:abc.": Reason.BAD_SIGNATURE,
            cookie_value("a\x00b", KEYRING): Reason.MALFORMED,
            cookie_value("x" * 5000, KEYRING): Reason.MALFORMED,
        }.items():
            (found,) = presented(f"ofa.sid={value}", "ofa.sid", KEYRING)
            assert (found.session_id, found.reason) == (None, reason), value

    def test_a_stale_cookie_does_not_hide_a_good_one(self) -> None:
        header = f"ofa.sid=s%3Aold.forged; theme=dark; ofa.sid={cookie_value('abc', KEYRING)}"
        assert [found.session_id for found in presented(header, "ofa.sid", KEYRING)] == [None, "abc"]

    def test_another_name_that_ends_like_ours_is_not_ours(self) -> None:
        assert list(values("xofa.sid=1; ofa.sid =2; OFA.SID=3", "ofa.sid")) == ["2"]

    @settings(max_examples=300, deadline=None)
    @given(st.text(alphabet=st.characters(codec="latin-1"), max_size=200))
    def test_no_header_whatever_raises_or_verifies(self, noise: str) -> None:
        assert all(found.session_id is None for found in presented(f"ofa.sid={noise}; ofa.sid=s:{noise}", "ofa.sid", KEYRING))


AN_ID = "7C3eAd746oJOf1Iow0LStw6SbHrXzNSU"  # fixed: the workers of one test run must collect the same names
SIGNED = [
    encoded(cookie_value(session_id, ring)) for session_id in (AN_ID, "x", "a.b", "a b") for ring in (KEYRING, Keyring(OLD))
]
pieces = st.lists(
    st.sampled_from(
        [
            *SIGNED, *(decoded(value) for value in SIGNED), "ofa.sid", "ofa.sid=", "ofa.sid =", "xofa.sid=", "OFA.SID=",
            "__Host-ofa.sid=", ";", "; ", ";  ", " ", "\t", "=", '"', "%", "%2", "B", "%2B", "%2f", "%00", "é", "s%3A", "s:",
            ".", "theme=dark", "\x00", ",",
        ]
    )
    | st.text(alphabet=st.characters(codec="latin-1"), max_size=3),
    max_size=9,
)  # fmt: skip


class TestTheQuickLook:
    @settings(max_examples=500, deadline=None)
    @given(pieces)
    def test_finds_what_the_thorough_one_finds_or_nothing(self, parts: list[str]) -> None:
        header = "".join(parts)
        quick = plain(header, "ofa.sid", KEYRING)
        assert quick is None or list(presented(header, "ofa.sid", KEYRING)) == [quick]

    @pytest.mark.parametrize("value", SIGNED[:2])
    @pytest.mark.parametrize("around", ["{}", "theme=dark; {}", "{}; _ga=GA1.2.3", "a=b; {}; c=d", "a=b;c=d; {}"])
    def test_suffices_for_every_ordinary_request(self, value: str, around: str) -> None:
        header = around.format(f"ofa.sid={value}")
        assert [plain(header, "ofa.sid", KEYRING)] == list(presented(header, "ofa.sid", KEYRING))

    def test_remembers_what_verified_until_the_keys_change_and_nothing_that_did_not(self) -> None:
        keyring = Keyring([SECRET, OLD])
        header = f"ofa.sid={encoded(cookie_value('abc', Keyring(OLD)))}"
        forged = f"{header[:-1]}{'A' if header[-1] != 'A' else 'B'}"
        found = plain(header, "ofa.sid", keyring)
        assert found is not None
        assert (found.session_id, found.key) == ("abc", keyring.keys[1])
        assert plain(header, "ofa.sid", keyring) is found
        for name, reason in ((forged, Reason.BAD_SIGNATURE), (f"{header}x", Reason.BAD_SIGNATURE)):
            refused = plain(name, "ofa.sid", keyring)
            assert (refused and refused.reason) is reason
        assert list(keyring.known.values()) == [found]
        keyring.renew(SECRET)
        retired = plain(header, "ofa.sid", keyring)
        assert (retired and retired.reason) is Reason.BAD_SIGNATURE

    def test_remembers_no_more_than_it_may(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sessile.session.presented.MOST_KNOWN", 3)
        keyring = Keyring(SECRET)
        for number in range(10):
            assert plain(f"ofa.sid={encoded(cookie_value(f'id-{number}', keyring))}", "ofa.sid", keyring)
            assert len(keyring.known) <= 3

    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=60))
    def test_values_are_escaped_as_the_thorough_way_does(self, value: str) -> None:
        assert encoded(value) == quote(value, safe="-_.!~*'()")
        assert decoded(encoded(f"s:{value}")) == f"s:{value}"


class TestPolicy:
    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            ({"name": "my app.sid"}, "no cookie name"),
            ({"name": "a\r\nSet-Cookie: b"}, "no cookie name"),
            ({"path": "/; Secure"}, "path"),
            ({"domain": "https://example.in"}, "bare host name"),
            ({"domain": "example.in\n"}, "bare host name"),
            ({"same_site": "none"}, "secure=True"),
            ({"same_site": "Secure"}, "lax, strict or none"),
            ({"name": "__Host-sid"}, "secure=True"),
            ({"name": "__Host-sid", "secure": True, "domain": "example.in"}, "no domain"),
            ({"partitioned": True}, "secure=True"),
            ({"secure": "false"}, "True, False or 'auto'"),
            ({"name": "n" * (MOST_OCTETS - VALUE_OCTETS + 1)}, f"3931 \\+ {VALUE_OCTETS} octets"),
            ({"path": "/" + "p" * 1024}, "more than 1024 octets"),
            ({"domain": ".".join(["d" * 60] * 17)}, "more than 1024 octets"),
        ],
    )
    def test_what_no_browser_would_keep_is_refused_with_the_reason(self, options: dict[str, object], complaint: str) -> None:
        with pytest.raises(CookieError, match=complaint):
            CookiePolicy(**options)  # type: ignore[arg-type]

    def test_secure_follows_the_request(self) -> None:
        policy = CookiePolicy()
        assert "Secure" in policy.set_cookie("x", https=True, expires=None)
        assert "Secure" not in policy.set_cookie("x", https=False, expires=None)

    def test_clearing_names_the_same_cookie(self) -> None:
        policy = CookiePolicy(name="ofa.sid", domain="example.in", path="/app")
        cleared = policy.clear_cookie(https=True)
        assert cleared.startswith("ofa.sid=; Domain=example.in; Path=/app; Expires=Thu, 01 Jan 1970 00:00:00 GMT;")

    def test_a_signed_value_never_takes_more_octets_than_are_reckoned_with(self) -> None:
        lengths = [len(encoded(cookie_value(new_id(), KEYRING))) for _ in range(500)]
        assert max(lengths) <= VALUE_OCTETS

    def test_another_identity_of_the_name_can_be_cleared(self) -> None:
        cleared = CookiePolicy(name="ofa.sid").clear_cookie(https=True, identity=Identity("example.in", "/app", partitioned=True))
        assert cleared.startswith("ofa.sid=; Domain=example.in; Path=/app; Expires=Thu, 01 Jan 1970 00:00:00 GMT;")
        assert "Partitioned" in cleared

    @pytest.mark.parametrize("cookie", [{}, {"path": 7}, {"path": "/; Secure"}, {"path": "/", "domain": "a\r\nSet-Cookie: b"}])
    def test_no_stored_identity_injects_into_a_header(self, cookie: dict[str, object]) -> None:
        assert Identity.of(cookie) is None

    @pytest.mark.parametrize(
        ("domain", "host", "reached"),
        [
            (None, "anything.test", True),
            ("example.in", "example.in", True),
            (".example.in", "example.in", True),
            ("example.in", "WWW.Example.IN:8443", True),
            ("example.in", "badexample.in", False),
            ("www.example.in", "example.in", False),
            ("example.in", "example.com", False),
            ("example.in", "", True),
            ("10.0.0.1", "10.0.0.1:80", True),
            ("0.0.1", "10.0.0.1", False),
            ("localhost", "localhost:3000", True),
            ("example.in", "[::1]:8000", False),
            ("example.in", "::1", False),
        ],
    )
    def test_a_host_is_reached_as_browsers_match_domains(self, domain: str | None, host: str, reached: bool) -> None:
        assert CookiePolicy(domain=domain).reaches(host) is reached

    @pytest.mark.parametrize(
        ("domain", "hosts", "complaints"),
        [
            (None, ["shop.onrender.com"], []),
            ("example.in", ["example.in", "www.example.in"], []),
            ("onrender.com", ["shop.onrender.com"], ["public suffix"]),
            ("co.in", [], ["public suffix"]),
            ("localhost", ["localhost:3000"], []),
            ("example.in", ["example.com", "shop.example.in"], ["does not cover the host 'example.com'"]),
            ("github.io", ["example.com"], ["public suffix", "does not cover"]),
        ],
    )
    def test_a_domain_is_checked_against_the_public_suffixes_and_the_hosts(
        self, domain: str | None, hosts: list[str], complaints: list[str]
    ) -> None:
        said = list(CookiePolicy(domain=domain).check(hosts, public_suffix()))
        assert len(said) == len(complaints)
        assert all(part in line and "a browser" in line for part, line in zip(complaints, said, strict=True))

    def test_without_the_list_only_the_hosts_are_checked(self) -> None:
        assert list(CookiePolicy(domain="onrender.com").check(["shop.onrender.com"])) == []
