"""maxAge comes from the environment as text, so every new session fails.

Symptom: requests hang, or the service ends and starts over and over; visitors see 502 or a page that never comes.
Evidence: TypeError: maxAge must be a number or Date, then a TypeError on originalMaxAge that ends the process. In the code,
    `maxAge: process.env.SESSION_MAX_AGE`, without Number().
Tell apart: a row whose originalMaxAge is text fails for its own user only; this fails for every new session, without any
    error of the database.
Fix: turn the text into a number, and check it. No session is lost.
"""

from sessile.doctor.causes import code, signs
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Literal
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Undecided

ENTRIES = ("maxage-env-string",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Turn the variable's text into a number",
    changes=(
        Change(
            "Express",
            "cookie: { maxAge: process.env.SESSION_MAX_AGE }",
            "cookie: { maxAge: Number(process.env.SESSION_MAX_AGE) || 14 * 24 * 60 * 60 * 1000 }",
        ),
    ),
)
LINKS = {"boot failed": Level.USUALLY, "server errors with a cookie": Level.SOMETIMES}
WHY = "if it is set, every new session fails; nothing that was given shows it"
REMARK = "maxAge is text, where its variable is set"
SIGN = Sign(("MAXAGE_READ",))


def judge(facts: Facts) -> Finding:
    said, proof, unsure = signs.judge(facts, SIGN), [], []
    edits: tuple[Change, ...] = ()
    for source, _, setting in code.options(facts, "cookie.maxAge"):
        value = code.effective(facts, setting.value)
        if isinstance(value, Literal) and isinstance(value.value, str) and not code.converted(setting.value):
            proof.append(source.evidence(setting.place, "maxAge is text here"))
            edits += code.edit(setting.place, r"maxAge: (process\.env\.\w+|'\d+'|\"\d+\")", r"maxAge: Number(\1)")
        elif not code.converted(setting.value) and code.of_environment(setting.value):
            unsure.append(source.evidence(setting.place, "maxAge is whatever text the environment gives"))
    if isinstance(said, Confirmed):
        return Confirmed(
            (*said.evidence, *proof, *unsure), certainty=code.BOTH if proof or unsure else said.certainty, changes=edits
        )
    if proof:
        return code.certain(facts, *proof, changes=edits)
    if unsure and not isinstance(said, RuledOut):
        return code.possible(facts, LINKS, tuple(unsure), WHY, REMARK)
    if isinstance(said, Undecided):
        return said
    finding = code.absent(facts, "maxAge is a number", "cookie.maxAge")
    return finding if isinstance(finding, RuledOut) else signs.absent(facts)
