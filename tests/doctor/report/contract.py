"""The contract of `sessile doctor --json` (version 1): keys, words, types and order."""

from collections.abc import Iterator
from typing import Any

from sessile.session.outcome import Station

TEXT = str
SCHEMA: dict[str, Any] = {
    "version": {1},
    "verdict": {"sick", "healthy", "cannot_tell"},
    "journey": [{"station": set(Station), "state": {"ok", "broken", "unseen"}, "because": TEXT}],
    "causes": [
        {
            "id": TEXT,
            "station": set(Station),
            "title": TEXT,
            "confidence": {"confirmed", "very_likely", "likely", "possible"},
            "probability": float,
            "evidence": [{"says": TEXT, "source": TEXT, "pointer": TEXT}],
            "against": [{"says": TEXT, "source": TEXT, "pointer": TEXT}],
            "fix": {"summary": TEXT, "command": (TEXT, type(None)), "loses_sessions": bool, "logs_out": TEXT, "instead": TEXT},
        }
    ],
    "notes": [{"id": TEXT, "title": TEXT, "why_not_a_cause": TEXT}],
    "ruled_out": [{"id": TEXT, "because": TEXT}],
    "not_checked": [
        {"id": TEXT, "needs": {"database", "rows", "redis", "environment", "log", "cookie", "wire", "site", "source", "browser"}}
    ],
    "next": [{"collect": TEXT, "command": TEXT, "separates": [TEXT]}],
    "checklist": [{"item": TEXT, "state": {"yes", "no", "unknown"}, "because": TEXT}],
    "headline": TEXT,
    "symptoms": [{"says": TEXT, "source": TEXT, "pointer": TEXT}],
    "stops_at": [set(Station)],
}


def words(schema: Any) -> Iterator[str]:
    """Every key of the contract, and every word that it fixes but for the stations'."""
    match schema:
        case dict():
            for key, inner in schema.items():
                yield from (key, *words(inner))
        case list():
            yield from words(schema[0])
        case set() if schema != set(Station):
            yield from map(str, schema)


def conforms(value: Any, schema: Any, where: str = "$") -> None:
    """Fail unless a value has exactly the keys, words and types of the schema, in the schema's order."""
    match schema:
        case dict():
            assert list(value) == list(schema), where
            for key, inner in schema.items():
                conforms(value[key], inner, f"{where}.{key}")
        case list():
            assert isinstance(value, list), where
            for number, one in enumerate(value):
                conforms(one, schema[0], f"{where}[{number}]")
        case set():
            assert value in schema, where
        case _:
            assert isinstance(value, schema), where
