"""Takes secrets, cookies, session ids and personal data out of any text that the doctor prints."""

import re
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from itertools import pairwise

MASK = "***"


def mask(text: str) -> str:
    """The text with every secret and every personal datum replaced by `***`.

    Masked are cookie values, session ids, passwords and secrets by their names, authorization headers, tokens, the password
    in a URL, values in a statement or in the DETAIL of a PostgreSQL error, user ids, e-mail addresses, public IP addresses,
    and what looks like random hex or base64. Error texts, names of objects, file names, SQLSTATEs and key fingerprints
    (8 hex digits) stay readable. Masking twice changes nothing.
    """
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def excerpt(text: str, limit: int = 300) -> str:
    """The text masked, on one line, without control characters, and cut to `limit` characters."""
    # Masked before the cut, so that the cut never leaves a piece of a secret; the margin bounds the work.
    printable = _UNPRINTABLE.sub(" ", text[: limit + 4096])
    line = " ".join(mask(printable).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


_ANSI = r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"
_BIDIRECTIONAL = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNPRINTABLE = re.compile(rf"(?:{_ANSI}|[\x00-\x1f\x7f-\x9f{_BIDIRECTIONAL}])+")

_ATTRIBUTES = ("path", "domain", "expires", "max-age", "samesite", "priority")
_PAIR = re.compile(r"""(?P<name>[\w.!#$%&*+^`|~-]+)=(?P<value>[^;,\s"'\]]*)""")


def _cookies(match: re.Match[str]) -> str:
    return match["header"] + _PAIR.sub(_cookie, match["pairs"])


def _cookie(pair: re.Match[str]) -> str:
    return pair[0] if pair["name"].lower() in _ATTRIBUTES else f"{pair['name']}={MASK}"


def _authorization(match: re.Match[str]) -> str:
    return f"{match['header']}{match['digest'] or match['scheme'] or ''}{MASK}"


def _detail(match: re.Match[str]) -> str:
    of_catalog = re.match(r"(?:typ|rel|nsp|con|pro)name\b", match["columns"])
    return match[0] if of_catalog else f"Key ({match['columns']})=({MASK})"


# Loopback, private and link-local addresses tell a local database from a remote one and belong to no person. `::/96` also
# holds what Node.js prints for a port of the loopback address, `::1:5432`.
_PRIVATE = tuple(
    ip_network(block)
    for block in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
        *("::/96", "fc00::/7", "fe80::/10"),
    )
)


def _address(match: re.Match[str]) -> str:
    try:
        address = ip_address(match[0])
    except ValueError:
        return match[0]
    inner = (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
    return match[0] if any(inner in block for block in _PRIVATE) else MASK


_PIECE = re.compile(r"[A-Za-z0-9_~-]{20,}")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_SEPARATOR = re.compile(r"[_~-]")
_WORD = re.compile(r"[a-z]{5,}|[A-Z]{5,}")


def _random_text(match: re.Match[str]) -> str:
    words = [part for part in match[0].split("/") if len(part) >= 3 and part.isalpha() and part.islower()]
    if _is_random(match[0]) and not words:
        return MASK
    return _PIECE.sub(lambda piece: MASK if _is_random(piece[0]) else piece[0], match[0])


def _is_random(text: str) -> bool:
    """Whether it is hex, or digits, capitals and small letters alternate as chance does, not as in camelCase or a file's name."""
    rest = "".join(word for word in _SEPARATOR.split(text) if not _WORD.fullmatch(word))
    kinds = "".join("d" if char.isdigit() else "u" if char.isupper() else "l" for char in rest if char.isalnum())
    changes = sum(one != other for one, other in pairwise(kinds))
    if len(kinds) < 16:
        return False
    if "d" in kinds and kinds.strip("d"):
        return _HEX.fullmatch(rest) is not None or changes - kinds.count("ul") >= max(3, 0.09 * len(kinds))
    return changes >= 0.36 * len(kinds) and kinds.count("uu") > 1


_CONFIDENTIAL = r"(?:secret|token|passw(?:or)?d|passphrase|pwd|api[_-]?key|private[_-]?key|jwt|csrf|xsrf|credentials?)"
_COOKIE = r"(?:sid|sess(?:ion)?(?:[_-]?(?:id|key))?|cookie)"
_PERSON = r"(?:user[_ -]?id|uid|user[_-]?name|e-?mail|phone|(?:first|last|full)[_-]?name)"
_QUOTED = r""""(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?"""
_VALUE = rf"""(?:{_QUOTED}|[^\s;,&"')\]}}]+)"""
_NAME = r"(?<![\w.-])[\w.-]*"
_IPV4 = r"(?:\d{1,3}\.){3}\d{1,3}"

_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.MULTILINE), replacement)
    for pattern, replacement in (
        (r"(^|\bexport )(\s*(?-i:[A-Z0-9_]*(?:SECRET|PASSWORD|TOKEN|KEY)[A-Z0-9_]*)\s*=)(?!\s*\*\*\*$).+", rf"\1\2{MASK}"),
        # scheme://user:password@host: up to the last @ before what can be a host, as a password may hold @, / and #
        (r"(?<![\w+.-])([a-z][\w+.-]*://[^\s:@/\"'<>]*:)[^\s\"'<>]+(?=@[\w.\[\]:%-]+)", rf"\1{MASK}"),
        (
            r"""(?P<header>\b(?:set-)?cookies?\b['"]?\s*[:=]\s*)"""
            r"""(?P<pairs>\[[^\]\r\n]*|['"]?[\w.!#$%&*+^`|~-]+=[^\r\n"'\]]*)""",
            _cookies,
        ),
        (
            r"""(?P<header>\b(?:proxy-)?authorization\b['"]?\s*[:=]\s*['"]?)"""
            r"""(?:(?P<digest>digest\s).+|(?P<scheme>(?:basic|bearer|token|negotiate)\s+)?[^\s"'][^\r\n"']*)""",
            _authorization,
        ),
        (r"\b(bearer)\s+(?!\*)[\w.~+/=-]{8,}", rf"\1 {MASK}"),
        (r"\beyJ[\w-]+(?:\.[\w-]*){1,4}", MASK),
        (r"\bs(:|%(?:25)?3A)(?!\*)[\w%.+/=~-]{2,}…?", rf"s\1{MASK}"),
        (rf"({_NAME}{_CONFIDENTIAL}[\w.-]*['\"]?\s*[=:]\s*)(?!\*)(?:{_QUOTED}|\S+)", rf"\1{MASK}"),
        (rf"({_NAME}{_COOKIE}\s?=\s?)(?!\*){_VALUE}", rf"\1{MASK}"),
        (rf"({_NAME}{_COOKIE}['\"]?:\s*)(?:{_QUOTED})", rf"\1{MASK}"),
        (rf"(\b{_PERSON}['\"]?\s*[=:]\s*)(?!\*){_VALUE}", rf"\1{MASK}"),
        # What an identity provider sends along with the way back opens a session once.
        (r"([?&](?:code|state|ticket|assertion|SAMLResponse)=)(?!\*)[^\s&\"'<>]+", rf"\1{MASK}"),
        (r"(\bfor user:\s*)(?!\*)\S.*", rf"\1{MASK}"),
        (r"\bKey \((?P<columns>[^)]*)\)=\((?!\*)[^)]*\)?", _detail),
        (r"\bFailing row contains \((?!\*).*", f"Failing row contains ({MASK})"),
        (r"(\binvalid input syntax for (?:type )?\w[\w ]*: )\"[^\"]*\"?", rf'\1"{MASK}"'),
        (r"(\bJSON data, line \d+: |\bparameters: )(?!\*).*", rf"\1{MASK}"),
        (r"(\b(?-i:VALUES|WHERE|SET)\b[^'\r\n]*)'(?!\*).*", rf"\1'{MASK}'"),
        (
            r"(\bexpress-session (?:fetching|saving|saved|reloading|touching|touched|destroying|destroyed) )[^\s*+]\S*",
            rf"\1{MASK}",
        ),
        (r"(?<![\w.%+-])(?<!//)[\w.%+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b", f"{MASK}@{MASK}"),
        (rf"(?<![\w:.])[0-9a-f]{{0,4}}(?::[0-9a-f]{{0,4}}){{1,6}}:{_IPV4}(?!\d|\.\d)", _address),
        (rf"(?<![\w.]){_IPV4}(?!\d|\.\d)", _address),
        (r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:]|\.\d)", _address),
        (r"(?<![\w-])(?!(?:dpg|srv)-)[A-Za-z0-9_+/=~-]{20,}", _random_text),
    )
)
