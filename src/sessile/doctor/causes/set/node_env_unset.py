"""The cookie's flags depend on NODE_ENV, and where the service runs it is not what the code expects.

Symptom: the cookie has the flags of development in production: not Secure, SameSite=Lax across sites, sessions in memory; or
    those of production on a developer's http.
Evidence: in the code, `secure: process.env.NODE_ENV === 'production'` and the like; in the environment, NODE_ENV is missing
    or another. A container sets none by itself; some platforms set "production" by themselves.
Tell apart: the Set-Cookie line is consistent, but for the other environment.
Fix: set NODE_ENV. Sessions survive; rows that are there keep the attributes that they were saved with.
"""

from collections.abc import Iterator
from typing import Final

from sessile.doctor.causes import code
from sessile.doctor.facts import Environment, Evidence, Facts
from sessile.doctor.facts.source import Choice, Setting, Source
from sessile.doctor.findings import Change, Finding, Level, Need, Remedy, RuledOut, Unseen

ENTRIES = ("node-env-unset-flips-flags",)
REMEDY = Remedy(
    "Set NODE_ENV where the service runs, explicitly",
    changes=(Change(".env", "PORT=3000", "NODE_ENV=production\nPORT=3000"),),
)
LINKS = {
    "cookie not kept": Level.SOMETIMES,
    "cookie does not come back": Level.USUALLY,
    "not secured": Level.SOMETIMES,
    "login without Set-Cookie": Level.SOMETIMES,
    "401 after a restart": Level.SOMETIMES,
    "session rows missing after login": Level.SOMETIMES,
}
REMARK = "Options of the session depend on NODE_ENV"
WHY = "that is right on a developer's machine; nothing that was given shows that users meet it"

OPTIONS: Final = ("cookie.secure", "cookie.sameSite", "cookie.domain", "store")


def judge(facts: Facts) -> Finding:
    chosen = list(_chosen(facts))
    if not chosen:
        return code.absent(facts, "no option of the session depends on NODE_ENV", *OPTIONS)
    known = [one for one in code.environments(facts) if "NODE_ENV" in one.names or one.node_env]
    if not code.environments(facts):
        return Unseen(Need.ENVIRONMENT, "the service's environment was not given")
    wrong = [one for one in code.environments(facts) if one.node_env != "production"]
    if known and not wrong:
        return RuledOut(f"NODE_ENV is production in {known[0].source}")
    proof = (*(source.evidence(one.place, f"{one.name} depends on NODE_ENV") for source, one in chosen), *map(_told, wrong))
    return code.possible(facts, LINKS, proof, WHY, REMARK)


def _chosen(facts: Facts) -> Iterator[tuple[Source, Setting]]:
    for source, _, setting in code.options(facts, *OPTIONS):
        if isinstance(setting.value, Choice) and setting.value.variable == "NODE_ENV":
            yield source, setting


def _told(environment: Environment) -> Evidence:
    says = f'NODE_ENV is "{environment.node_env}"' if environment.node_env else "NODE_ENV is not set"
    return Evidence(says, "environment", environment.source)
