"""The framework keeps the session's data in the cookie itself: there is no row to find, and none is missing.

Symptom: somebody looks for the rows of sessions that never had any, takes the empty table for the cause, and mends it in
    vain.
Evidence: the source uses Starlette's SessionMiddleware, Flask's own sessions or Django's signed_cookies, or the recorded
    cookie has their form: data, a time, a signature. `sessile why COOKIE` takes one apart.
Tell apart: a cookie of connect-pg-simple begins with s: and names a row; Django's other engines have a key of 32 characters.
Fix: nothing, for that; the logout has another cause, at set, keep, send, verify or live. To be able to end sessions on the
    server, keep them there.
"""

from sessile.doctor import layers
from sessile.doctor.facts import Database, Evidence, Facts
from sessile.doctor.facts.cookies import CookieSet, Value
from sessile.doctor.findings import Change, Finding, Need, Noted, Remedy, RuledOut, Unseen
from sessile.doctor.layers import Storage
from sessile.doctor.signed_data import recognised

ENTRIES = ("starlette-session-is-not-in-postgres",)
REMEDY = Remedy(
    "Look for the cause on the cookie's way; to keep sessions on the server, use a layer that does",
    changes=(
        Change(
            "Starlette and FastAPI",
            "from starlette.middleware.sessions import SessionMiddleware",
            "from sessile.integrations.starlette import SessionMiddleware   # takes over who comes with a cookie of before",
        ),
    ),
)
WHY = "such sessions have no rows: nothing is missing in the database"


def judge(facts: Facts) -> Finding:
    in_cookie = [layer for layer in layers.layers(facts) if layer.storage is Storage.COOKIE]
    found = tuple(
        layer.evidence(layer.option("secret"), f"{layer.keeper} keeps the session in the cookie") for layer in in_cookie
    )
    found = found or _on_the_wire(facts)
    looked_for = isinstance(facts.database, Database)
    if found and looked_for:
        return Noted(found[:2], WHY, "The sessions are in the cookies, not in the database")
    if found:
        return RuledOut("nobody looked for rows")
    return (
        RuledOut("no session is kept in the cookie")
        if layers.sources(facts) or facts.wires
        else Unseen(Need.SOURCE, "no source was given")
    )


def _on_the_wire(facts: Facts) -> tuple[Evidence, ...]:
    for wire in facts.wires:
        for one in wire.exchanges:
            cookies = one.response.set_cookies if one.response else ()
            for cookie in cookies if isinstance(cookies, tuple) else ():
                data = _held(cookie)
                if data:
                    return (wire.evidence(one, f"{cookie.name} is a {data} cookie: it holds the session's data itself"),)
    return ()


def _held(cookie: CookieSet) -> str:
    data = recognised(cookie.value.concealed.reveal()) if isinstance(cookie.value, Value) else None
    return str(data.maker) if data else ""
