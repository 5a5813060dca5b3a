"""A cookie that holds the session is not renewed while its user is active, so it ends a fixed time after the last change.

Symptom: active users are logged out 14 days after their login, on the day; since Starlette 1.0, where every answer renewed
    the cookie before.
Evidence: the cookie's own time, which the signature covers, is older than max_age (Flask: PERMANENT_SESSION_LIFETIME) when
    the request is turned away. `sessile why COOKIE` names its age. In the source the middleware has a max_age, and no request
    writes to the session.
Tell apart: a changed secret turns away new cookies as well; here a new login always works.
Fix: write something at each request or once a day, or choose a longer max_age: cookies that were signed before stay valid.
"""

from collections.abc import Iterator
from datetime import timedelta

from sessile.doctor import layers
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.cookies import CookieSent, Value
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Noted, Remedy, RuledOut, Unseen
from sessile.doctor.layers import Keeper, Layer
from sessile.doctor.signed_data import Maker, SignedData, recognised
from sessile.doctor.visits import turned_away

ENTRIES = ("starlette-1x-not-rolling",)
UNPROVOKED = "It needs a cookie that is weeks old; it is tested on recordings with cookies in the form of itsdangerous's."
FREQUENCY = Frequency.COMMON
REMEDY = Remedy(
    "Renew the cookie of an active user, at most once a day",
    changes=(
        Change(
            "Starlette and FastAPI",
            "return await call_next(request)",
            'if request.session.get("seen", 0) < time.time() - 86400:\n    request.session["seen"] = time.time()\n'
            "return await call_next(request)",
        ),
        Change("Starlette and FastAPI, or longer", "max_age=14 * 24 * 3600", "max_age=90 * 24 * 3600"),
        Change(
            "sessile, which renews it by itself",
            "from starlette.middleware.sessions import SessionMiddleware",
            "from sessile.integrations.starlette import SessionMiddleware   # takes over who comes with a cookie of before",
        ),
    ),
)
LINKS = {"cookie comes back in vain": Level.SOMETIMES, "login, then 401": Level.NEVER}
KEEPERS = {Maker.STARLETTE: Keeper.STARLETTE, Maker.FLASK: Keeper.FLASK}
SINCE = (1, 0)


def judge(facts: Facts) -> Finding:
    old = next(_too_old(facts), None)
    if old:
        return Confirmed((old,), certainty=0.97)
    fixed = [layer for layer in layers.layers(facts, Keeper.STARLETTE) if _never_renewed(layer)]
    if fixed:
        layer = fixed[0]
        age = layer.plain("max_age")
        says = f"the cookie ends {_spelled(age)} after the session's last change, used or not"
        why = "it logs out active users that often, and nobody before"
        return Noted((layer.evidence(layer.option("max_age"), says),), why, "Starlette does not renew the cookie of active users")
    if any(_held(facts)):
        return RuledOut("no cookie was turned away for its age")
    return (
        RuledOut("no such layer is used")
        if layers.sources(facts)
        else Unseen(Need.WIRE, "no cookie that holds its data was recorded")
    )


def _too_old(facts: Facts) -> Iterator[Evidence]:
    """The requests that were turned away with a cookie older than its framework accepts."""
    for wire in facts.wires:
        for one in wire.exchanges:
            sent = one.request.cookies
            for cookie in sent if isinstance(sent, tuple) and turned_away(one) else ():
                data, limit = _data(cookie), None
                if data:
                    limit = _lifetime(facts, data)
                    age = timedelta(seconds=one.started / 1000 - data.signed.timestamp())
                    if limit and age > limit:
                        says = (
                            f"{one} carried a {data.maker} cookie signed {_days(age)} before; it is accepted for {_days(limit)}"
                        )
                        yield wire.evidence(one, says)


def _held(facts: Facts) -> Iterator[SignedData]:
    for wire in facts.wires:
        for one in wire.exchanges:
            sent = one.request.cookies
            yield from (data for cookie in (sent if isinstance(sent, tuple) else ()) if (data := _data(cookie)))


def _data(cookie: CookieSent) -> SignedData | None:
    found = recognised(cookie.value.concealed.reveal()) if isinstance(cookie.value, Value) else None
    return found if found and found.maker in KEEPERS else None


def _lifetime(facts: Facts, data: SignedData) -> timedelta | None:
    for layer in layers.layers(facts, KEEPERS[data.maker]):
        age = layer.plain("max_age")
        return timedelta(seconds=age) if isinstance(age, int | float) else None
    return data.maker.lifetime


def _never_renewed(layer: Layer) -> bool:
    pinned = layers.version(layer.source, "starlette")
    age = layer.plain("max_age")
    return isinstance(age, int | float) and (not pinned or pinned >= SINCE)


def _spelled(age: object) -> str:
    return _days(timedelta(seconds=age)) if isinstance(age, int | float) else "a fixed time"


def _days(span: timedelta) -> str:
    return f"{span.days} days" if span.days else f"{span.total_seconds() / 3600:g} hours"
