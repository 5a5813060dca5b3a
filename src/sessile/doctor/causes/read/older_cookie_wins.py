"""A slow answer sends the session's cookie of before over a newer one, so what was changed meanwhile is undone.

Symptom: a login, a logout or an OAuth state is lost now and then, while several requests are on their way at once:
    "mismatching_state".
Evidence: in a recording one answer sets the cookie with new data, and an answer to an earlier request then sets it again with
    the data of before; the next request carries the old data. It needs a layer that keeps the data in the cookie and sends it
    at every answer: Starlette before 1.0, Flask with permanent sessions.
Tell apart: by the order of the two answers; where the data is on the server this cannot happen by the cookie.
Fix: upgrade Starlette; in Flask set SESSION_REFRESH_EACH_REQUEST = False.
"""

from collections.abc import Iterator

from sessile.doctor import layers
from sessile.doctor.facts import Evidence, Facts, Wire
from sessile.doctor.facts.cookies import CookieSet, Value
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.layers import Keeper
from sessile.doctor.signed_data import SignedData, recognised

ENTRIES = ("starlette-cookie-race",)
UNPROVOKED = (
    "Starlette before 1.0 does not run on today's FastAPI, and the order of two answers is up to chance; it is tested"
    " on recordings."
)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Send the cookie only when the session was changed",
    changes=(
        Change("requirements.txt", "starlette<1", "starlette>=1"),
        Change("Flask", "SESSION_REFRESH_EACH_REQUEST = True", "SESSION_REFRESH_EACH_REQUEST = False"),
    ),
)
LINKS = {"cookie comes back in vain": Level.RARELY, "login, then 401": Level.RARELY}


def judge(facts: Facts) -> Finding:
    undone = next((found for wire in facts.wires for found in _undone(wire)), None)
    if undone:
        return Confirmed(undone)
    lost_state = tuple(log.evidence(event) for log in facts.logs for event in log.events if event.code == "OAUTH_STATE")
    prone = tuple(
        source.evidence(step.place, "this version sends the cookie at every answer")
        for source in layers.sources(facts)
        for step in (layer.step for layer in layers.layers(facts, Keeper.STARLETTE) if layer.source is source)
        if (pinned := layers.version(source, "starlette")) and pinned < (1, 0)
    )
    if lost_state and prone:
        return Undecided((*lost_state, *prone))
    if facts.wires:
        return RuledOut("no answer undoes what another one changed")
    return Undecided(lost_state) if lost_state else Unseen(Need.WIRE, "no recording was given")


def _undone(wire: Wire) -> Iterator[tuple[Evidence, ...]]:
    """Each two answers of which the one to the earlier request came later, with the data that the other one had changed."""
    setting = [(one, cookie, data) for one in wire.exchanges for cookie in _set(one) if (data := _data(cookie))]
    for newer, new_cookie, new in setting:
        for older, old_cookie, old in setting:
            overlap = older.started < (newer.ended or newer.started) < (older.ended or older.started)
            if not overlap or new_cookie.name != old_cookie.name or new.digest == old.digest:
                continue
            if old.digest in _sent(newer, new_cookie.name):
                first = wire.evidence(newer, f"{newer} sets {new_cookie.name} with new data")
                yield first, wire.evidence(older, f"{older}, asked before and answered after it, sets the data of before again")


def _set(one: Exchange) -> tuple[CookieSet, ...]:
    cookies = one.response.set_cookies if one.response else ()
    return cookies if isinstance(cookies, tuple) else ()


def _sent(one: Exchange, name: str) -> tuple[str, ...]:
    sent = one.request.cookies
    return tuple(
        data.digest for cookie in (sent if isinstance(sent, tuple) else ()) if cookie.name == name and (data := _of(cookie.value))
    )


def _data(cookie: CookieSet) -> SignedData | None:
    return _of(cookie.value)


def _of(value: object) -> SignedData | None:
    return recognised(value.concealed.reveal()) if isinstance(value, Value) else None
