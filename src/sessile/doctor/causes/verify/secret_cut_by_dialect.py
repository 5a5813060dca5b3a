r"""Two readers of the same .env line see different secrets: one cuts it or replaces a part of it.

Symptom: the Node and the Python half of a service, or the .env file and the dashboard, do not accept each other's
    cookies.
Evidence: an unquoted # in the value ends it for Node's dotenv and not for python-dotenv, shells and docker; a $ is
    replaced by shells; a blank, ; & | or \ is an operator to a shell.
Tell apart: the shorter value is a piece of the longer one, and ends where the # or the $ stands. The lengths differ by
    more than quotes would.
Fix: make a secret of letters, digits, - and _ only, and let every instance accept both values of before behind it until
    their cookies have aged out (secret: [new, whole, cut]); then nobody is logged out. Single quotes keep a value whole, but a
    reader that cut it until now takes its own cookies for forged then, unless it accepts both.
"""

from sessile.doctor.causes import readings, signed
from sessile.doctor.facts import Facts
from sessile.doctor.facts.environment import Flaw
from sessile.doctor.findings import Finding, Level, Remedy

ENTRIES = ("secret-hash-truncated", "secret-dollar-expanded")
REMEDY = Remedy(
    "Rotate to a secret of letters, digits, - and _ only, which every reader sees alike, and let every instance accept the whole"
    " and the cut value behind it until their cookies have aged out",
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
