"""A session's data with its types: read into a msgspec Struct, a pydantic model or a dataclass, and written back from one."""

import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sessile.errors import PayloadMismatch

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Model = TypeVar("Model")

_STEP = re.compile(r"\.([^.\[`]+)|\[(\d+)\]")
_MISSING = re.compile(r"Object missing required field `(.+)`")
_QUOTED = re.compile(r"'[^']*'")


def read(model: type[Model], data: Mapping[str, Any]) -> Model:
    """The data as the model has it; keys that it does not know are left aside, unless it forbids them.

    Raises PayloadMismatch, which names the key and no value; TypeError for what is no model.
    """
    return _by_msgspec(model, data) if _is_struct(model) else _by_pydantic(model, data)


def write(value: object) -> dict[str, Any]:
    """A model's fields as JSON holds them, under the names they have there: a datetime becomes text. Raises TypeError."""
    model = type(value)
    if _is_struct(model):
        import msgspec

        return cast("dict[str, Any]", msgspec.to_builtins(value))
    return cast("dict[str, Any]", _adapter(cast("Any", model)).dump_python(value, mode="json", by_alias=True))


def _is_struct(model: type) -> bool:
    """Whether msgspec is to read it, otherwise pydantic; either reads a dataclass."""
    if hasattr(model, "__struct_fields__"):
        return True
    if hasattr(model, "model_validate"):
        return False
    if not is_dataclass(model):
        raise TypeError(f"a view is a msgspec Struct, a pydantic model or a dataclass, not {getattr(model, '__name__', model)!r}")
    if not (_installed("msgspec") or _installed("pydantic")):
        raise TypeError(f"msgspec or pydantic reads a dataclass such as {model.__name__}: pip install msgspec")
    return _installed("msgspec")


@lru_cache(maxsize=2)
def _installed(library: str) -> bool:
    return find_spec(library) is not None


def _by_msgspec(model: type[Model], data: Mapping[str, Any]) -> Model:
    import msgspec

    try:
        return msgspec.convert(data, model)
    except msgspec.ValidationError as error:
        complaint, _, path = str(error).partition(" - at `")
        where = "".join(f"[{name!r}]" if name else f"[{index}]" for name, index in _STEP.findall(path))
        if missing := _MISSING.fullmatch(complaint):
            where, complaint = f"{where}[{missing[1]!r}]", "it is missing"
        raise _mismatch(model, where, _QUOTED.sub("'…'", complaint)) from None


def _by_pydantic(model: type[Model], data: Mapping[str, Any]) -> Model:
    import pydantic

    try:
        return cast("Model", _adapter(cast("Any", model)).validate_python(data))
    except pydantic.ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = "".join(f"[{step!r}]" for step in first["loc"])
        # A validator of the application's may say anything, also the value.
        complaints = {
            "missing": "it is missing",
            "value_error": "its validator refuses it",
            "assertion_error": "its validator refuses it",
        }
        raise _mismatch(model, where, complaints.get(first["type"], first["msg"])) from None


@lru_cache(maxsize=256)
def _adapter(model: type[Any]) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(model)


def _mismatch(model: type, where: str, complaint: str) -> PayloadMismatch:
    return PayloadMismatch(f"session{where} is not as {model.__name__} has it: {complaint}")
