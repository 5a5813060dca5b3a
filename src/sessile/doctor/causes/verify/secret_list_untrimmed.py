"""The secrets behind the first begin with a blank: the list is written with one after each comma, and the code keeps it.

Symptom: everybody is logged out once, when a new secret is put before the old one as it should be done.
Evidence: in the code, a variable is divided at its commas and nothing is trimmed; in the environment that variable has white
    space beside a comma. The first secret signs and is right, so that new logins work.
Tell apart: where the old secret is not in the list at all, the secret was changed without a keyring.
Fix: write the list without blanks, or trim each part; every session that still lives is valid again at once.
"""

from collections.abc import Iterator

from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Need, Remedy, Undecided, Unseen

ENTRIES: tuple[str, ...] = ()
REMEDY = Remedy(
    "Write the list of secrets without blanks, or trim each part of it",
    changes=(
        Change(
            "Express",
            "secret: process.env.SESSION_SECRETS.split(',')",
            "secret: process.env.SESSION_SECRETS.split(',').map((one) => one.trim())",
        ),
        Change(".env", "SESSION_SECRETS=new, old", "SESSION_SECRETS=new,old"),
    ),
)
LINKS = {
    "401 after a restart": Level.USUALLY,
    "signature invalid": Level.USUALLY,
    "cookie comes back in vain": Level.SOMETIMES,
}
REMARK = "The secrets behind the first begin with a blank"
WHY = "cookies that one of them signed before are not accepted; nothing that was given shows that anybody has one"


def judge(facts: Facts) -> Finding:
    proof = next(_spaced(facts), ())
    if proof:
        found = code.possible(facts, LINKS, proof, WHY, REMARK)
        return Confirmed(proof, certainty=code.BOTH) if isinstance(found, Undecided) else found
    if any(code.did(facts, Deed.SPLITS_SECRETS)) and not code.environments(facts):
        return Unseen(Need.ENVIRONMENT, "whether the list of secrets has blanks in it was not seen")
    return code.absent(facts, "no list of secrets has blanks that the code keeps")


def _spaced(facts: Facts) -> Iterator[tuple[Evidence, ...]]:
    for source, act in code.did(facts, Deed.SPLITS_SECRETS):
        for environment in code.environments(facts):
            if act.detail in environment.spaced:
                written = Evidence(f"{act.detail} has a blank beside a comma", "environment", environment.source)
                yield (source.evidence(act.place, "each part keeps its blanks"), written)
