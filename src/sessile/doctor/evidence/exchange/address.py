"""A URL as facts hold it: its parts to show, its whole concealed."""

import re
from urllib.parse import urljoin

from sessile.doctor.evidence.exchange.shown import shown
from sessile.doctor.facts.concealed import MASK, Concealed
from sessile.doctor.facts.exchange import Address

LONGEST = 16_384
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,30})://(?:[^/?#]*@)?(?P<host>\[[0-9A-Fa-f:.]*\]|[^:/?#\s]*)(?::(?P<port>\d{1,5}))?"
    r"(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?"
)
_PLAIN_PATH = re.compile(r"(?:/(?:[A-Za-z_-]{0,40}|[\w.!$&'()*+,;=:-]{0,19}))+", re.ASCII)
_PLAIN_NAME = re.compile(r"[A-Za-z_-][\w.\[\]-]{0,29}", re.ASCII)
_PARAMETERS = 50


def address_of(url: str) -> Address | None:
    """The facts of an absolute URL of a network scheme; None for anything else (`data:`, `about:`, a mere path).

    A fragment is left out: it is never sent (RFC 9110, 4.2.5).
    """
    sent = url[:LONGEST].partition("#")[0]
    found = _URL.match(sent)
    if found is None or not found["host"].isprintable():
        return None
    scheme = found["scheme"].lower()
    port = int(found["port"]) if found["port"] else PORTS.get(scheme, 0)
    if scheme not in PORTS or not found["host"] or port > 65535:
        return None
    return Address(
        scheme=scheme,
        host=found["host"].lower(),
        port=port,
        path=_path(found["path"] or "/"),
        query=_names(found["query"] or ""),
        whole=Concealed(sent),
    )


def target_of(address: Address) -> str:
    """What a request line names: the URL's path and query as they are (RFC 9112, 3.2.1)."""
    found = _URL.match(address.whole.reveal())
    path, query = (found["path"], found["query"]) if found else ("", None)
    return (path or "/") + ("" if query is None else f"?{query}")


def redirected(target: str, base: Address) -> Address | None:
    """Where a Location header leads that a response from `base` carries (RFC 9110, 10.2.2); None if nowhere."""
    try:
        return address_of(urljoin(base.whole.reveal(), target.strip()))
    except ValueError:
        return None


def _path(path: str) -> str:
    return path if len(path) <= 200 and _PLAIN_PATH.fullmatch(path) else shown(path)


def _names(query: str) -> tuple[str, ...]:
    if not query:
        return ()
    pairs = [pair.partition("=") for pair in query.split("&", _PARAMETERS)[:_PARAMETERS] if pair]
    return tuple(name if equals and _PLAIN_NAME.fullmatch(name) else MASK for name, equals, _ in pairs)
