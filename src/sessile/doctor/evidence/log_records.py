"""Reads one JSON record of a log, as the usual loggers and platforms write it, into the shape of a line."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

FIELDS = ("code", "constraint", "table", "routine")

_MESSAGE = ("msg", "message", "event", "log", "textPayload", "text", "line", "MESSAGE")
_ERROR = ("err", "error", "exception", "exc_info", "exc_text", "stack", "stack_trace", "cause")
_TIME = ("time", "timestamp", "@timestamp", "ts", "asctime", "date", "datetime")
_INSTANCE = ("instance", "instance_id", "instanceId", "hostname", "host", "dyno", "pod", "_HOSTNAME")
_NESTED = ("meta", "context", "jsonPayload", "fields", "extra", "metadata", "data")
_CODE = ("code", "sqlstate", "pgcode", "state_code")
_JOURNAL_TIME = "__REALTIME_TIMESTAMP"
_CLIENT = ("ip", "remoteAddress", "remote_addr", "remote-addr", "remote_ip", "remoteIp", "clientIp", "client_ip")
_ADDRESS = re.compile(r"[0-9a-fA-F.]*[:.][0-9a-fA-F:.]+")
_STARTED = re.compile(r"(?P<method>[A-Z]+) (?P<path>/\S*)$")
_FRAME = re.compile(r"^\s+at .*$", re.MULTILINE)
"""A line of Node's stack below its first, which only says the message again."""
_DEEP = 4

Stamp = str | float | None


@dataclass(frozen=True, slots=True)
class Record:
    """What a JSON record says: a line of text, further lines, the fields of its error, when, where and in which process."""

    text: str
    details: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    stamp: Stamp = None
    instance: str = ""
    process: str = ""


def read_record(text: str) -> Record | None:
    """The record that a text holds, or None if it is no JSON object (a half one, for instance)."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return _record(value) if isinstance(value, dict) else None


def _record(value: Mapping[str, Any]) -> Record:
    flat = dict(_flattened(value))
    lines = [line for text in _texts(flat) for line in text.split("\n")]
    request = _request(flat)
    outcome = _own(flat, lines[0] if lines else "")
    labels = _labels(value)
    return Record(
        text=" ".join(part for part in (request, outcome or (lines[0] if lines else "")) if part),
        details=tuple(lines[1:]),
        fields=tuple(_error_fields(flat)),
        stamp=next((flat[name] for name in _TIME if isinstance(flat.get(name), str | int | float)), _of_journal(flat)),
        instance=labels.get("instance") or _first_text(flat, _INSTANCE),
        process=str(flat["pid"]) if isinstance(flat.get("pid"), int) else _first_text(flat, ("_PID",)),
    )


def _of_journal(record: Mapping[str, Any]) -> Stamp:
    """The time of a record of systemd's journal, which counts microseconds (`journalctl -o json`)."""
    told = record.get(_JOURNAL_TIME)
    return int(told) / 1000 if isinstance(told, str) and told.isdecimal() and len(told) < 20 else None


def _flattened(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in _NESTED:
        if isinstance(inner := value.get(name), Mapping):
            yield from inner.items()
    yield from value.items()


def _texts(record: Mapping[str, Any]) -> Iterator[str]:
    message = _first_text(record, _MESSAGE)
    if message:
        yield message.removesuffix("\n")
    for name in _ERROR:
        yield from (text for text in _told(record.get(name), _DEEP) if text != message)


def _told(error: Any, deep: int) -> Iterator[str]:
    """What an error says: a text (a traceback, perhaps), or an object with type, message, stack and cause."""
    if isinstance(error, str) and error:
        yield error
    elif isinstance(error, list) and deep:
        for item in error:
            yield from _told(item, deep - 1)
    elif isinstance(error, Mapping) and deep:
        kind, message = _first_text(error, ("type", "name", "class")), _first_text(error, ("message", "msg", "value"))
        if kind or message:
            yield f"{kind or 'Error'}: {message}"
        if frames := _FRAME.findall(_first_text(error, ("stack", "stack_trace"))):
            yield "\n".join(frames)
        for name in ("cause", "errors", "aggregateErrors"):
            yield from _told(error.get(name), deep - 1)


def _error_fields(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields of the innermost error first, so that the outermost wins where a mapping is made of them."""
    errors = [error for name in _ERROR for error in _chain(record.get(name), _DEEP)]
    for error in (*reversed(errors), record):
        for name in FIELDS:
            found = _first_text(error, _CODE if name == "code" else (name,))
            if found:
                yield name, found


def _chain(error: Any, deep: int) -> Iterator[Mapping[str, Any]]:
    if isinstance(error, Mapping) and deep:
        yield error
        yield from _chain(error.get("cause"), deep - 1)


def _request(record: Mapping[str, Any]) -> str:
    """`CLIENT - METHOD path status` of a request that was answered (pino-http, express-winston, structlog, an own access log)."""
    if isinstance(told := record.get("request"), str):
        return _of_django(told, record)
    request = record.get("req") or record.get("request") or record.get("http") or record
    answer = record.get("res") or record.get("response") or record.get("http") or record
    if not isinstance(request, Mapping) or not isinstance(answer, Mapping):
        return ""
    method = _first_text(request, ("method", "request_method"))
    path = _first_text(request, ("url", "path", "originalUrl", "uri", "request_path"))
    status = next((answer[name] for name in ("statusCode", "status_code", "status") if name in answer), None)
    if not method or not path or not isinstance(status, int | str):
        return ""
    return f"{_client(request, record)}{method} {path} {status}"


def _of_django(told: str, record: Mapping[str, Any]) -> str:
    """The same of django-structlog, whose `request` is a text and whose `code` is the status."""
    found, status = _STARTED.match(told), record.get("code")
    return f"{_client(record)}{found['method']} {found['path']} {status}" if found and isinstance(status, int) else ""


def _client(*records: Mapping[str, Any]) -> str:
    """The client's address as access logs begin with it, "" where none is told; behind a proxy the one that it forwards."""
    headers = [one for record in records if isinstance(one := record.get("headers"), Mapping)]
    forwarded = (_first_text(one, ("x-forwarded-for",)).partition(",")[0].strip() for one in headers)
    told = next((one for one in (*forwarded, *(_first_text(record, _CLIENT) for record in records)) if one), "")
    return f"{told} - " if _ADDRESS.fullmatch(told) else ""


def _own(record: Mapping[str, Any], message: str) -> str:
    """Events of sessile, which carry their facts in fields as well as in the message."""
    if "station" in record and "reason" in record and " stopped at " not in message:
        return f"session stopped at {record['station']}: {record['reason']}"
    keys = record.get("keys")
    if message.startswith("session keys") and isinstance(keys, list):
        return f"session keys: {', '.join(map(str, keys))}"
    return ""


def _labels(record: Mapping[str, Any]) -> dict[str, str]:
    """Render's labels, a list of names and values."""
    labels = record.get("labels")
    pairs = [label for label in labels if isinstance(label, Mapping)] if isinstance(labels, list) else []
    return {str(label.get("name")): str(label.get("value")) for label in pairs}


def _first_text(record: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((value for name in names if isinstance(value := record.get(name), str) and value), "")
