"""Who wrote a recording, and what that program is known to leave out or to change."""

from dataclasses import dataclass
from typing import Any, Final

from sessile.doctor.evidence.exchange import shown


@dataclass(frozen=True, slots=True)
class Exporter:
    """A program that writes HAR.

    `keeps_cookies`: it never leaves cookies out, so that none in the recording are none on the wire. `may_miss_sent`: it often
    does not know the Cookie header. `folds`: it joins several Set-Cookie lines by commas. `provisional`: it shows a request
    without Host where it did not see what was really sent. `sizes_are_raw`: `headersSize` is that of the response's header as it
    came over the wire. `cache_marks`: its `cache.afterRequest` stands for an answer from the browser's cache.
    """

    keeps_cookies: bool = False
    may_miss_sent: bool = False
    sizes_are_raw: bool = False
    folds: bool = False
    provisional: bool = False
    cache_marks: bool = False


# Chrome leaves Cookie, Set-Cookie and Authorization out unless asked to keep them (devtools-frontend, front_end/models/har/
# Log.ts, `sanitize`), and counts `headersSize` before, with HTTP/1.1; Edge, Opera and Brave are the same program. Safari's
# headers are an object, so that fields of one name are one (WebKit, HARBuilder.js).
_EXPORTERS: Final = {
    "webinspector": Exporter(provisional=True, sizes_are_raw=True),
    "webkit web inspector": Exporter(folds=True, may_miss_sent=True),
    "firefox": Exporter(cache_marks=True),
    "mitmproxy": Exporter(keeps_cookies=True),
    "charles": Exporter(keeps_cookies=True),
    "fiddler": Exporter(keeps_cookies=True),
    "proxyman": Exporter(keeps_cookies=True),
    "http toolkit": Exporter(keeps_cookies=True),
    "burp": Exporter(keeps_cookies=True),
    "playwright": Exporter(keeps_cookies=True, provisional=True),
}


def exporter_of(creator: Any) -> Exporter:
    """The program that a HAR's `creator` names; one that may leave anything out where it is unknown."""
    name = _text(creator, "name").lower()
    return next((exporter for known, exporter in _EXPORTERS.items() if name.startswith(known)), Exporter())


def program(creator: Any, browser: Any) -> str:
    """The program's name and version in words, with the browser's where it names one besides."""
    named = [f"{_text(one, 'name')} {_text(one, 'version')}".strip() for one in (creator, browser)]
    return shown(", ".join(dict.fromkeys(name for name in named if name)), 100)


def _text(described: Any, key: str) -> str:
    value = described.get(key) if isinstance(described, dict) else None
    return value[:60] if isinstance(value, str) else ""
