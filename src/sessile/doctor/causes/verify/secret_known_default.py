"""The session secret is easy to guess, so anybody can sign in as anybody.

Symptom: none. A known default signs and verifies as well as any other value, so it logs nobody out by itself.
Evidence: the value is one of those that examples and generators hand out ("keyboard cat", "changeme"), or is very
    short; or it stands in the code.
Tell apart: a risk and not a cause of a 401. Only where another instance has another value do cookies fail, and that is
    verify-secret-differs-between-instances.
Fix: rotate in two steps, so that nobody is logged out: accept the new one everywhere, then sign with it; drop the old
    one soon, for whoever knows it can forge a cookie; whoever did not come by until then logs in again.
"""

from sessile.doctor import written
from sessile.doctor.causes import code, signed
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.environment import Flaw, Secret
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.source import Literal, Variable
from sessile.doctor.findings import Finding, Need, Noted, Remedy, RuledOut, Unseen
from sessile.session.strength import weakness

ENTRIES = ("secret-known-default",)
REMEDY = Remedy(
    "Rotate to a secret that nobody can guess, in two steps",
    "sessile secret rotate --apply .env",
    logs_out="whoever does not come by before the old secret is dropped",
    instead="keep it as SESSION_SECRET_PREVIOUS until the longest maxAge is over, and know that a cookie can be forged till then",
)

GUESSABLE = (Flaw.KNOWN, Flaw.SHORT)
TOLD = ("SECRET_WEAK", "SECRET_FALLBACK")


def judge(facts: Facts) -> Finding:
    given = [secret for environment in facts.environments for secret in environment.secrets]
    guessable = [_weakness(secret) for secret in given if set(GUESSABLE) & set(secret.flaws)]
    told = [log.evidence(event) for log in facts.logs for word in TOLD for event in log.of(Kind.WARNING, word)]
    told += signed.by_known_default(facts)
    told += [*_in_code(facts), *written.known(facts)]
    if guessable or told:
        return Noted((*guessable, *told), "it signs and verifies like any other; but whoever guesses it can sign in as anybody")
    if given:
        return RuledOut("the secret is no known default, and long enough")
    return Unseen(Need.ENVIRONMENT, "no session secret was seen")


def _in_code(facts: Facts) -> list[Evidence]:
    """The secrets that stand in the code, for whoever reads it, and those among them that nobody needs to read it for."""
    found = []
    for source, _, setting in code.options(facts, "secret"):
        value = setting.value
        text = value.default if isinstance(value, Variable) else value
        if isinstance(text, Literal) and isinstance(text.value, Concealed):
            known = weakness(text.value.reveal().encode()) or "whoever can read the code has it"
            where = f"where {value.name} is not set, " if isinstance(value, Variable) else ""
            found.append(source.evidence(setting.place, f"{where}the secret is the text here; {known}"))
    return found


def _weakness(secret: Secret) -> Evidence:
    says = "a known default" if Flaw.KNOWN in secret.flaws else "short, or of little variety"
    return Evidence(f"{secret.name} is {says}", "environment", secret.pointer)
