"""A switch comes from the environment as text, and "false" counts as true.

Symptom: COOKIE_SECURE=false is set, and the cookie is Secure all the same, so that over http it is never set; other
    switches that are turned off stay on.
Evidence: in the code, `secure: process.env.COOKIE_SECURE`; in the environment, "false" (or "0", "no", "off"). Every text
    but the empty one is true to JavaScript.
Tell apart: where the environment says true, the switch does what it says.
Fix: compare the text: `process.env.COOKIE_SECURE === 'true'`. No session is lost.
"""

from typing import Final

from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Variable
from sessile.doctor.findings import Change, Finding, Level, Noted, Remedy

ENTRIES = ("env-boolean-string",)
REMEDY = Remedy(
    "Compare the variable's text with 'true'",
    changes=(
        Change(
            "Express",
            "cookie: { secure: process.env.COOKIE_SECURE }",
            "cookie: { secure: process.env.COOKIE_SECURE === 'true' }",
        ),
    ),
)
LINKS = {
    "login without Set-Cookie": Level.USUALLY,
    "not secured": Level.USUALLY,
    "cookie not kept": Level.SOMETIMES,
    "sessions never seen again": Level.SOMETIMES,
}
SWITCHES: Final = ("cookie.secure", "cookie.httpOnly", "cookie.partitioned", "rolling", "resave", "saveUninitialized", "proxy")
HARMFUL: Final = frozenset(("cookie.secure",))
OFF: Final = frozenset(("false", "0", "no", "off"))


def judge(facts: Facts) -> Finding:
    proof: list[Evidence] = []
    edits: tuple[Change, ...] = ()
    harmful = False
    for source, _, setting in code.options(facts, *SWITCHES):
        if not isinstance(setting.value, Variable) or setting.value.converted:
            continue
        known = code.word(facts, setting.value)
        if known and known[0].lower() in OFF:
            harmful |= setting.name in HARMFUL
            edits += code.edit(setting.place, rf"process\.env\.{setting.value.name}\b(?!\s*[=!]==)", r"\g<0> === 'true'")
            proof.append(source.evidence(setting.place, f"{setting.name} is the text of {setting.value.name}"))
            proof.append(Evidence(f'{setting.value.name} is "{known[0]}", which counts as true', "environment", known[1].source))
    if harmful:
        return code.certain(facts, *proof, changes=edits)
    if proof:
        return Noted(tuple(proof), "the switch stays on, and logs nobody out")
    return code.absent(facts, "no switch of the session is turned off by a text", *SWITCHES)
