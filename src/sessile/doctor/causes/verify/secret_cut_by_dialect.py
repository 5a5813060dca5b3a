r"""Two readers of the same .env line see different secrets: one cuts it or replaces a part of it.

Symptom: the Node and the Python half of a service, or the .env file and the dashboard, do not accept each other's
    cookies.
Evidence: an unquoted # in the value ends it for Node's dotenv and not for python-dotenv, shells and docker; a $ is
    replaced by shells; a blank, ; & | or \ is an operator to a shell.
Tell apart: the shorter value is a piece of the longer one, and ends where the # or the $ stands. The lengths differ by
    more than quotes would.
Fix: put the value in single quotes, or make a secret of letters, digits, - and _ only. Where both values are in use,
    let every instance accept both until old cookies have aged out.
"""

from sessile.doctor.causes import readings, signed
from sessile.doctor.facts import Facts
from sessile.doctor.facts.environment import Flaw
from sessile.doctor.findings import Finding, Level, Remedy

ENTRIES = ("secret-hash-truncated", "secret-dollar-expanded")
REMEDY = Remedy(
    "Put the value in single quotes, or rotate to a secret of letters, digits, - and _ only, which every reader sees alike",
    "sessile secret check .env",
)
LINKS = {
    "intermittent 401": Level.USUALLY,
    "signature invalid": Level.SOMETIMES,
    "login, then 401": Level.SOMETIMES,
    "cookie comes back in vain": Level.SOMETIMES,
}
SPELLINGS = ("cut at its #",)


def judge(facts: Facts) -> Finding:
    return signed.in_another_spelling(facts, *SPELLINGS) or readings.judge(facts, (Flaw.HASH, Flaw.DOLLAR, Flaw.SYNTAX))
