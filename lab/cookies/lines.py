"""Random Set-Cookie lines: mostly what services send, often a little wrong, now and then garbage."""

from random import Random
from typing import Final

from sessile.cookies import Url

_NAMES: Final = (
    "sid", "sid", "connect.sid", "__Host-sid", "__Secure-sid", "__host-sid", "__Http-sid", "__Host-Http-sid", "a", "A", "",
)  # fmt: skip
_VALUES: Final = ("1", "1", "2", "s%3Aabc.def", "", '"quoted"', "a b", "a=b", "é", "x,y", "a\\b", " spaced ", "\udcff\udc80")
_GARBAGE: Final = (
    "", " ", "=", "==", "=x", "=x=y", "x", "=__Host-x", "=__Secure-x=1", "__Http-x", ";", "; Secure", "a\tb=1",
    "a=1\x7f", "a=1\tb", "\ta\t=\t1\t", "a=1; Path=/\x01", "a=1; x\ty=2", "a=1;;;", "=;a=1", "a =1", "a= 1 2 ;", "a=1; =2",
    "a=1, b=2", "é=1",
)  # fmt: skip
_TRUNCATED: Final = ("a=1\n", "a=1\r; Secure", "a\x00=1", "\na=1", "a=1; Path=/\x00")
_DATES: Final = (
    "Wed, 09 Jun 2100 10:18:14 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01-Jan-1970 00:00:01 GMT", "0", "never", "",
    "Wed, 09 Jun 2027 10:18:14 GMT", "Sat, 15-Apr-27 21:01:22 GMT", "Sat, 15-Apr-69 21:01:22 GMT", "Sat, 15-Apr-70 21:01:22 GMT",
    "09 June 2027 1:2:3", "Jun 9 2027 10:18:14", "2027 Jun 9 10:18:14", "Wed, 31 Feb 2027 10:18:14 GMT", "9 Jun 2027 24:00:00",
    "9 Jun 2027 10:18:60", "9 Jun 2027 10:18", "9 Jun 1600 10:18:14", "9 Jun 99999 10:18:14", "9th Jun 2027 10:18:14",
    "9 Jun 12027 10:18:14", "10:18:14 9 JUNE 27", "32 Jun 2027 10:18:14", "0 Jun 2027 10:18:14", "9 Jun 2027 10:18:144",
    '"Wed, 09 Jun 2027 10:18:14 GMT"', "Wed, 09 Jun 2027 10:18:14 +0530", "Mon Jun 09 2027 10:18:14 GMT+0530 (IST)",
    "9 Jun 5 10:18:14", "9 Jun 2027x 10:18:14", "9 Jun 2027 0010:18:14", "9/Jun/2027 10:18:14", "9 Foo Jun 2027 10:18:14",
    "9 Jun 2027 25:18:14 10:18:14", "9x 9 Jun 2027 10:18:14", "9 Jun 2027 10:18:14x 10:18:15", "9 Jun Jul 2027 10:18:14",
)  # fmt: skip
_MAX_AGES: Final = (
    "3600", "86400", "0", "-1", "99999999999", "99999999999999999999999", "+60", "1e3", "60s", "", " 60 ", "00060",
    "-99999999999999999999",
)  # fmt: skip
_ODD_DOMAINS: Final = (
    "", " ", ".", "..example.com", "example.com.", "EXAMPLE.com", "https://example.com", "example.com:80", "example.com/", "com",
    "co.uk", "herokuapp.com", "localhost", "127.0.0.1", "bücher.example", "Bücher.example", "kawasaki.jp", "other.test",
    '"example.com"', "ex%61mple.com", "example.com, other.test", "a b.example.com", "[::1]", "xn--bcher-kva.example",
    "*.example.com", "example.com#", "ex\udcffample.com", ".[::1]", "0x7f.1", "sub.0.0.1", "1.2.3.4.5",
    ".127.0.0.1", "example.com^", "<example.com>",
)  # fmt: skip
_PATHS: Final = (
    "/", "/", "/a", "/a/", "/a/b", "/A", "/ab", "/a%20b", "/a b", "/%C3%A9", "/é", "", "a", '"/"', "/login", "/../a", "/a/./b",
    "//a", "/a/b/c", "/a/b.html",
)  # fmt: skip
_SAME_SITES: Final = ("Lax", "Strict", "None", "None", "lax", "STRICT", "none", "", "Foo", "Lax ", "'Lax'")


def random_line(random: Random, url: str, *, script: bool = False) -> str:
    """A line that a response from this URL may carry, or a script there may assign to document.cookie."""
    if random.random() < 0.08:
        return random.choice(_GARBAGE + _TRUNCATED if script else _GARBAGE)
    name = random.choice(_NAMES) if random.random() < 0.4 else f"n{random.randrange(14)}"
    value = random.choice(_VALUES) if random.random() < 0.6 else str(random.randrange(1000))
    if random.random() < 0.03:
        value = "x" * (4096 - len(name) + random.choice((-1, 0, 1)))
    attributes = [attribute for attribute in _attributes(random, Url.parse(url), name) if attribute]
    random.shuffle(attributes)
    if random.random() < 0.1 and attributes:
        attributes.append(random.choice(attributes))
    separator = random.choice(("; ", "; ", "; ", ";", " ; ", ";\t"))
    line = separator.join([f"{name}={value}" if name or random.random() < 0.5 else value, *attributes])
    return line.encode("utf-8", "ignore").decode() if script else line


def crowd(random: Random, prefix: str, *, partitioned: bool) -> tuple[str, ...]:
    """A hundred lines and more of different names, secure and not, of different priorities, for the whole domain."""
    shape = "; SameSite=None; Secure; Partitioned" if partitioned else ""
    return tuple(
        f"{prefix}x{number}={'v' * random.randrange(1, 100 if partitioned else 5)}{shape}"
        + random.choice(("; Secure", ""))
        + random.choice(("", "; Priority=Low", "; Priority=High", "; Priority=Medium"))
        + random.choice(("; Domain=example.com", ""))
        for number in range(random.randrange(100, 160))
    )


def contested_lines(random: Random) -> tuple[str, ...]:
    """Lines of few names whose paths and domains often meet."""
    return tuple(
        f"n{random.randrange(6)}={random.randrange(3)}"
        + "".join(random.choice(("", f"; {attribute}")) for attribute in ("Secure", "HttpOnly", "Domain=example.com"))
        + random.choice(("", "; Path=/", "; Path=/a", "; Path=/a/b"))
        for _ in range(10)
    )


def _attributes(random: Random, url: Url, name: str) -> list[str]:
    prefixed = name.lower().startswith("__")
    return [
        _sometimes(
            random,
            0.75 if prefixed or url.cryptographic else 0.2,
            random.choice(("Secure", "Secure", "secure", "SECURE=false", "Secure=")),
        ),
        _sometimes(random, 0.5 if prefixed else 0.3, random.choice(("HttpOnly", "httponly", "HttpOnly=0"))),
        _sometimes(random, 0.7, _cased(random, "SameSite", random.choice(_SAME_SITES))),
        _sometimes(random, 0.85 if prefixed else 0.5, _cased(random, "Path", random.choice(_PATHS[:3] if prefixed else _PATHS))),
        _sometimes(random, 0.1 if prefixed else 0.3, _cased(random, "Domain", _domain(random, url))),
        _sometimes(random, 0.08, _cased(random, "Domain", _domain(random, url))),
        _sometimes(random, 0.2, _cased(random, "Max-Age", random.choice(_MAX_AGES))),
        _sometimes(random, 0.2, _cased(random, "Expires", random.choice(_DATES))),
        _sometimes(random, 0.2, random.choice(("Partitioned", "partitioned", "Partitioned=0"))),
        _sometimes(random, 0.1, _cased(random, "Priority", random.choice(("Low", "medium", "HIGH", "urgent")))),
        _sometimes(random, 0.02, f"Path=/{'p' * random.choice((1022, 1023, 1024))}"),
        _sometimes(random, 0.02, f"Domain={'d' * 1025}"),
        _sometimes(random, 0.05, random.choice(("foo", "foo=bar", "Version=1", "SameParty"))),
    ]


def _domain(random: Random, url: Url) -> str:
    labels = url.host.split(".")
    if random.random() < 0.35:
        return random.choice(_ODD_DOMAINS)
    domain = ".".join(labels[random.randrange(len(labels)) :])
    return random.choice(("", "", "", ".")) + random.choice((domain, domain, domain, domain.upper(), f"sub.{domain}"))


def _cased(random: Random, name: str, value: str) -> str:
    return f"{random.choice((name, name, name.lower(), name.upper()))}{random.choice(('=', '=', ' = '))}{value}"


def _sometimes(random: Random, chance: float, text: str) -> str:
    return text if random.random() < chance else ""
