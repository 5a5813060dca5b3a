"""What is wrong with a secret's text: how its readers come to disagree, and how easily it is guessed."""

from collections.abc import Collection, Mapping

from sessile.doctor.facts.environment import Dialect, Flaw
from sessile.session.strength import weakness

Values = Mapping[Dialect, str]

_QUOTES = "'\"`"
_EXPLAINED = frozenset({Flaw.HASH, Flaw.DOLLAR, Flaw.NEWLINE, Flaw.SPACE})


def flaws(values: Values, blind: Collection[Dialect] = ()) -> dict[Flaw, str]:
    """Each flaw of a secret, with the value that it would have without it ("" where there is none).

    `values` is the secret as each reader sees it; `blind` are the readers that see the file's other variables but not it.
    """
    texts = list(values.values())
    found = {
        Flaw.QUOTES: next((unquoted(text) for text in texts if unquoted(text) != text.strip()), ""),
        Flaw.NEWLINE: next((unquoted(text) for text in texts if text.strip("\r\n") != text), ""),
        Flaw.SPACE: next((unquoted(text) for text in texts if text.strip(" \t") != text), ""),
        Flaw.HASH: _whole(values) if _is_cut_at_hash(texts) else "",
        Flaw.DOLLAR: _whole(values) if _is_expanded(values, blind) else "",
    }
    present = {flaw: without for flaw, without in found.items() if without}
    if not _EXPLAINED & present.keys() and _disagree(texts, blind):
        present[Flaw.SYNTAX] = _whole(values)
    if not all(texts):
        present[Flaw.EMPTY] = ""
    return present | _easy_to_guess(texts)


def unquoted(text: str) -> str:
    """The text without white space around it, and without a pair of quotes around that."""
    stripped = text.strip()
    quoted = len(stripped) > 2 and stripped[0] in _QUOTES and stripped[-1] == stripped[0]
    return stripped[1:-1] if quoted else stripped


def _whole(values: Values) -> str:
    """What was most likely meant: the longest of what the readers see, but for docker, which keeps quotes and comments."""
    meant = [text.strip() for dialect, text in values.items() if dialect is not Dialect.DOCKER]
    return max(meant or values.values(), key=len)


def _is_cut_at_hash(texts: Collection[str]) -> bool:
    return any(
        long != short and long.startswith(short) and long[len(short) :].lstrip().startswith("#")
        for short in texts
        for long in texts
    )


def _is_expanded(values: Values, blind: Collection[Dialect]) -> bool:
    dollars = max(text.count("$") for text in values.values())
    expanding = [values[dialect] for dialect in (Dialect.SHELL, Dialect.PYTHON) if dialect in values]
    return any(text.count("$") < dollars for text in expanding) or (dollars > 0 and Dialect.SHELL in blind)


def _disagree(texts: Collection[str], blind: Collection[Dialect]) -> bool:
    return bool(blind) or len({unquoted(text) for text in texts}) > 1


def _easy_to_guess(texts: Collection[str]) -> dict[Flaw, str]:
    reasons = [weakness(unquoted(text).encode("utf-8", "surrogateescape")) or "" for text in texts if text]
    if any("known default" in reason for reason in reasons):
        return {Flaw.KNOWN: ""}
    return {Flaw.SHORT: ""} if any(reasons) else {}
