"""What an entry of a log means: the kind of event, its code, and the objects it names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sessile.doctor.evidence.log_entries import Entry
from sessile.doctor.evidence.log_patterns import (
    CONDITIONS,
    DEBUG,
    ERRORS,
    NETWORK,
    NOISE,
    OF_POSTGRES,
    OF_REDIS,
    SQLSTATE_CLASSES,
    WARNINGS,
)
from sessile.doctor.facts.logs import SESSION_STORE, Kind
from sessile.session.outcome import Station

_OUTCOME = re.compile(r"\bsession stopped at (?P<station>[a-z]+): (?P<reason>\w{1,40})")
_KEYS = re.compile(r"\bsession keys: (?P<keys>.*)")
_FINGERPRINT = re.compile(r"\b[0-9a-f]{8}\b")
_TABLE_OK = "Session table exists and is properly configured"
_TABLE_WARNING = re.compile(
    r"session table creation (?:warning|error|failed)|\bcreat(?:e|ing) (?:the )?session table\b.*\b(?:error|failed)",
    re.IGNORECASE,
)
_SAVED = re.compile(r"(?<!express-)\bsession saved\b(?! (?:error|failed))", re.IGNORECASE)
_SAVE_ERROR = re.compile(
    r"\bsession save (?:error|failed)|\b(?:error saving|failed to save|could not save)(?: the| user)? session", re.IGNORECASE
)
_UNCODED = re.compile(
    r"(?:^|[\]:] )\W*(?:session (?:[\w-]+ ){0,3}error\b ?[:-]|(?:error|failed) (?:[\w-]+ ){0,3}sessions?\b.*:)", re.IGNORECASE
)
_SQLSTATE = re.compile(
    r"""\bSQLSTATE\W{0,4}(?P<named>[0-9A-Z]{5})\b|\bcode["']?[:=]\s?["']?(?P<code>[0-9A-Z]{5})\b|:\s+(?P<verbose>[0-9A-Z]{5}):\s"""
    r"""|\((?P<last>[0-9A-Z]{5}|E[A-Z]{4,}|POOL_[A-Z]+)\)$""",
    re.MULTILINE,
)
_LISTENING = re.compile(r"\bListening at: .* \(\d+\)$", re.MULTILINE)
"""gunicorn's line on its socket ends with the number of its process, which may look like an SQLSTATE."""
_CONDITION = re.compile(r"\b(?:psycopg2?|psycopg_pool|asyncpg)(?:\.\w+)*\.(?P<name>[A-Z]\w+)")
_NAMES = re.compile(
    r"""\b(?:relation|table|constraint|index|type|role|database|schema|column|user|sequence|function|view|trigger)\ "(?P<n>[^"]+)"
    | permission\ denied\ for\ \w+\ (?P<denied>\w+)
    | \b(?:ECONN\w+|ETIMEDOUT|E(?:HOST|NET)UNREACH)\ (?P<address>[\w.:-]*[\d]|/\S+)
    | \b(?:ENOTFOUND|EAI_AGAIN)\ (?P<host>[\w.-]+)
    | \bENOENT\ (?P<socket>/\S+)
    | '(?P<file>[^']*table\.sql)'
    | \bserver\ at\ "(?P<server>[^"]+)"(?:\ \([^)]*\))?,\ port\ (?P<port>\d+)
    | \bon\ socket\ "(?P<libpq_socket>[^"]+)"
    | \bhost(?:\ name)?\ ["'](?P<unknown>[\w.-]+)["'](?=\ to\ address|:)
    | \bcall\ failed\ \('(?P<asyncio>[^']+)',\ (?P<asyncio_port>\d+)""",
    re.VERBOSE,
)
_NAMED = 8
_KNOWN = frozenset(known.code for known in ERRORS)

_OF_STATEMENTS = ("22", "42")
"""How SQLSTATE begins where the statement itself is wrong, not the way to the database."""


@dataclass(slots=True)
class Meaning:
    """One thing an entry tells. `text` is what to show of it; `names` are the objects its message names, `values` all of them."""

    kind: Kind
    text: str
    code: str = ""
    names: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


def meanings(entry: Entry) -> Iterator[Meaning]:
    """All that an entry tells about sessions and errors; nothing, for most lines."""
    text = entry.text
    head = text.partition("\n")[0]
    own = _own(head) or _debug(head) or _phrase(head)
    if own is not None and own.kind not in (Kind.SAVE_ERROR, Kind.TABLE_WARNING):
        yield own
        return
    code = _code(entry, text)
    if entry.from_user_key and not code:
        yield Meaning(Kind.ERROR, _shown(entry), "USER_KEY")
        return
    if entry.from_lookup and (not code or code.startswith(_OF_STATEMENTS)):
        yield Meaning(Kind.ERROR, _shown(entry), "DESERIALIZE_FAILS")
    if code == NOISE.code:
        yield Meaning(Kind.WARNING, _shown(entry), code)
    elif own is not None:
        yield _error(own.kind, entry, text, code)
    elif code:
        yield _error(Kind.ERROR, entry, text, code)
    elif warning := next((known for known in WARNINGS if known.occurs_in(text)), None):
        yield Meaning(Kind.WARNING, _shown(entry), warning.code)
    elif _UNCODED.search(head):
        yield _error(Kind.ERROR, entry, text, "")


def _own(head: str) -> Meaning | None:
    """What sessile itself says."""
    if (found := _OUTCOME.search(head)) and found["station"] in tuple(Station):
        fingerprints = tuple(_FINGERPRINT.findall(head.partition("fingerprint")[2].partition(";")[0]))
        return Meaning(Kind.OUTCOME, head, f"{found['station']}: {found['reason']}", values=fingerprints)
    if found := _KEYS.search(head):
        fingerprints = tuple(_FINGERPRINT.findall(found["keys"]))
        return Meaning(Kind.KEYS, head, values=fingerprints) if fingerprints else None
    return None


def _debug(head: str) -> Meaning | None:
    said = head.partition("express-session ")[2]
    return next((Meaning(kind, head) for phrase, kind in DEBUG if said.startswith(phrase)), None) if said else None


def _phrase(head: str) -> Meaning | None:
    if "Session data corrupted" in head:  # Django's words for a bad signature
        return Meaning(Kind.SIGNATURE_INVALID, head)
    if _TABLE_OK in head:
        return Meaning(Kind.TABLE_OK, head)
    if _SAVE_ERROR.search(head):
        return Meaning(Kind.SAVE_ERROR, head)
    if _TABLE_WARNING.search(head):
        return Meaning(Kind.TABLE_WARNING, head)
    return Meaning(Kind.SAVED, head) if _SAVED.search(head) else None


def _error(kind: Kind, entry: Entry, text: str, code: str) -> Meaning:
    names = tuple(dict.fromkeys(_named(text)))[:_NAMED]
    # 42P16 has two origins, and only the server's routine tells them apart.
    fields = (entry.fields.get(name, "") for name in ("constraint", "table", *(("routine",) if code == "42P16" else ())))
    store = (SESSION_STORE,) if entry.from_store and kind is Kind.ERROR else ()
    values = tuple(dict.fromkeys((*names, *(value for value in fields if value), *store)))
    return Meaning(kind, _shown(entry), code, names, values)


def _named(text: str) -> Iterator[str]:
    for match in _NAMES.finditer(text):
        parts = [value for value in match.groups() if value]
        yield ":".join(parts)


def _shown(entry: Entry) -> str:
    """The first line, and the error's own message where the first line does not hold it."""
    head = entry.line.text.strip()
    told = next((text for text in entry.told if text.strip()), "")
    message = told.partition(": ")[2] or told
    if not told or message in head:
        return head
    return told if "Traceback (" in head or not head else f"{head.rstrip(':')}: {told}"


def _code(entry: Entry, text: str) -> str:
    """The code of an error; one of the network's begins with `REDIS_` where the text names Redis, or its usual port."""
    code = _written(entry, text)
    of_redis = code in NETWORK and OF_REDIS.search(text) and not OF_POSTGRES.search(text)
    return f"REDIS_{code}" if of_redis else code


def _written(entry: Entry, text: str) -> str:
    field = entry.fields.get("code", "")
    if _is_sqlstate(field) or (field in _KNOWN and field != "ENOENT"):
        return field
    for found in _SQLSTATE.finditer(text):
        code = found[found.lastgroup or 0]
        if found["last"] and _LISTENING.search(text):
            continue
        if _is_sqlstate(code) or (code in _KNOWN and code != "ENOENT"):
            return code
    for found in _CONDITION.finditer(text):
        name = found["name"].lower()
        if code := CONDITIONS.get(name) or CONDITIONS.get(name.removesuffix("error")):
            return code
    if NOISE.occurs_in(text):
        return NOISE.code
    return next((known.code for known in ERRORS if known.occurs_in(text)), "")


def _is_sqlstate(code: str) -> bool:
    return len(code) == 5 and SQLSTATE_CLASSES.match(code) is not None and code.isalnum() and code.upper() == code
