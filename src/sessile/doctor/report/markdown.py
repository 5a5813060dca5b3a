"""The report as Markdown, for a tracker: nothing in it becomes a link, a mention or a tag."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from sessile.doctor.diagnosis import Confidence, Diagnosis, State, Suspect
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.findings import Remedy
from sessile.doctor.report.change import changed
from sessile.doctor.report.headline import headline, leading
from sessile.doctor.report.journey import sign
from sessile.doctor.report.lacking import NEEDS, grouped
from sessile.doctor.report.page import Glyphs, printable
from sessile.doctor.report.terminal import CONFIDENCES, VERDICTS, Surroundings, verdict_sign

_GLYPHS: Final = Glyphs()
_BOXES: Final = {"yes": "[x]", "no": "[ ] **no**:", "unknown": "[ ] unknown:"}
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_MENTION: Final = re.compile(r"@(?=\w)")
_LINK: Final = re.compile(r"(?i)\b(https?):(?=//)|\b(www)\.")


def text(diagnosis: Diagnosis, around: Surroundings) -> str:
    """The whole report."""
    return "\n".join(_lines(diagnosis, around))


def _lines(diagnosis: Diagnosis, around: Surroundings) -> Iterator[str]:
    first, others = leading(diagnosis)
    sure = f" ({CONFIDENCES[first.confidence]})" if first else ""
    verdict = f"{verdict_sign(_GLYPHS, diagnosis.verdict)} {VERDICTS[diagnosis.verdict][0]}"
    yield f"### {verdict}: {_escaped(headline(diagnosis))}{sure}"
    yield ""
    if around.looked_at:
        yield f"Looked at {_escaped(', '.join(around.looked_at))}"
        yield ""
    yield from (f"- ! {_escaped(failure)}" for failure in around.failures)
    yield from _journey(diagnosis)
    if first:
        yield from _headed("Proof" if first.confidence is Confidence.CONFIRMED else "What speaks for it", _proof(first.evidence))
        yield from _headed("Fix", _cure(first.cause.remedy))
    else:
        yield from _headed("Symptoms", _proof(diagnosis.symptoms))
    further = "Also" if first else "Possible causes"
    yield from _headed(further, (line for suspect in others for line in _suspect(suspect)))
    if diagnosis.something_else:
        yield from _headed("Unexplained", chain((f"{_escaped(diagnosis.caveat)}", ""), _proof(diagnosis.unexplained)))
    yield from _headed("Notes", (f"- {_escaped(note.title)}: {_escaped(note.why_not_a_cause)}" for note in diagnosis.notes))
    yield from _headed("Collect next", (f"- {_escaped(one.collect)}: {_code(one.command)}" for one in diagnosis.next))
    yield from _headed("Checklist", _checklist(diagnosis))
    yield from _folded("Not checked", [f"- {NEEDS[one.need]}: {', '.join(map(_code, one.ids))}" for one in grouped(diagnosis)])
    yield from _folded("Ruled out", [f"- {_code(one.cause.id)}: {_escaped(one.because)}" for one in diagnosis.ruled_out])


def _journey(diagnosis: Diagnosis) -> Iterator[str]:
    stops = diagnosis.journey
    yield ""
    yield f"| {' | '.join(f'**{one.station}**' if one.state is State.BROKEN else one.station for one in stops)} |"
    yield f"|{':-:|' * len(stops)}"
    yield f"| {' | '.join(sign(_GLYPHS, one.state) for one in stops)} |"
    for stop in stops:
        if stop.state is State.BROKEN:
            yield ""
            yield f"**{stop.station}** is broken; this must hold here: {stop.station.holds}."


def _proof(pieces: Sequence[Evidence]) -> Iterator[str]:
    for one in pieces:
        yield f"1. {_escaped(one.says)} ({_code(f'{one.source}: {one.pointer}')})"


def _cure(remedy: Remedy) -> Iterator[str]:
    keeps = f"**Logs out {_escaped(remedy.logs_out)}.**" if remedy.loses_sessions else "No session is lost."
    yield f"{_escaped(remedy.summary.removesuffix('.'))}. {keeps}"
    if remedy.instead:
        yield f"To spare them: {_escaped(remedy.instead)}."
    if remedy.command:
        yield from _fenced("sh", [remedy.command])
    for change in remedy.changes:
        yield ""
        yield f"{_escaped(change.where)}:"
        yield from _fenced("diff", [f"{sign} {line}".rstrip() for sign, line in changed(change)])


def _suspect(suspect: Suspect) -> Iterator[str]:
    yield f"- **{_escaped(suspect.title)}** ({CONFIDENCES[suspect.confidence]}): {_escaped(suspect.cause.remedy.summary)}"
    yield from (f"  {line}" for line in _proof(suspect.evidence[:1]))


def _checklist(diagnosis: Diagnosis) -> Iterator[str]:
    for item in diagnosis.checklist:
        yield f"- {_BOXES[item.state]} {_escaped(item.item)}" + (f" ({_escaped(item.because)})" if item.because else "")


def _headed(title: str, lines: Iterator[str]) -> Iterator[str]:
    written = list(lines)
    if written:
        yield from ("", f"#### {title}", "", *written)


def _folded(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from ("", f"<details><summary>{title}</summary>", "", *lines, "", "</details>")


def _fenced(language: str, lines: Sequence[str]) -> Iterator[str]:
    fence = "`" * max(3, _longest("\n".join(lines)) + 1)
    yield from ("", f"{fence}{language}", *map(printable, lines), fence)


def _code(text: str) -> str:
    """The text as code, whatever backticks it holds; a bar would end a cell."""
    shown = printable(text)
    fence = "`" * (_longest(shown) + 1)
    blank = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{blank}{shown}{blank}{fence}"


def _longest(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _escaped(text: str) -> str:
    """The text as it is to be read: an invisible joiner keeps mentions and links from being made of it."""
    escaped = _SPECIAL.sub(r"\\\1", printable(text))
    return _LINK.sub(lambda found: f"{found[1]}&#58;" if found[1] else f"{found[2]}&#46;", _MENTION.sub("&#64;", escaped))
