"""What the signatures of cookies that came back in vain say of the secret."""

from typing import Final

from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.correlation import Missing, Signature, Stored, Unsigned
from sessile.doctor.findings import Confirmed, Undecided
from sessile.doctor.placement import Placed, let_in, placed

WITH_ITS_ROW: Final = 0.97
WITHOUT: Final = 0.9
SHOWN: Final = 2


def in_another_spelling(facts: Facts, *variants: str) -> Confirmed | Undecided | None:
    """The finding on cookies that a given secret signed only in one of these spellings; None where there is none."""
    found = [one for one in placed(facts) if isinstance(s := _signature(one), Signature) and s.variant in variants]
    if not found:
        return None
    rows = [one.correlation.row for one in found if one.correlation]
    if any(isinstance(row, Stored) for row in rows):
        return Confirmed(_shown(found), certainty=WITH_ITS_ROW)
    return Undecided(_shown(found)) if any(isinstance(row, Missing) for row in rows) else Confirmed(_shown(found), "", WITHOUT)


def by_none(facts: Facts) -> tuple[Evidence, ...]:
    """The requests that were turned away with a whole cookie that none of the given secrets signed."""
    return _shown([one for one in placed(facts) if isinstance(_signature(one), Unsigned) and not _damaged(one)])


def by_keys(facts: Facts, fingerprints: frozenset[str]) -> tuple[Evidence, ...]:
    """The requests that were turned away with a cookie that one of these keys signed, as it stands."""
    found = [
        one
        for one in placed(facts)
        if isinstance(s := _signature(one), Signature) and s.fingerprint in fingerprints and not s.variant
    ]
    return tuple(
        one.visit.wire.evidence(one.exchange, f"{one.exchange} carried a cookie signed with {s.where} (key {s.fingerprint})")
        for one in found[:SHOWN]
        if isinstance(s := _signature(one), Signature)
    )


def by_known_default(facts: Facts) -> tuple[Evidence, ...]:
    """The cookies on the wire that are signed with a default that everybody knows."""
    found = any(isinstance(one.signature, Signature) and one.signature.known_default for one in facts.correlations.cookies)
    says = "a session cookie on the wire is signed with a default that everybody knows"
    return (Evidence(says, facts.wires[0].seen_by, facts.wires[0].source),) if found and facts.wires else ()


def lives_and_is_refused(facts: Facts) -> tuple[Evidence, ...]:
    """The requests that were turned away with a cookie that was let in as well, while its row lives."""
    used = {known.value for _, _, known in let_in(facts) if isinstance(known.row, Stored)}
    found = [one for one in placed(facts) if one.station is None and one.correlation and one.correlation.value in used]
    return tuple(
        one.visit.wire.evidence(one.exchange, f"{one.exchange} with a cookie that other requests were let in with; its row lives")
        for one in found[:SHOWN]
    )


def _signature(one: Placed) -> object:
    return one.correlation.signature if one.correlation else None


def _damaged(one: Placed) -> bool:
    return one.correlation is not None and bool(one.correlation.damage)


def _shown(found: list[Placed]) -> tuple[Evidence, ...]:
    return tuple(one.evidence for one in found[:SHOWN])
