"""Joins the lines of a log that belong together: an error's message, its stack and the fields printed after it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sessile.doctor.evidence.log_lines import Line

JOINED = 400
TOLD = 40
LONG = 4000

_FIELD = re.compile(
    r"""\s*["']?(?P<name>code|sqlstate|constraint|table|routine|message)["']?:\s*(?P<quote>["'`])(?P<value>.*?)(?P=quote),?\s*\}*$"""
)
_MESSAGE = re.compile(r"\s*(?:\[cause\]:|\[errors\]:|Caused by:)?\s*(?P<text>(?:[A-Z]\w*)?(?:Error|Exception)\b.*|error: .*)$")
_BELONGS = (
    "Traceback (", "During handling of", "The above exception", "Emitted '", "DETAIL:", "HINT:", "CONTEXT:", "QUERY:",
    "LINE ", "STATEMENT:", "[SQL:", "[parameters:", "(Background on", "Caused by", "Multiple connection attempts", "- host:",
)  # fmt: skip
_TRACEBACK = "Traceback (most recent call last)"
_GROUP = re.compile(r"\s+[|+][ -]?")
# An async frame of connect-pg-simple's store is there only where one of its own queries was awaited, not below a route's code.
_STORE = re.compile(r"\s+at async PGStore\.")
# passport calls deserializeUser from its session strategy; an async one has its own frames alone.
_LOOKUP = re.compile(
    r"\s+at .*\bdeserializeUser\b|\s+at .*[/\\]passport[/\\]lib[/\\]strategies[/\\]session\.js:"
    r"|\s+at async (?:\S*[/\\])?passport[\w.-]*\.[cm]?[jt]s:\d+:\d+$"
)
# What Django and Flask-Login ask for the session's user; a frame of the session itself below it has not come so far.
_PYTHON_LOOKUP = re.compile(
    r'\s+File ".*(?:django[/\\]contrib[/\\]auth[/\\]__init__\.py", line \d+, in a?get_user'
    r'|flask_login[/\\]login_manager\.py", line \d+, in _load_user\w*)$'
)
_USER_KEY = re.compile(r'\s+File ".*django[/\\]contrib[/\\]auth[/\\]__init__\.py", line \d+, in _get_user_session_key$')
_SESSION = re.compile(r'\s+File ".*(?:contrib[/\\]sessions|flask_session)[/\\]')
_OWN = re.compile(r"\s{1,3}(?:express-session |\* |(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /)")


@dataclass(slots=True)
class Entry:
    """What was written at once: the first line, the later lines that name an error, and the error's fields.

    `from_store` tells that the session store's own query failed, by the error's stack; `from_lookup` that the look-up of a
    session's user did (with passport another function of the file that is named for it, perhaps); `from_user_key` that Django
    could not make the key of a user out of the session's.
    """

    line: Line
    told: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    joined: int = 0
    in_traceback: bool = False
    from_store: bool = False
    from_lookup: bool = False
    from_user_key: bool = False

    @classmethod
    def of(cls, line: Line) -> "Entry":
        """The entry that begins with a line."""
        entry = cls(line, fields=dict(line.fields), in_traceback=_TRACEBACK in line.text)
        entry._join_all(line.details)
        return entry

    @property
    def text(self) -> str:
        """All that it tells, the first line first."""
        return "\n".join((self.line.text[:LONG], *self.told))

    def takes(self, text: str) -> bool:
        """Whether a line goes on with this entry."""
        if self.joined >= JOINED:
            return False
        if not text or text[0] in "}])":
            return True
        if text[0] in " \t":
            return _OWN.match(text) is None
        return self.in_traceback or text.startswith(_BELONGS)

    def join(self, text: str) -> None:
        """Take what a line adds."""
        self.joined += 1
        if self.in_traceback and (grouped := _GROUP.match(text)):
            text = text[grouped.end() :]
        if _TRACEBACK in text:
            self.in_traceback = True
        elif self.in_traceback:
            self._leave_traceback(text)
        elif found := _FIELD.match(text):
            self._take_field(found["name"], found["value"])
        elif found := _MESSAGE.match(text):
            self._tell(found["text"])
        elif _STORE.match(text):
            self.from_store = True
        elif _LOOKUP.match(text):
            self.from_lookup = True

    def _join_all(self, texts: Iterable[str]) -> None:
        for text in texts:
            if self.joined < JOINED:
                self.join(text)

    def _leave_traceback(self, text: str) -> None:
        """A traceback's frames are indented and quote source code; the line after them names the exception."""
        if _PYTHON_LOOKUP.match(text):
            self.from_lookup = True
        elif _USER_KEY.match(text):
            self.from_user_key = True
        elif _SESSION.match(text):
            self.from_lookup = self.from_user_key = False
        if text and text[0] not in " \t":
            self.in_traceback = False
            self._tell(text)

    def _take_field(self, name: str, value: str) -> None:
        if name == "message":
            self._tell(value)
        else:
            self.fields.setdefault("code" if name == "sqlstate" else name, value)

    def _tell(self, text: str) -> None:
        if len(self.told) < TOLD:
            self.told.append(text[:LONG])
