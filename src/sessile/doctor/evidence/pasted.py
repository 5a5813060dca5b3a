"""Brings what people copy from a browser, a terminal or a cookie jar into the form of a Cookie header."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

_CURL: Final = re.compile(r"\s*\$?\s*curl(?:\.exe)?\s", re.IGNORECASE)
_OPTION: Final = re.compile(
    r"""\s(?:-b|--cookie|(?:-H|--header)(?=\s*\^?\$?['"]cookie:))[\s=]*\^?\$?(?P<quote>['"])(?:cookie:)?\s*(?P<value>.*?)\^?(?P=quote)""",
    re.IGNORECASE,
)
_LINE: Final = re.compile(r"^[ \t]*(?P<set>set-)?cookie[ \t]*(?::|\n)[ \t]*(?P<value>\S.*?)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_SIGNED: Final = re.compile(r"s(?::|%(?:25)*3A)", re.IGNORECASE)
_COLON: Final = re.compile(
    r'(?P<name>[\w.-]{2,}):[ \t]*(?:"(?P<quoted>[^"]*)"|(?P<bare>s(?::|%(?:25)*3A)\S+))[ \t]*', re.IGNORECASE
)
_QUOTED: Final = re.compile(r"""(?P<quote>['"])(?P<within>[\w.-]+=.*)(?P=quote)""", re.DOTALL)
JAR: Final = 7
"""The columns of a line in Netscape's format, which curl and wget keep: the name and the value are the last two."""
LONGEST_NAME: Final = 40
"""A longer first cell beside a host's name is a value: its row was copied without the name."""
_HOST: Final = re.compile(r"\.?(?:localhost|[\w-]+(?:\.[\w-]+)+)")
FLAGS: Final = frozenset({"TRUE", "FALSE"})


def as_header(text: str) -> str:
    """The cookies of a pasted text as `name=value; name=value`; a text of no form that is known here stays as it is.

    Known are curl's command lines and cookie jars, headers as they were sent, the rows and lines that panels of browsers copy,
    and the JSON of their extensions.
    """
    bare = text.strip()
    return next((found for form in _FORMS if (found := form(bare))), text)


def _curl(text: str) -> str:
    found = [one["value"] for one in _OPTION.finditer(text)] if _CURL.match(text) else []
    return "; ".join(found)


def _headers(text: str) -> str:
    """Of several lines those of the cookies; what a response sets counts only where nothing was sent."""
    found = list(_LINE.finditer(text)) if "\n" in text else []
    sent = [one["value"] for one in found if not one["set"]]
    return "; ".join(sent or [one["value"].partition(";")[0] for one in found])


def _rows(text: str) -> str:
    rows = [line.split("\t") for line in text.splitlines() if "\t" in line and not line.startswith("# ")]
    return "; ".join(pair for row in rows if (pair := _pair([cell.strip() for cell in row])))


def _pair(cells: list[str]) -> str:
    if len(cells) == JAR and {cells[1], cells[3]} <= FLAGS:
        return f"{cells[5]}={cells[6]}"
    if _SIGNED.match(cells[0]) or (len(cells[0]) > LONGEST_NAME and _HOST.fullmatch(cells[1])):
        return cells[0]
    return f"{cells[0]}={cells[1]}" if cells[0] and cells[1:2] != ["Value"] else ""


def _json(text: str) -> str:
    try:
        value = json.loads(text) if text.startswith(("[", "{")) else None
    except (ValueError, RecursionError):
        return ""
    return "; ".join(_exported(value if isinstance(value, list) else [value]))


def _exported(cookies: list[Any]) -> Iterator[str]:
    for one in cookies:
        if isinstance(one, dict) and isinstance(one.get("name"), str) and isinstance(one.get("value"), str):
            yield f"{one['name']}={one['value']}"


def _colon(text: str) -> str:
    found = [_COLON.fullmatch(line) for line in text.splitlines()]
    return "; ".join(f"{one['name']}={one['quoted'] or one['bare'] or ''}" for one in found if one and not _SIGNED.match(one[0]))


def _unquoted(text: str) -> str:
    found = _QUOTED.fullmatch(text)
    return found["within"] if found else ""


_FORMS: Final[tuple[Callable[[str], str], ...]] = (_curl, _headers, _rows, _json, _colon, _unquoted)
