"""The JSON that Express writes into `sess` and expects to find there."""

import json
import marshal
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from sessile.errors import UnserializableError
from sessile.session.cookie import CookiePolicy

OWN_KEY = "sessile"
SAFE_INTEGER = 2**53 - 1

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_STRICT_INTEGER

RESERVED = frozenset(
    {
        "cookie", "sessile", "id", "req", "save", "touch", "reload", "regenerate", "destroy", "resetMaxAge",
        "constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
        "__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__",
    }
)  # fmt: skip
"""Names that Express's Session, or every JavaScript object, has already: it drops such keys when it loads a session."""


@dataclass(slots=True)
class Payload:
    """What a row's `sess` holds.

    `cookie` is Express's cookie object as it stands; `own` what sessile noted under its own key: nothing if Express made it.
    """

    data: dict[str, Any] = field(repr=False)
    cookie: dict[str, Any]
    own: dict[str, Any] = field(repr=False)

    @property
    def created(self) -> int | None:
        """The session's creation in epoch milliseconds, None where nobody noted it."""
        return moment(self.own, "created")


class Unreadable(ValueError):
    """The stored text is no session; the message says what it is instead."""


def decode(text: str) -> Payload:
    """Read a stored text, without what Express drops when it reads it. Raises Unreadable if it is not a JSON object."""
    try:
        value = orjson.loads(text)
    except ValueError:
        value = _loads_by_json(text)
    if not isinstance(value, dict):
        raise Unreadable(f"the payload is {_kind(value)}, not an object")
    data: dict[str, Any] = value
    cookie, own = data.pop("cookie", None), data.pop(OWN_KEY, None)
    if not RESERVED.isdisjoint(data):
        data = {key: item for key, item in data.items() if key not in RESERVED}
    return Payload(data, cookie if isinstance(cookie, dict) else {}, own if isinstance(own, dict) else {})


def encode(payload: Payload) -> tuple[str, bytes]:
    """Write a text that Express reads as we do; and the data's fingerprint, which is a part of it.

    Raises UnserializableError, which names the key, for what JSON or JavaScript cannot hold.
    """
    mark = _exact(payload.data) or _examined(payload.data)
    data = b"," + mark[1:-1] if len(mark) > 2 else b""
    text = b'{"cookie":%b%b,"sessile":%b}' % (_dumps(payload.cookie), data, _dumps(payload.own))
    return text.decode(), mark


def fingerprint(data: dict[str, Any]) -> bytes | None:
    """JSON that changes when anything in the data does, however deep; None if the data cannot be written at all."""
    try:
        return orjson.dumps(data, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return _fingerprint_by_json(data)


def _fingerprint_by_json(data: dict[str, Any]) -> bytes | None:
    try:
        return _dumps(data)
    except (TypeError, ValueError, RecursionError):
        return None


def alike(one: object, other: object) -> bool:
    """Whether two values are the same JSON, whatever the order of their keys: jsonb keeps none."""
    try:
        return _dumps({"value": one}, ordered=True) == _dumps({"value": other}, ordered=True)
    except (TypeError, ValueError, RecursionError):
        return False


def express_cookie(policy: CookiePolicy, *, max_age: int | None, expires: int | None, secure: bool) -> dict[str, Any]:
    """Express's cookie object, keys in its order; `max_age` in milliseconds, `expires` in epoch milliseconds.

    Express computes a session's life anew from `originalMaxAge`, so that is never left out (express-session,
    `session/cookie.js`).
    """
    cookie: dict[str, Any] = {"originalMaxAge": max_age}
    if policy.partitioned:
        cookie["partitioned"] = True
    cookie |= {"expires": None if expires is None else iso(expires), "secure": secure, "httpOnly": policy.http_only}
    if policy.domain:
        cookie["domain"] = policy.domain
    return cookie | {"path": policy.path, "sameSite": policy.same_site}


def moment(noted: Mapping[str, Any], name: str) -> int | None:
    """A time in epoch milliseconds that was noted under that name; None where there is none, or something else."""
    value = noted.get(name)
    if type(value) is int:
        return value
    return int(value) if isinstance(value, float) and math.isfinite(value) else None


def max_age_of(cookie: Mapping[str, Any]) -> int | None:
    """The life that a stored cookie object gives its session, in milliseconds; None where it ends with the browser, or is not
    stated.
    """
    life = moment(cookie, "originalMaxAge")
    return life if life is not None and life > 0 else None


def iso(milliseconds: int) -> str:
    """An epoch time as JavaScript's `toISOString()` writes it."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_iso_seconds(seconds)}.{rest:03d}Z"


@lru_cache(maxsize=64)
def _iso_seconds(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def problems(data: Mapping[str, Any]) -> Iterator[str]:
    """Every reason why the data cannot be stored, each naming its key."""
    yield from _unfit_keys(data, "session")
    for key, value in data.items():
        if key in RESERVED:
            yield f"session[{key!r}] cannot be stored: Express uses that name itself and would drop it; choose another key"
        yield from _problems(value, f"session[{key!r}]")


def _problems(value: Any, where: str) -> Iterator[str]:
    match value:
        case None | bool() | str():
            return
        case int():
            if abs(value) > SAFE_INTEGER:
                yield f"{where} is an integer beyond 2^53, which loses digits in JavaScript: store it as text"
        case float():
            if not math.isfinite(value):
                yield f"{where} is {value}, which JSON cannot hold"
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _problems(item, f"{where}[{index}]")
        case dict():
            yield from _unfit_keys(value, where)
            for key, item in value.items():
                yield from _problems(item, f"{where}[{key!r}]")
        case _:
            yield f"{where} is a {type(value).__name__}, which JSON cannot hold: store text or a number"


def _unfit_keys(value: Mapping[Any, Any], where: str) -> Iterator[str]:
    for key in value:
        if not isinstance(key, str):
            yield f"{where} has the key {key!r} of type {type(key).__name__}: JSON's keys are text"


def _loads_by_json(text: str) -> Any:
    try:  # Lone surrogates, which Node writes and orjson refuses.
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the payload is no JSON") from error


def _exact(data: dict[str, Any]) -> bytes | None:
    """The data's fingerprint if it is read back as what it was, which a UUID or a NaN is not; None asks for a closer look.

    Of what orjson writes, marshal takes Python's own types only, and a NaN is written as null.
    """
    try:
        mark = orjson.dumps(data, option=_OPTIONS)
        marshal.dumps(list(data.values()))
    except (orjson.JSONEncodeError, ValueError):
        return None
    plain = b"null" not in mark or orjson.loads(mark) == data
    return mark if plain and RESERVED.isdisjoint(data) else None


def _examined(data: dict[str, Any]) -> bytes:
    try:
        problem = next(problems(data), None)
    except RecursionError:
        problem = None
    mark = fingerprint(data) if problem is None else None
    if mark is None:
        raise UnserializableError(problem or "the session holds itself, or is too deep for JSON: store less of it")
    return mark


def _dumps(value: dict[str, Any], *, ordered: bool = False) -> bytes:
    try:
        return orjson.dumps(value, option=_OPTIONS | orjson.OPT_SORT_KEYS if ordered else _OPTIONS)
    except orjson.JSONEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False, sort_keys=ordered).encode()


def _kind(value: object) -> str:
    return {type(None): "null", bool: "a boolean", str: "text", list: "a list"}.get(type(value), "a number")
