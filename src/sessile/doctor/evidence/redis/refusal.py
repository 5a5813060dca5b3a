"""Why Redis could not be reached, or refused: its own first word, or the errno that Node's logs would show, behind `REDIS_`."""

import re

from sessile.doctor.facts.database import Failure
from sessile.doctor.masking import excerpt

_CODES = tuple(
    (f"REDIS_{code}", re.compile(words, re.IGNORECASE))
    for code, words in (
        ("NOAUTH", r"NOAUTH|authentication required|calling HELLO without AUTH"),
        ("WRONGPASS", r"WRONGPASS|invalid (username-)?password|without any password configured|but no password is set"),
        ("WRONGPASS", r"wrong number of arg.*'auth'"),
        ("NOPERM", r"NOPERM|has no permissions"),
        ("DENIED", r"DENIED|protected mode"),
        ("MAXCLIENTS", r"max number of clients"),
        ("DB", r"DB index is out of range|invalid DB index|SELECT is not allowed in cluster mode|invalid database"),
        ("LOADING", r"LOADING|loading the dataset"),
        ("MASTERDOWN", r"MASTERDOWN|link with MASTER is down"),
        ("CLUSTERDOWN", r"CLUSTERDOWN|Hash slot not served|The cluster is down"),
        ("MOVED", r"^(MOVED|ASK) \d+|^\d+ \S+:\d+$"),
        ("CROSSSLOT", r"CROSSSLOT|keys in request don't hash to the same slot"),
        ("READONLY", r"READONLY|against a read[- ]only"),
        ("MISCONF", r"MISCONF|unable to persist to disk|Errors writing to the AOF"),
        ("OOM", r"OOM|when used memory > 'maxmemory'"),
        ("NOREPLICAS", r"NOREPLICAS|not enough good replicas"),
        ("WRONGTYPE", r"WRONGTYPE|holding the wrong kind of value"),
        ("CERT_HAS_EXPIRED", r"certificate has expired"),
        ("CERT_ALTNAME_INVALID", r"certificate is not valid for|hostname mismatch|IP address mismatch"),
        ("SELF_SIGNED_CERT", r"self[- ]signed certificate"),
        ("CERT_UNVERIFIED", r"certificate verify failed"),
        ("TLS_NOT_SPOKEN", r"wrong version number|record layer failure|unexpected message"),
        ("EAI_AGAIN", r"temporary failure in name resolution|^Error -3 "),
        ("ENOTFOUND", r"name or service not known|no address associated|nodename nor servname|^Error -[25] "),
        ("ECONNREFUSED", r"connection refused"),
        ("ENOENT", r"no such file"),
        ("EACCES", r"permission denied"),
        ("EHOSTUNREACH", r"no route to host"),
        ("ENETUNREACH", r"network is unreachable"),
        ("ETIMEDOUT", r"time(d)? ?out"),
        ("ECONNRESET", r"connection (reset|closed)|broken pipe|EOF occurred"),
    )
)
_FORMER_WORD = {
    "ReadOnlyError": "READONLY",
    "BusyLoadingError": "LOADING",
    "NoPermissionError": "NOPERM",
    "OutOfMemoryError": "OOM",
}
_MOVED = ("MovedError", "AskError")


def refusal(error: Exception) -> Failure:
    """Name an error, whoever raised it; `REDIS_ERR` where nothing else is known of it."""
    line = excerpt((str(error).strip().splitlines() or [type(error).__name__])[0], 200)
    line = _whole(error, line)
    return Failure(next((code for code, words in _CODES if words.search(line)), "REDIS_ERR"), line)


def said(error: Exception) -> str:
    """An error in one line for people."""
    return refusal(error).message


def _whole(error: Exception, line: str) -> str:
    """The line with the first word that the driver takes off those errors which it has a class for."""
    kind = type(error).__name__
    if kind in _MOVED:
        return f"MOVED {line}" if line[:1].isdigit() else line
    word = _FORMER_WORD.get(kind)
    return line if word is None or line.startswith(word) else f"{word} {line}"
