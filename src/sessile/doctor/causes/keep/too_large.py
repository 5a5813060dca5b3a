"""The cookie is larger than a browser stores: the session itself is kept in it, and has grown.

Symptom: some users cannot log in, or what they do is forgotten; others are well. It comes with more data of the user.
Evidence: name and value have more than 4096 octets together: NameValuePairExceedsMaxSize. Flask warns in its log, "The
    'session' cookie is too large"; Starlette and cookie-session say nothing.
Tell apart: by the size. A cookie that holds a session's id has about 100 octets and never gets there.
Fix: keep sessions on the server, and only their id in the cookie; take over who comes with a cookie of before, and nobody is
    logged out. Until then, keep less in the session.
"""

from collections.abc import Iterator

from sessile.cookies import Reason
from sessile.doctor.causes import carried, unkept
from sessile.doctor.facts import Evidence, Facts, Wire
from sessile.doctor.findings import Confirmed, Finding, Level, Remedy
from sessile.doctor.visits import session_names

ENTRIES = ("cookie-too-large",)
REMEDY = Remedy(
    "Keep the session on the server, and only its id in the cookie",
    changes=carried.ON_THE_SERVER,
)
LINKS = {"cookie not kept": Level.ALWAYS, "cookie does not come back": Level.USUALLY}


def judge(facts: Facts) -> Finding:
    found = [evidence for wire in facts.wires for evidence in _too_large(wire)]
    if found:
        return Confirmed(tuple(found[:2]))
    return unkept.nothing(facts, "no session cookie has more than 4096 octets")


def _too_large(wire: Wire) -> Iterator[Evidence]:
    """Not only logins: whatever changes a session that is kept in the cookie sets it anew."""
    names = session_names(wire)
    for one in wire.exchanges:
        lines = one.response.set_cookies if one.response else ()
        for line in lines if isinstance(lines, tuple) else ():
            if line.name in names and line.dropped is Reason.NAME_VALUE_PAIR_EXCEEDS_MAX_SIZE:
                says = f"{one} sets {line.name} with {line.size} octets of name and value, and a browser stores at most 4096"
                yield wire.evidence(one, f"{says} (NameValuePairExceedsMaxSize)")
