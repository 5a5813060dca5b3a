"""The parts of HAR 1.2 that matter to sessions, and the extensions of its exporters; everything else is passed over unread."""

import json
from types import NoneType
from typing import Any, get_args, get_origin

import msgspec
from msgspec import Raw, Struct, field

# The collector of garbage leaves these alone (gc=False): they hold no cycles, and there are millions of them.


class Pair(Struct, gc=False, rename="camel"):
    """A header field, or a parameter."""

    name: str | None = None
    value: str | None = None


class Cookie(Struct, gc=False, rename="camel"):
    """An item of a `cookies` array."""

    name: str | None = None
    value: str | None = None
    path: str | None = None
    domain: str | None = None
    expires: str | None = None
    http_only: bool | None = None
    secure: bool | None = None
    same_site: str | None = None


class Blocked(Struct, gc=False, rename="camel"):
    """A cookie that the browser kept back or refused, as the DevTools protocol writes it (`BlockedCookieWithReason`)."""

    blocked_reasons: list[str] | None = None
    cookie: Cookie | None = None
    cookie_line: str | None = None


class PostData(Struct, gc=False, rename="camel"):
    mime_type: str | None = None
    text: Raw = Raw()
    params: Raw = Raw()


class Request(Struct, gc=False, rename="camel"):
    method: str | None = None
    url: str | None = None
    http_version: str | None = None
    headers: list[Pair] | None = None
    cookies: Raw = Raw()
    post_data: PostData | None = None
    headers_size: float | None = None
    body_size: float | None = None
    blocked: Raw = field(default=Raw(), name="_blockedCookies")


class Content(Struct, gc=False, rename="camel"):
    mime_type: str | None = None
    size: float | None = None
    encoding: str | None = None
    text: Raw = Raw()


class Response(Struct, gc=False, rename="camel"):
    status: int | None = None
    status_text: str | None = None
    http_version: str | None = None
    headers: list[Pair] | None = None
    cookies: Raw = Raw()
    content: Content | None = None
    redirect_url: str | None = field(default=None, name="redirectURL")
    headers_size: float | None = None
    blocked: Raw = field(default=Raw(), name="_blockedCookies")
    error: str | None = field(default=None, name="_error")
    failure: str | None = field(default=None, name="_failureText")
    by_service_worker: bool | None = field(default=None, name="_fetchedViaServiceWorker")


class Phases(Struct, gc=False, rename="camel"):
    """The `timings` of an entry, in milliseconds; -1 stands for what did not happen."""

    blocked: float | None = None
    dns: float | None = None
    connect: float | None = None
    ssl: float | None = None
    send: float | None = None
    wait: float | None = None
    receive: float | None = None


class Entry(Struct, gc=False, rename="camel"):
    """One request and its response."""

    started_date_time: str | None = None
    time: float | None = None
    pageref: str | None = None
    request: Request | None = None
    response: Response | None = None
    timings: Phases | None = None
    cache: Raw = Raw()
    initiator: Raw = field(default=Raw(), name="_initiator")
    resource_type: str | None = field(default=None, name="_resourceType")
    from_cache: str | None = field(default=None, name="_fromCache")
    fetch_type: str | None = field(default=None, name="_fetchType")
    error: str | None = field(default=None, name="_error")


ENTRIES = msgspec.json.Decoder(list[Entry])
ENTRY = msgspec.json.Decoder(Entry)
PAIRS = msgspec.json.Decoder(list[Pair])
COOKIES = msgspec.json.Decoder(list[Cookie])
BLOCKED = msgspec.json.Decoder(list[Blocked])
TEXT = msgspec.json.Decoder(str)


def mended(text: bytes) -> Entry:
    """An entry that is not written as HAR prescribes: numbers as text, null for an array, headers as an object, bytes that are
    no UTF-8. What does not fit is left out. Raises ValueError (msgspec's too) or RecursionError if it is no JSON object at all.
    """
    value = json.loads(text.decode("utf-8", "replace"), strict=False)
    return ENTRY.decode(msgspec.json.encode(_fitted(value, Entry)))


def _fitted(value: Any, kind: Any) -> Any:
    """The value as that type wants it, or None where it does not fit."""
    if get_origin(kind) is list:
        return _listed(value, get_args(kind)[0])
    if NoneType in get_args(kind):
        return _fitted(value, next(one for one in get_args(kind) if one is not NoneType))
    if kind is Raw:
        return _clean(value)
    if issubclass(kind, Struct):
        return _structured(value, kind) if isinstance(value, dict) else None
    return _scalar(value, kind)


def _structured(value: dict[str, Any], kind: type[Struct]) -> dict[str, Any]:
    known = [(one.encode_name, one.type) for one in msgspec.structs.fields(kind) if value.get(one.encode_name) is not None]
    fitted = {name: _fitted(value[name], type_) for name, type_ in known}
    return {name: part for name, part in fitted.items() if part is not None}


def _listed(value: Any, kind: Any) -> list[Any] | None:
    if isinstance(value, dict):
        value = [{"name": name, "value": one} for name, one in value.items()]
    if not isinstance(value, list):
        return None
    return [fitted for one in value if (fitted := _fitted(one, kind)) is not None]


def _scalar(value: Any, kind: Any) -> Any:
    if kind is bool:
        return value if isinstance(value, bool) else None
    if kind is str:
        return _clean(str(value)) if isinstance(value, str | int | float) else None
    try:
        return kind(float(value))
    except (TypeError, ValueError, OverflowError):
        return None


def _clean(value: Any) -> Any:
    """The value without lone surrogates, which no UTF-8 can hold, and without numbers that no JSON can."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(one) for name, one in value.items()}
    return value if value is None or isinstance(value, bool) or abs(value) < 2**53 else None
