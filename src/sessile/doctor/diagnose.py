"""From facts to a diagnosis: what is proven stands first, the rest is ranked, and what is unseen is said."""

from collections.abc import Sequence
from dataclasses import replace

from sessile.doctor import checklist, collections, elimination, journey, placement, refusals, rivalry, unexplained, unread
from sessile.doctor.causes import Cause, catalogue, in_redis, signs
from sessile.doctor.diagnosis import (
    VERY_LIKELY,
    Confidence,
    Diagnosis,
    Exclusion,
    Note,
    SomethingElse,
    Suspect,
    Unchecked,
    Verdict,
    confidence,
)
from sessile.doctor.facts import Database, Facts, Redis
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.findings import Confirmed, Finding, Need, Noted, NotSeen, RuledOut, Seen, Undecided, Unseen
from sessile.doctor.observations import OBSERVATIONS
from sessile.doctor.prescription import prescribed
from sessile.doctor.ranking import Ranked, rank
from sessile.session.outcome import Station

WORTH_SAYING = 0.1
HUNG_UP = "ECONNRESET"
UNPROVEN = 0.89
"""No cause is surer that neither a proof nor an error of its own shows: one that nobody has heard of may look just like it."""
ALIKE = 0.5
"""What is left of a cause's probability where causes of other stations leave the very same trace: they have the other half."""


def diagnose(facts: Facts, causes: Sequence[Cause] | None = None) -> Diagnosis:
    """Diagnose: pure, so that the same facts always give the same answer. `causes` narrows the catalogue (for tests)."""
    judged = [(cause, _judged(cause, facts)) for cause in (catalogue() if causes is None else causes)]
    looks = {name: observation.look(facts) for name, observation in OBSERVATIONS.items()}
    ambiguous = rivalry.shared(facts, judged)
    confirmed = _confirmed([one for one in judged if one[0].id not in ambiguous])
    within_reach = [one for one in judged if _comes_so_far(one[0], facts)]
    ranked = _ranked(facts, within_reach, looks, [suspect.cause for suspect in confirmed])
    ranked += _by_their_own_ground(judged, ranked)
    suspects = confirmed + sorted((*ambiguous.values(), *(one for one in ranked if one.cause.id not in ambiguous)), key=_order)
    shown = (
        evidence
        for name, look in looks.items()
        if isinstance(look, Seen) and OBSERVATIONS[name].symptom
        for evidence in look.evidence[:1]
    )
    symptoms = tuple(dict.fromkeys(shown))
    lacking = tuple(f.evidence[0] for _, f in judged if isinstance(f, Undecided) and f.symptom)
    unchecked = tuple(Unchecked(cause, f.needs, f.why) for cause, f in judged if isinstance(f, Unseen))
    undecided = tuple(Unchecked(cause, f.needs, "") for cause, f in judged if isinstance(f, Undecided) and f.needs)
    observed = _observed(looks)
    plausible = {one.cause.id: one.probability for one in rank((one.cause for one in unchecked), observed)}
    suffering = bool(symptoms) or _turned_away(facts)
    verdict = _verdict(suspects, suffering or bool(lacking))
    blind = verdict is Verdict.HEALTHY and unread.blind(facts)
    something_else = _something_else(facts, looks) if verdict is Verdict.CANNOT_TELL and suffering else None
    return Diagnosis(
        verdict=Verdict.CANNOT_TELL if blind else verdict,
        journey=journey.stops(facts, suspects, something_else),
        causes=tuple(prescribed(suspect, facts) for suspect in suspects),
        notes=_notes(judged, suspects),
        ruled_out=tuple(Exclusion(cause, f.because) for cause, f in judged if isinstance(f, RuledOut)),
        not_checked=unchecked,
        next=collections.worth_collecting(facts, suspects, (*unchecked, *undecided), plausible, symptoms=bool(symptoms)),
        checklist=checklist.items(facts, suspects),
        symptoms=symptoms or lacking,
        something_else=something_else,
        reservation=_reservation(facts) if verdict is Verdict.HEALTHY else "",
        given=collections.given(facts),
    )


def _judged(cause: Cause, facts: Facts) -> Finding:
    """A check that crashes costs its own cause, never the diagnosis; what asks for a table says nothing of sessions in Redis."""
    try:
        finding = cause.judge(facts)
        asks_for_table = isinstance(finding, Unseen) and finding.needs in (Need.DATABASE, Need.ROWS)
        return RuledOut(kept) if asks_for_table and (kept := in_redis.kept(facts)) else finding
    except Exception as error:
        return Unseen(Need.MENDING, f"its check ended with {type(error).__name__}: {error}")


def _comes_so_far(cause: Cause, facts: Facts) -> bool:
    """Whether any session that is known to stop comes as far as the cause's station.

    Up to the login's answer this says nothing: Express sets the cookie before it saves. A session that is over is not found any
    more once its store has removed it.
    """
    furthest = max((one.station for one in placement.placed(facts) if one.station), key=_position, default=Station.BOOT)
    if furthest is Station.FIND:
        furthest = Station.LIVE
    if cause.station is Station.VERIFY and not _may_fail_to_verify(facts):
        return False
    return _position(furthest) < Station.SEND.position or cause.station.position <= _position(furthest)


def _may_fail_to_verify(facts: Facts) -> bool:
    """Whether there is a signature at all, and any cookie that came back in vain is not known to be signed as it should be."""
    refused = placement.placed(facts)
    verified = bool(refused) and all(one.left and Station.VERIFY not in one.left for one in refused)
    return Station.VERIFY in elimination.kept(facts) and not verified


def _position(station: Station) -> int:
    return station.position


def _confirmed(judged: Sequence[tuple[Cause, Finding]]) -> list[Suspect]:
    """The proven causes: the surest first, then the one that stops a session earliest."""
    suspects = [
        Suspect(_mended(cause, finding), finding.title or cause.title, Confidence.CONFIRMED, finding.certainty, finding.evidence)
        for cause, finding in judged
        if isinstance(finding, Confirmed)
    ]
    return sorted(suspects, key=_order)


def _order(one: Suspect) -> tuple[float, int, str]:
    """The surest first, then the one that stops a session earliest."""
    return (-one.probability, one.cause.station.position, one.cause.id)


def _mended(cause: Cause, finding: Confirmed) -> Cause:
    """The cause with the edits of this service's own code before those that serve as examples."""
    changes = (*finding.changes, *cause.remedy.changes)
    return replace(cause, remedy=replace(cause.remedy, changes=changes)) if finding.changes else cause


def _ranked(
    facts: Facts, judged: Sequence[tuple[Cause, Finding]], looks: dict[str, Seen | NotSeen | None], proven: list[Cause]
) -> list[Suspect]:
    undecided = {cause.id: (cause, finding) for cause, finding in judged if isinstance(finding, Undecided)}
    observed = _observed(looks)
    candidates = [cause for cause, _ in undecided.values()]
    unseen = [cause for cause, finding in judged if isinstance(finding, Unseen)]
    return [
        Suspect(
            one.cause,
            one.cause.title,
            confidence(sure := _sure(one.probability, undecided[one.cause.id][1], facts)),
            sure,
            tuple(dict.fromkeys(undecided[one.cause.id][1].evidence + _shown(one.cause, looks))),
            weights=one.weights,
        )
        for one in _one_behind_the_other(candidates, observed, proven, unseen)
        if one.probability >= WORTH_SAYING
    ]


def _by_their_own_ground(judged: Sequence[tuple[Cause, Finding]], ranked: Sequence[Suspect]) -> list[Suspect]:
    """The causes that no other symptom speaks for, whose ground is a symptom itself."""
    known = {one.cause.id for one in ranked}
    return [
        Suspect(cause, cause.title, confidence(ALIKE), ALIKE, finding.evidence)
        for cause, finding in judged
        if isinstance(finding, Undecided) and finding.symptom and cause.id not in known
    ]


def _sure(probability: float, finding: Undecided, facts: Facts) -> float:
    if finding.alike:
        return probability * ALIKE
    errors = [error.evidence for error in facts.errors]
    return probability if any(one in errors for one in finding.evidence) else min(probability, UNPROVEN)


def _one_behind_the_other(
    candidates: list[Cause], observed: dict[str, bool], proven: list[Cause], unseen: list[Cause]
) -> list[Ranked]:
    """Rank; where the first is nearly sure, the others are ranked again by what it does not explain."""
    ranked = rank(candidates, observed, given=proven, unseen=unseen)
    if not ranked or ranked[0].probability < VERY_LIKELY:
        return ranked
    first = ranked[0]
    rest = [name for name, seen in observed.items() if seen and name not in first.cause.links]
    others = [cause for cause in candidates if cause is not first.cause and any(name in cause.links for name in rest)]
    return [first, *rank(others, observed, given=[*proven, first.cause], unseen=unseen)]


def _notes(judged: Sequence[tuple[Cause, Finding]], suspects: Sequence[Suspect]) -> tuple[Note, ...]:
    """The remarks, with those on causes that were likely too little to be suspects."""
    suspected = {suspect.cause.id for suspect in suspects}
    remarks = [(cause, finding.remark if isinstance(finding, Undecided) else finding) for cause, finding in judged]
    return tuple(
        Note(cause.id, remark.title or cause.title, remark.why_not_a_cause, remark.evidence)
        for cause, remark in remarks
        if isinstance(remark, Noted) and cause.id not in suspected
    )


def _observed(looks: dict[str, Seen | NotSeen | None]) -> dict[str, bool]:
    return {name: isinstance(look, Seen) for name, look in looks.items() if look is not None}


def _shown(cause: Cause, looks: dict[str, Seen | NotSeen | None]) -> tuple[Evidence, ...]:
    return tuple(evidence for name in cause.links if isinstance(look := looks.get(name), Seen) for evidence in look.evidence[:1])


def _verdict(suspects: Sequence[Suspect], suffering: bool) -> Verdict:
    if journey.broken(suspects):
        return Verdict.SICK
    return Verdict.CANNOT_TELL if suffering else Verdict.HEALTHY


def _reservation(facts: Facts) -> str:
    return " ".join(one for one in (refusals.told(facts), unread.told(facts), unread.table(facts)) if one)


def _turned_away(facts: Facts) -> bool:
    """Whether the other side turned the doctor away, or hung up: what lies between them may be the doctor's own place in the
    network.
    """
    redis = None if in_redis.incidental(facts) else facts.redis
    for store in (facts.database, redis):
        code = store.failure.code if isinstance(store, Database | Redis) and store.failure else ""
        cut_off = isinstance(store, Database | Redis) and store.broken_off is not None
        if code == HUNG_UP or signs.ANSWERS.fullmatch(code) or cut_off:
            return True
    return False


def _something_else(facts: Facts, looks: dict[str, Seen | NotSeen | None]) -> SomethingElse:
    found = unexplained.stops(facts, looks)
    stations, evidence = (tuple(dict.fromkeys(each)) for each in zip(*found, strict=True)) if found else ((), ())
    return SomethingElse(stations, evidence)
