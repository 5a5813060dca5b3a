"""Two session middlewares of one service write the same cookie, each with a secret of its own.

Symptom: nobody stays logged in; or a visit to the part that is mounted with its own middleware logs out of the rest.
Evidence: in the code, SessionMiddleware is added twice, or once to the application and once to one that it mounts, both with the
    same name of the cookie and with different secrets. The one signs the cookie anew that the other one wrote, or cannot read it
    and begins an empty session. Two applications that are not mounted do so where a proxy puts them on one host: the log then
    tells of signatures that match no key.
Tell apart: a secret that differs between instances turns away by turns. Two services on one host are send-name-collision.
Fix: add one middleware, around everything; or give the second one's cookie a name of its own. Whoever is logged in logs in
    again.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from sessile.doctor import layers, secrets
from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.source import Deed, Literal, Source, Variable
from sessile.doctor.findings import Change, Finding, Frequency, Level, Need, Noted, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.layers import Keeper, Layer

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Add one session middleware, or give each cookie a name of its own",
    changes=(
        Change(
            "Starlette and FastAPI",
            "app.add_middleware(SessionMiddleware, secret_key=one)\napp.add_middleware(SessionMiddleware, secret_key=other)",
            "app.add_middleware(SessionMiddleware, secret_key=one)",
        ),
        Change(
            "Starlette and FastAPI, an application that is mounted",
            "Middleware(SessionMiddleware, secret_key=admin_key)",
            'Middleware(SessionMiddleware, secret_key=admin_key, session_cookie="admin_session")',
        ),
    ),
)
PLAIN: Final = (Keeper.STARLETTE, Keeper.SESSILE)
LINKS = {
    "signature invalid": Level.USUALLY,
    "login, then 401": Level.USUALLY,
    "turned away after the login": Level.USUALLY,
    "cookie comes back in vain": Level.USUALLY,
    "intermittent 401": Level.RARELY,
}
WHY = "a visit to the one part replaces the cookie of the other; nothing that was given shows that users go to both on one host"
REMARK = "Two session middlewares write the same cookie with different secrets"


def judge(facts: Facts) -> Finding:
    if not code.any_python(facts):
        return Unseen(Need.SOURCE, "no source of a service in Python was given")
    for source in layers.sources(facts):
        proof = _proof(source, facts)
        if proof and source.ordered:
            return code.certain(facts, *proof)
        if proof and source.did(Deed.MOUNTS):
            return code.possible(facts, LINKS, proof, WHY, REMARK)
        if proof and (rejected := secrets.rejected(facts)):
            return Undecided((*proof, *rejected[:1]), remark=Noted(proof, WHY, REMARK))
    return RuledOut("no two session middlewares share a cookie without sharing the secret")


def _proof(source: Source, facts: Facts) -> tuple[Evidence, ...]:
    every = [one for one in layers.layers(facts, *PLAIN) if one.source is source and not one.step.conditional]
    for first, second in pairwise(every):
        if first.keeper is second.keeper and _of_one_name(first, second) and _differ(first, second):
            return tuple(_shown(first, second))
    return ()


def _of_one_name(first: Layer, second: Layer) -> bool:
    """Whether both write one cookie; sessile has its name and path in a policy, and those of the default where none is given."""
    if first.keeper is Keeper.SESSILE:
        return first.step.setting("cookie") is None and second.step.setting("cookie") is None
    return first.plain("name") == second.plain("name") and first.plain("path") == second.plain("path")


def _shown(*both: Layer) -> Iterator[Evidence]:
    yield from (
        one.evidence(one.option("secret"), f"a session middleware for the cookie {one.plain('name') or 'connect.sid'}")
        for one in both
    )


def _differ(first: Layer, second: Layer) -> bool:
    """Whether the secrets are known to be two."""
    one, other = _name(first), _name(second)
    return "" not in (one, other) and one != other


def _name(layer: Layer) -> str:
    """What tells a layer's secret from another one: the variable that has it, or its text; "" where nobody can tell."""
    setting = layer.option("secret")
    match setting.value if setting else None:
        case Variable(name, None):
            return f"${name}"
        case Literal(Concealed() as text):
            return text.reveal()
    return ""
