"""Facts as plain values and back: the types of the facts are the format, and whatever does not fit them is refused."""

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from sessile.doctor.facts.concealed import Concealed

T = TypeVar("T")

TAG: Final = "is"
"""The name of a value's class, where a place may hold several."""
CONCEALED: Final = "concealed"
_MICROSECOND: Final = timedelta(microseconds=1)


class Malformed(ValueError):
    """What does not fit the types; the message names the place."""


def plain(value: object) -> object:
    """A fact as values that JSON has. Concealed texts are given away: what is written has stand-ins in their place."""
    match value:
        case Concealed():
            return {CONCEALED: value.reveal()}
        case Enum():
            return value.name
        case datetime():
            return value.isoformat()
        case timedelta():
            return value // _MICROSECOND
        case tuple() | list():
            return [plain(one) for one in value]
        case frozenset():
            return sorted((plain(one) for one in value), key=str)
        case Mapping():
            return {str(name): plain(one) for name, one in value.items()}
        case None | bool() | int() | float() | str():
            return value
    if not is_dataclass(value):
        raise TypeError(f"facts do not hold a {type(value).__name__}")
    return {TAG: type(value).__name__} | {one.name: plain(getattr(value, one.name)) for one in fields(value)}


def built(value: object, hint: type[T]) -> T:
    """The fact of that type. Raises Malformed."""
    made: T = _built(value, hint, hint.__name__)
    return made


def _built(value: object, hint: Any, place: str) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _one_of(value, inner, place)
    if origin is Literal:
        return _checked(value in inner, value, place)
    if origin in (tuple, frozenset):
        return origin(_items(value, inner, place))
    if origin is not None and issubclass(origin, Mapping):
        names = _instance(value, dict, place)
        return types.MappingProxyType({name: _built(one, inner[1], f"{place}.{name}") for name, one in names.items()})
    if is_dataclass(hint):
        return _object(value, hint, place)
    return _leaf(value, hint, place)


def _items(value: object, inner: Sequence[Any], place: str) -> list[Any]:
    given = _instance(value, list, place)
    hints = [inner[0]] * len(given) if len(inner) == 1 or inner[-1] is Ellipsis else list(inner)
    _checked(len(hints) == len(given), value, place)
    return [_built(one, hint, f"{place}[{number}]") for number, (one, hint) in enumerate(zip(given, hints, strict=True))]


def _one_of(value: object, hints: Sequence[Any], place: str) -> Any:
    if isinstance(value, dict) and TAG in value:
        hint = next((one for one in hints if is_dataclass(one) and getattr(one, "__name__", "") == value[TAG]), None)
        _checked(hint is not None, value, place)
        return _built(value, hint, place)
    for hint in hints:
        try:
            return None if hint is type(None) and value is None else _built(value, hint, place)
        except Malformed:
            continue
    raise Malformed(place)


def _object(value: object, kind: Any, place: str) -> Any:
    given = dict(_instance(value, dict, place))
    _checked(given.pop(TAG, None) == kind.__name__, value, place)
    hints = _hints(kind)
    for one in fields(kind):
        if one.name in given:
            given[one.name] = _built(given[one.name], hints[one.name], f"{place}.{one.name}")
        else:
            _checked(_has_default(one), value, f"{place}.{one.name}")
    _checked(given.keys() <= hints.keys(), value, place)
    return kind(**given)


def _leaf(value: object, hint: Any, place: str) -> Any:
    if hint is Concealed:
        inside = _instance(value, dict, place)
        return Concealed(_instance(inside.get(CONCEALED), str, place))
    if isinstance(hint, type) and issubclass(hint, Enum):
        name = _instance(value, str, place)
        _checked(name in hint.__members__, value, place)
        return hint[name]
    if hint is float:
        number = _instance(value, int if isinstance(value, int) else float, place)
        return float(number)
    if reader := _READERS.get(hint):
        try:
            return reader(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise Malformed(place) from error
    return _instance(value, hint, place)


_READERS: Final[Mapping[Any, Callable[[Any], object]]] = {
    datetime: datetime.fromisoformat,
    timedelta: lambda microseconds: timedelta(microseconds=microseconds),
}


def _instance(value: object, kind: type[T], place: str) -> T:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Malformed(place)
    return value


def _checked(holds: bool, value: T, place: str) -> T:
    if not holds:
        raise Malformed(place)
    return value


def _has_default(one: "Field[Any]") -> bool:
    return one.default is not MISSING or one.default_factory is not MISSING


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)
