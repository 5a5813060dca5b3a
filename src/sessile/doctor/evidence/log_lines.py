"""One line of a log in whatever format, as what it says, when, and by which process."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sessile.doctor.evidence.log_records import Record, Stamp, read_record
from sessile.doctor.evidence.log_words import is_telling_record

COLLECTED = 200
PREFIX = 48
SEVERITY, HINT, SQLSTATE = 11, 15, 5

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[ ]?UTC|[ ]?GMT|[ ]?[+-]\d\d:?\d\d)?"
_WORD = r"[\w./@-]+"
_PART = re.compile(
    rf"""\[?(?P<time>{_ISO})\]?:?\s?
    | (?P<http>[A-Z][a-z]{{2}},\ \d\d\ [A-Z][a-z]{{2}}\ \d{{4}}\ \d\d:\d\d:\d\d\ GMT)\s
    | (?P<container>[A-Za-z][\w.]*(?:-\w+)*[-_]\d+)\s*\|\s?
    | (?P<pm2_id>\d+)\|(?P<pm2>{_WORD})\s*\|\s?
    | (?:app|heroku)\[(?P<dyno>[\w.-]+)\]:\s?
    | \[(?P<source>(?:srv-|pod/)[\w./-]+|(?!(?:re?q|request|trace|span|thread|user|conn|client|socket|tx|job|task)\b)
        [A-Za-z]{{2,}}[A-Za-z-]*(?:[-._/]\w+)*[-._]?\d{{1,4}})\]:?\s?
    | \[\d+\]:?\s
    | (?:<\d+>)?[A-Z][a-z]{{2}}\ [\ \d]\d\ \d\d:\d\d:\d\d\ (?P<host>[\w.-]+)\ (?P<app>{_WORD})(?:\[(?P<pid>\d+)\])?:\s?
    | <\d+>1\ (?P<time5424>\S+)\ (?P<host5424>\S+)\ (?P<app5424>\S+)\ (?P<pid5424>\S+)\ \S+\ (?:-|(?:\[[^\]]*\])+)\ ?
    | (?P<host_iso>[\w.-]+)\ (?P<app_iso>{_WORD})\[(?P<pid_iso>\d+)\]:\s?""",
    re.VERBOSE,
)
_PIPED = re.compile(r"(?P<container>[A-Za-z][\w.-]*)\s*\|(?:\s|$)")
_BEGINS_PREFIX = re.compile(r"[\[<\d]|[A-Za-z][\w.-]*(?:\s*\||\[| [\w./@-]+\[|,? [ \d]\d )")
_COMMON_LOG = re.compile(r"\[(\d\d/[A-Z][a-z]{2}/\d{4})[: ](\d\d:\d\d:\d\d)(?: ([+-]\d{4}))?\]")
_SPACE_BEFORE_ZONE = re.compile(r" ([+-]\d\d:?\d\d)$")
_ONLY_OPENS = re.compile(r"\s*\{$")
_ONLY_CLOSES = re.compile(r"\s*\}(?:,|\])?(?P<next>\{)?$")


@dataclass(slots=True)
class Line:
    """What one line says. `text` keeps its indentation; `details` and `fields` come from a JSON record.

    `instance` and `process` are "" where the line does not tell. `weight` is for how many lines alike it stands, `in_row` tells
    that no line between the one before and this one was left out.
    """

    number: int
    text: str
    stamp: Stamp = None
    instance: str = ""
    process: str = ""
    details: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    weight: int = 1
    in_row: bool = True

    @property
    def time(self) -> datetime | None:
        """When it was written, timezone-aware (UTC where the log names no zone), or None."""
        if self.stamp is None and (common := _COMMON_LOG.search(self.text)):
            return _common_log_time(f"{common[1]}:{common[2]}", common[3])
        return _time(self.stamp)


class LineReader:
    """Turns numbered lines into `Line`s. `sample` is the log's beginning, which tells a format that no single line tells.

    `any_page` tells that a record of any page counts that was asked for.
    """

    def __init__(self, sample: Iterable[str], *, any_page: bool = False) -> None:
        self._any_page = any_page
        telling = [line for line in sample if line.strip()]
        piped = sum(_PIPED.match(line) is not None for line in telling)
        self._piped = bool(telling) and piped >= 0.8 * len(telling)
        self._collected: list[tuple[int, str]] = []

    def read(self, number: int, text: str) -> Sequence[Line]:
        """The lines that are complete with this one: mostly itself, none while a JSON record goes on over several lines."""
        if self._collected:
            return self._collect(number, text)
        if text[-1:] == "{" and _ONLY_OPENS.match(text):
            self._collected.append((number, text))
            return ()
        return (self._line(number, text),)

    @property
    def in_record(self) -> bool:
        """Whether a JSON record goes on over several lines."""
        return bool(self._collected)

    def end(self) -> Sequence[Line]:
        """What was collected when the log ended."""
        collected, self._collected = self._collected, []
        return [self._line(number, text) for number, text in collected]

    def _collect(self, number: int, text: str) -> Sequence[Line]:
        self._collected.append((number, text))
        first, opening = self._collected[0]
        indent = len(opening) - 1
        closes = _ONLY_CLOSES.match(text) if text[:indent].isspace() or not indent else None
        if closes and text[indent : indent + 1] == "}":
            body = "\n".join(line for _, line in self._collected[1:-1])
            record = read_record("{" + body + "}")
            lines = self.end() if record is None else [_from_record(Line(first, ""), record)]
            self._collected = [(number, "{")] if closes["next"] else []
            return lines
        return self.end() if len(self._collected) > COLLECTED else ()

    def _line(self, number: int, text: str) -> Line:
        text = _plain(text)
        line = Line(number, text)
        if _BEGINS_PREFIX.match(text):
            self._strip(line)
        if line.text[:1] != "{":
            return _from_csv(line) if line.text[:2] == ',"' else line
        is_telling = is_telling_record(line.text) or (self._any_page and "GET" in line.text)
        return _from_json(line) if is_telling else Line(number, "")

    def _strip(self, line: Line) -> None:
        text, position = line.text, _after_stamp(line)
        if self._piped and (piped := _PIPED.match(text)):
            line.instance, position = piped["container"], piped.end()
        while not line.stamp or _has_more(text, position):
            part = _PART.match(text, position)
            if part is None:
                break
            position = part.end()
            if part.lastgroup == "time":
                line.stamp = line.stamp or part["time"]
            elif part.lastgroup:
                _note(line, part, part.lastgroup)
        line.text = text[position:]


def _plain(text: str) -> str:
    return _ANSI.sub("", text) if "\x1b" in text else text


def _from_csv(line: Line) -> Line:
    """A line of PostgreSQL's csvlog, from its second column on: severity, SQLSTATE, message, detail and hint tell all."""
    columns = next(csv.reader((line.text,)), [])
    if len(columns) > HINT and columns[SEVERITY].isupper() and len(columns[SEVERITY + 1]) == SQLSTATE:
        line.text = f"{columns[SEVERITY]}:  {columns[SEVERITY + 2]}"
        line.fields = (("code", columns[SEVERITY + 1]),) if columns[SEVERITY + 1] != "00000" else ()
        line.details = tuple(column for column in columns[SEVERITY + 3 : HINT + 1] if column)
    return line


def _after_stamp(line: Line) -> int:
    """Where a line goes on after the plainest and most frequent stamp, ISO 8601 in one word; 0 if it has none."""
    text = line.text
    if text[4:5] == "-" and text[10:11] == "T" and text[16:17] == ":":
        end = text.find(" ", 19, 40)
        if end > 0 and text[end - 1] in "Z0123456789":
            line.stamp = text[:end]
            return end + 1
    return 0


def _has_more(text: str, position: int) -> bool:
    return text.find("[", position, position + PREFIX) >= 0 or text.find("|", position, position + PREFIX) >= 0


def _note(line: Line, part: re.Match[str], last: str) -> None:
    if last == "http":
        line.stamp = line.stamp or part["http"]
    elif last == "pm2":
        line.instance = line.instance or f"{part['pm2']}-{part['pm2_id']}"
    elif last in ("container", "source", "dyno"):
        line.instance = line.instance or part[last]
    else:
        line.stamp = line.stamp or part["time5424"]
        host, app = (part["host"] or part["host5424"] or part["host_iso"], part["app"] or part["app5424"] or part["app_iso"])
        line.instance = line.instance or f"{host} {app}"
        line.process = (part["pid"] or part["pid5424"] or part["pid_iso"] or "").strip("-")


def _from_json(line: Line) -> Line:
    record = read_record(line.text)
    return line if record is None else _from_record(line, record)


def _from_record(line: Line, record: Record) -> Line:
    line.text, line.details, line.fields = _plain(record.text), record.details, record.fields
    line.stamp = record.stamp if record.stamp is not None else line.stamp
    line.instance = line.instance or record.instance
    line.process = record.process or line.process
    wrapped = line.text[:1] == "{" and not record.details
    return _from_json(line) if wrapped else line


def _time(stamp: Stamp) -> datetime | None:
    if isinstance(stamp, int | float):
        seconds = stamp / 1000 if stamp > 1e11 else stamp  # later than the year 5000: milliseconds
        return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 1e11 else None
    if not stamp:
        return None
    try:
        time = parsedate_to_datetime(stamp) if stamp[3:4] == "," else datetime.fromisoformat(_as_iso(stamp))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _as_iso(stamp: str) -> str:
    if stamp.endswith("Z"):
        return stamp
    return _SPACE_BEFORE_ZONE.sub(r"\1", stamp.removesuffix("GMT").removesuffix("UTC").rstrip())


def _common_log_time(date: str, zone: str | None) -> datetime | None:
    try:
        return datetime.strptime(f"{date} {zone or '+0000'}", "%d/%b/%Y:%H:%M:%S %z")
    except ValueError:
        return None
