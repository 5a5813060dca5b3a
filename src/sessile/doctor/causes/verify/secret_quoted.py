"""One instance has quotes around the secret that are part of it, another has not.

Symptom: all is well where the .env file was written, and every cookie is invalid on another host or in a container that
    got the same file.
Evidence: the value begins and ends with a quote for one reader, and the same value without quotes is in use elsewhere.
    `docker --env-file` keeps quotes, as dashboards do; dotenv and shells take them away.
Tell apart: a truly different secret stays different without its quotes.
Fix: write the secret without quotes everywhere. Where both values are in use, let every instance accept both until old
    cookies have aged out.
"""

from sessile.doctor.causes import readings, signed
from sessile.doctor.facts import Facts
from sessile.doctor.facts.environment import Flaw
from sessile.doctor.findings import Finding, Level, Remedy

ENTRIES = ("secret-quotes-literal",)
REMEDY = Remedy(
    "Write the secret without quotes everywhere, and accept the quoted value as SESSION_SECRET_PREVIOUS until old cookies"
    " have aged out",
    "sessile secret check .env",
)
LINKS = {
    "intermittent 401": Level.USUALLY,
    "signature invalid": Level.SOMETIMES,
    "login, then 401": Level.SOMETIMES,
    "cookie comes back in vain": Level.SOMETIMES,
}
SPELLINGS = (
    "without its quotes",
    "in double quotes",
    "in single quotes",
)


def judge(facts: Facts) -> Finding:
    return signed.in_another_spelling(facts, *SPELLINGS) or readings.judge(facts, (Flaw.QUOTES,))
