"""One instance has a line end or a space at the end of the secret, another has not.

Symptom: one instance rejects the cookies of another although both have "the same" secret.
Evidence: the value is one or two characters longer than the one in use elsewhere, and equal to it once trimmed. It
    comes from a secret file that is read as it is, from `echo` into a secret store, or from a .env file with Windows
    line ends that a shell reads.
Tell apart: a truly different secret stays different when it is trimmed.
Fix: trim the value where it is stored, or where it is read. Where both values are in use, let every instance accept
    both until old cookies have aged out.
"""

from sessile.doctor.causes import readings, signed
from sessile.doctor.facts import Facts
from sessile.doctor.facts.environment import Flaw
from sessile.doctor.findings import Finding, Level, Remedy

ENTRIES = ("secret-trailing-newline-or-space",)
REMEDY = Remedy(
    "Store the secret without a line end or a space (printf '%s', not echo), or trim it where it is read, and accept the value as"
    " it was as SESSION_SECRET_PREVIOUS until old cookies have aged out",
    "sessile secret check .env",
)
LINKS = {
    "intermittent 401": Level.USUALLY,
    "signature invalid": Level.SOMETIMES,
    "login, then 401": Level.SOMETIMES,
    "cookie comes back in vain": Level.SOMETIMES,
}
SPELLINGS = (
    "without the white space around it",
    "with a line break at its end",
    "with a carriage return at its end",
    "with a blank at its end",
)


def judge(facts: Facts) -> Finding:
    return signed.in_another_spelling(facts, *SPELLINGS) or readings.judge(facts, (Flaw.NEWLINE, Flaw.SPACE))
