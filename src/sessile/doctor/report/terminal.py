"""The report for a person: the verdict, the break, the proof and the cure in the first screen, everything else below."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sessile.doctor.diagnosis import Confidence, Diagnosis, State, Suspect, Verdict
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.findings import Remedy
from sessile.doctor.report import journey
from sessile.doctor.report.change import changed
from sessile.doctor.report.headline import leading, said, stopping_at
from sessile.doctor.report.lacking import NEEDS, grouped
from sessile.doctor.report.page import Glyphs, Page, cut

PROOFS = 3
ROOM = 6
SLACK = 12
BAR = 10
NAMES = 4
VERDICTS = {
    Verdict.SICK: ("SICK", "bold red"),
    Verdict.HEALTHY: ("HEALTHY", "bold green"),
    Verdict.CANNOT_TELL: ("CANNOT TELL", "bold yellow"),
}
CONFIDENCES = {
    Confidence.CONFIRMED: "confirmed",
    Confidence.VERY_LIKELY: "very likely",
    Confidence.LIKELY: "likely",
    Confidence.POSSIBLE: "possible",
}
DIFF = {"-": "red", "+": "green", " ": ""}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the diagnosis itself does not know: what was looked at, and what could not be and why."""

    looked_at: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


def write(page: Page, diagnosis: Diagnosis, around: Surroundings, *, verbose: bool = False) -> None:
    """Write the whole report; `verbose` adds what passed and all that was ruled out."""
    first, others = leading(diagnosis)
    _verdict(page, diagnosis, first)
    _looked_at(page, around, verbose)
    _journey(page, diagnosis, verbose)
    if first:
        _proof(page, first, verbose)
        remedy(page, first.cause.remedy)
    else:
        _symptoms(page, diagnosis.symptoms, verbose)
    _further(page, others, verbose, heading="Also" if first else "Possible causes")
    if diagnosis.something_else:
        _something_else(page, diagnosis, verbose)
    if first:
        changes(page, first.cause.remedy)
    _notes(page, diagnosis, verbose)
    _next(page, diagnosis)
    _not_checked(page, diagnosis, verbose)
    _ruled_out(page, diagnosis, verbose)
    _checklist(page, diagnosis)


def _verdict(page: Page, diagnosis: Diagnosis, first: Suspect | None) -> None:
    word, style = VERDICTS[diagnosis.verdict]
    lead = (f"{verdict_sign(page.glyphs, diagnosis.verdict)} {word}  ", style)
    if first:
        page.paragraph((first.title, "bold"), (f" ({CONFIDENCES[first.confidence]})", style), indent=0, lead=lead)
    else:
        says, reserved = said(diagnosis)
        page.paragraph((says, "bold"), reserved, indent=0, lead=lead)


def verdict_sign(glyphs: Glyphs, verdict: Verdict) -> str:
    """The sign of a verdict."""
    return {Verdict.SICK: glyphs.broken, Verdict.HEALTHY: glyphs.ok, Verdict.CANNOT_TELL: glyphs.unsure}[verdict]


def _looked_at(page: Page, around: Surroundings, verbose: bool) -> None:
    if around.looked_at:
        says = f"looked at {', '.join(around.looked_at)}"
        page.paragraph((says if verbose else cut(says, 2 * page.width - 8), "dim"))
    for failure in around.failures:
        page.paragraph((failure, "yellow"), lead=(f"{page.glyphs.note} ", "yellow"))


def _journey(page: Page, diagnosis: Diagnosis, verbose: bool) -> None:
    page.heading("Journey", journey.legend(page.glyphs))
    journey.draw(page, diagnosis.journey)
    if len(diagnosis.stops_at) > 1:
        page.paragraph(
            f"stops at {stopping_at(diagnosis)}: it is not known at which of them", lead=(f"{page.glyphs.unsure} ", "yellow")
        )
    told = {suspect.title for suspect in diagnosis.causes[:1]}
    for stop in diagnosis.journey:
        if stop.state is State.BROKEN or verbose:
            lead = (f"{journey.sign(page.glyphs, stop.state)} ", journey.STYLES[stop.state])
            because = f"this must hold here: {stop.station.holds}" if stop.because in told else stop.because
            page.paragraph((f"{stop.station} {journey.WORDS[stop.state]}", journey.STYLES[stop.state]), f": {because}", lead=lead)


def _proof(page: Page, suspect: Suspect, verbose: bool) -> None:
    title = "Proof" if suspect.confidence is Confidence.CONFIRMED else "What speaks for it"
    page.heading(title, _hidden(suspect.evidence, verbose))
    _evidence(page, suspect.evidence, verbose)
    if suspect.against:
        page.heading("What speaks against it")
        _evidence(page, suspect.against, verbose)
    if verbose and suspect.weights:
        page.heading("Why it stands there", "how much likelier each observation is with it than without, in powers of ten")
        _weights(page, suspect, indent=2)


def _weights(page: Page, suspect: Suspect, *, indent: int) -> None:
    for one in suspect.weights:
        says = f"{one.observation}: {'seen' if one.seen else 'not seen'}"
        if one.log_odds is None:
            page.paragraph((f"{one.observation}: nobody could see it", "dim"), indent=indent, lead=f"{'?':>5} {'':<{BAR}} ")
            continue
        length = min(BAR, max(1, round(abs(one.log_odds) * BAR / 2)))
        lead = f"{max(one.log_odds, -9.9):>+5.1f} {('+' if one.log_odds > 0 else '-') * length:<{BAR}} "
        page.paragraph(says, indent=indent, lead=lead)


def _hidden(evidence: Sequence[Evidence], verbose: bool) -> str:
    return f"{PROOFS} of {len(evidence)}, -v shows all" if len(evidence) > PROOFS and not verbose else ""


def _evidence(page: Page, evidence: Sequence[Evidence], verbose: bool) -> None:
    shown = evidence if verbose else evidence[:PROOFS]
    for one in shown:
        _piece(page, one, verbose, indent=2, lead=f"{page.glyphs.bullet} ", lines=ROOM // len(shown))


def _piece(page: Page, one: Evidence, verbose: bool, *, indent: int, lead: str = "", lines: int = 2) -> None:
    """One piece of evidence: some lines of what it says, all of it if verbose, and always its pointer."""
    tag = f"[{one.source}: {one.pointer}]"
    room = lines * (page.width - indent - len(lead)) - len(tag) - SLACK
    says = one.says if verbose else cut(one.says, max(room, page.width // 2))
    page.paragraph(f"{says}  ", (tag, "dim"), indent=indent, lead=lead)


def remedy(page: Page, cure: Remedy) -> None:
    """What to do, the command that does it, and whether anybody is logged out by it."""
    page.heading("Fix", "the settings to change stand below" if cure.changes else "")
    keeps = (f"Logs out {cure.logs_out}.", "bold red") if cure.loses_sessions else ("No session is lost.", "green")
    page.paragraph(f"{cure.summary.removesuffix('.')}. ", keeps)
    if cure.instead:
        page.paragraph(f"To spare them: {cure.instead}.")
    if cure.command:
        page.command(cure.command, "a plan; --apply does it" if cure.command.startswith("sessile fix") else "")


def changes(page: Page, cure: Remedy) -> None:
    """The settings to change, as a diff in the spelling of each framework."""
    if cure.changes:
        page.heading("Settings to change")
    for change in cure.changes:
        page.paragraph(change.where)
        for sign, line in changed(change):
            page.line((f"    {sign} {line}".rstrip(), DIFF[sign]))


def _symptoms(page: Page, symptoms: Sequence[Evidence], verbose: bool) -> None:
    if symptoms:
        page.heading("Symptoms", _hidden(symptoms, verbose))
        _evidence(page, symptoms, verbose)


def _something_else(page: Page, diagnosis: Diagnosis, verbose: bool) -> None:
    page.heading("Unexplained")
    page.paragraph(diagnosis.caveat)
    _evidence(page, diagnosis.unexplained, verbose)


def _further(page: Page, suspects: Sequence[Suspect], verbose: bool, *, heading: str) -> None:
    if suspects:
        page.heading(heading)
    for suspect in suspects:
        page.paragraph((suspect.title, "bold"), f" ({CONFIDENCES[suspect.confidence]})", lead=(f"{page.glyphs.broken} ", "red"))
        for one in suspect.evidence if verbose else suspect.evidence[:1]:
            _piece(page, one, verbose, indent=4)
        if verbose:
            _weights(page, suspect, indent=4)
        if suspect.cause.remedy.command:
            page.command(suspect.cause.remedy.command)
        else:
            page.paragraph(suspect.cause.remedy.summary, indent=4)
            if suspect.cause.remedy.changes:
                page.paragraph((f"sessile explain {suspect.cause.id} shows what to change", "dim"), indent=4)


def _notes(page: Page, diagnosis: Diagnosis, verbose: bool) -> None:
    if diagnosis.notes:
        page.heading("Notes", "worth knowing, no reason for a logout")
    for note in diagnosis.notes:
        page.paragraph((note.title, "bold"), f": {note.why_not_a_cause}", lead=(f"{page.glyphs.note} ", "yellow"))
        for one in note.evidence if verbose else ():
            _piece(page, one, verbose, indent=4)


def _next(page: Page, diagnosis: Diagnosis) -> None:
    if diagnosis.next:
        page.heading("Collect next")
    for collection in diagnosis.next:
        page.paragraph(collection.collect, lead=f"{page.glyphs.bullet} ")
        page.command(collection.command)
        if len(collection.separates) > 1:
            page.paragraph((f"tells apart {_some(collection.separates)}", "dim"), indent=4)


def _not_checked(page: Page, diagnosis: Diagnosis, verbose: bool) -> None:
    if not diagnosis.not_checked:
        return
    page.heading("Not checked")
    for one in grouped(diagnosis):
        ids = ", ".join(one.ids)
        tail = f"  ({ids})" if verbose else f"  ({causes(len(one.ids))})"
        says = f"{NEEDS[one.need]}: {'; '.join(one.whys if verbose else one.whys[:1])}" if one.whys else NEEDS[one.need]
        page.paragraph(f"needs {says}", (tail, "dim"), lead=f"{page.glyphs.bullet} ")


def _ruled_out(page: Page, diagnosis: Diagnosis, verbose: bool) -> None:
    if not diagnosis.ruled_out:
        return
    page.heading("Ruled out", "" if verbose else "-v says why")
    if not verbose:
        page.paragraph(_some([exclusion.cause.id for exclusion in diagnosis.ruled_out]))
        return
    for exclusion in diagnosis.ruled_out:
        page.paragraph((exclusion.cause.id, "bold"), f": {exclusion.because}", lead=f"{page.glyphs.bullet} ")


def _checklist(page: Page, diagnosis: Diagnosis) -> None:
    page.heading("Checklist")
    signs = {"yes": (page.glyphs.ok, "green"), "no": (page.glyphs.broken, "bold red")}
    for item in diagnosis.checklist:
        sign, style = signs.get(item.state, (page.glyphs.unsure, "dim"))
        page.paragraph(item.item, (f": {item.because}" if item.because else "", "dim"), lead=(f"{sign} {item.state:<7}  ", style))


def _some(names: Iterable[str]) -> str:
    every = list(names)
    more = len(every) - NAMES
    return ", ".join(every) if more <= 1 else f"{', '.join(every[:NAMES])} and {more} more"


def causes(count: int) -> str:
    """So many causes, in words."""
    return "1 cause" if count == 1 else f"{count} causes"
