"""Errors that several causes show alike: a log's word proves that one of them is at work, not which."""

from collections.abc import Sequence

from sessile.doctor.causes import Cause
from sessile.doctor.diagnosis import Suspect, confidence
from sessile.doctor.facts import Database, Facts
from sessile.doctor.findings import Confirmed, Finding, RuledOut

WORTH_SAYING = 0.05


def shared(facts: Facts, judged: Sequence[tuple[Cause, Finding]]) -> dict[str, Suspect]:
    """The causes that nothing but a log's error shows, and their rivals as far as nothing contradicts them, by id.

    Their common certainty is shared out by how often each is met. A cause without such a rival stays proven.
    """
    findings = {cause.id: (cause, finding) for cause, finding in judged}
    suspects: dict[str, Suspect] = {}
    for cause, finding in judged:
        if not isinstance(finding, Confirmed) or any(one.source != "log" for one in finding.evidence):
            continue
        rivals = [findings[rival][0] for rival in cause.rivals if _stands(findings.get(rival), facts)]
        total = sum(one.frequency.value for one in (cause, *rivals))
        for one in (cause, *rivals) if rivals else ():
            share = finding.certainty * one.frequency.value / total
            if share >= WORTH_SAYING:
                suspects[one.id] = Suspect(one, one.title, confidence(share), share, finding.evidence)
    return suspects


def _stands(known: tuple[Cause, Finding] | None, facts: Facts) -> bool:
    """Whether a rival may be it; that a log lacks the rival's other errors rules it out no more than this one proves it."""
    if known is None or isinstance(known[1], Confirmed):
        return False
    seen = isinstance(facts.database, Database) and facts.database.failure is None
    return not (seen and isinstance(known[1], RuledOut))
