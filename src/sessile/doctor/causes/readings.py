"""Judges a flaw in a secret's text: whether two instances, or two readers of one file, come to different values by it."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import combinations, permutations

from sessile.doctor import secrets
from sessile.doctor.facts import Environment, Facts
from sessile.doctor.facts.environment import Dialect, Flaw, Secret
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Finding, Need, Noted, RuledOut, Undecided, Unseen

A_SIGN_OF_IT = 0.9
QUOTES = 2
USUAL = frozenset({Dialect.NODE, Dialect.PYTHON})
"""The readers to reckon with where it is not known who reads a file."""


def judge(facts: Facts, flaws: Collection[Flaw]) -> Finding:
    """The finding on all secrets that have one of the flaws; each flaw is enough."""
    given = [environment for environment in facts.environments if secrets.keyring(environment)]
    if not given:
        return Unseen(Need.ENVIRONMENT, "no session secret was seen")
    flawed = [(one, secret) for one in given for secret in secrets.keyring(one) if set(flaws) & set(secret.flaws)]
    if not flawed:
        return RuledOut("no secret has " + " or ".join(flaws))
    proofs = [_proof(facts, environment, secret, flaws) for environment, secret in flawed]
    confirmed = [proof for proof in proofs if isinstance(proof, Confirmed)]
    if confirmed:
        return max(confirmed, key=lambda proof: proof.certainty)
    suspected = next((proof for proof in proofs if isinstance(proof, Undecided)), None)
    remark = Noted(
        tuple(secrets.describe(secret) for _, secret in flawed),
        "instances that read it in the same way agree; it logs people out once two that read it differently share a table",
        f"{flawed[0][1].name} has {next(flaw for flaw in flawed[0][1].flaws if flaw in flaws)}, which not everybody reads alike",
    )
    if suspected and any(log.count(Kind.UNAUTHORIZED) for log in facts.logs):
        return replace(suspected, remark=remark)
    return remark


def _proof(facts: Facts, place: Environment, secret: Secret, flaws: Collection[Flaw]) -> Confirmed | Undecided | None:
    for flaw, bare in secret.bare:
        if flaw in flaws:
            found = _by_keys(facts, secret, bare) or _by_another_place(facts, place, secret, bare)
            if found:
                return found
    return _by_two_readers(facts, place, secret, flaws)


def _by_keys(facts: Facts, secret: Secret, bare: str) -> Confirmed | None:
    """Running services name both the value with the flaw and the one without it."""
    running = {start.keys[0]: start.evidence for log in facts.logs for start in secrets.starts(log)[-1:]}
    flawed = next((reading.fingerprint for reading in secret.readings if reading.fingerprint in running.keys() - {bare}), None)
    if flawed is None or bare not in running:
        return None
    return Confirmed((secrets.describe(secret), running[flawed], running[bare]))


def _by_another_place(facts: Facts, place: Environment, secret: Secret, bare: str) -> Confirmed | Undecided | None:
    """Another instance has the value without the flaw, and its readers do not come to it here."""
    known = secrets.readers(facts)
    for other in _others(facts, place):
        if {secrets.seen_by(other, reader)[:1] for reader in secrets.READERS} != {(bare,)}:
            continue
        evidence = (secrets.describe(secret), secrets.describe(secrets.keyring(other)[0]))
        apart = {reader for reader in secrets.READERS if not secrets.agree(place, other, reader)}
        if not _same_file_in_docker(place, other):
            if apart == set(secrets.READERS):
                return Confirmed(evidence)
            if apart & (known or USUAL):
                return Confirmed(evidence, certainty=A_SIGN_OF_IT)
        if apart or not secrets.agree(place, other, Dialect.DOCKER):
            rejected = secrets.rejected(facts)
            return Confirmed(evidence + rejected, certainty=A_SIGN_OF_IT) if rejected else Undecided(evidence)
    return None


def _by_two_readers(facts: Facts, place: Environment, secret: Secret, flaws: Collection[Flaw]) -> Confirmed | None:
    """Two readers who are known to read this place, or any two once a signature has failed, see different keys by the flaw."""
    known = secrets.readers(facts)
    evidence = (secrets.describe(secret),)
    if any(_disagree(place, secret, flaws, *pair) for pair in combinations(known, 2)):
        return Confirmed(evidence, certainty=0.95)
    rejected = secrets.rejected(facts)
    if rejected and any(_disagree(place, secret, flaws, *pair) for pair in combinations(secrets.READERS, 2)):
        return Confirmed(evidence + rejected, certainty=A_SIGN_OF_IT)
    return None


def _disagree(place: Environment, secret: Secret, flaws: Collection[Flaw], one: Dialect, other: Dialect) -> bool:
    ours, theirs = secrets.seen_by(place, one), secrets.seen_by(place, other)
    if not ours or not theirs or secrets.accept(ours, theirs):
        return False
    return Flaw.QUOTES not in flaws or _only_quotes_apart(secret, one, other)


def _only_quotes_apart(secret: Secret, *readers: Dialect) -> bool:
    """Whether one reader sees the value without quotes, and the other what may be the same within a pair of them."""
    bare = dict(secret.bare).get(Flaw.QUOTES)
    lengths = {one.fingerprint == bare: one.length for one in secret.readings if one.dialect in readers}
    return lengths.keys() == {True, False} and lengths[False] == lengths[True] + QUOTES


def _others(facts: Facts, place: Environment) -> Iterator[Environment]:
    return (other for pair in secrets.instances(facts) for one, other in permutations(pair) if one is place)


def _same_file_in_docker(one: Environment, other: Environment) -> bool:
    """Whether one is the environment of a process to which docker may have given the other, a file with its quotes."""
    return secrets.is_process(one) != secrets.is_process(other) and secrets.agree(one, other, Dialect.DOCKER)
