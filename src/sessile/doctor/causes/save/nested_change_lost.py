"""A value inside the session is changed in place, which the framework does not notice, so the change is not saved.

Symptom: what a request put into a cart, a list or a user's own dictionary is gone at the next one; keys that are assigned as
    such stay. Where the login itself is kept in such a value, nobody stays logged in.
Evidence: the source changes session['cart']['x'], or appends to a list in it, in a function that assigns no key of the
    session and does not say session.modified = True. Starlette before 1.0 saved at every response; Flask does where sessions
    are permanent and refreshed at each request; Django where SESSION_SAVE_EVERY_REQUEST is set.
Tell apart: an assignment session['cart'] = ... in the same request is saved, whatever else is wrong. sessile compares what it
    read with what is there at the end, so that it notices such changes.
Fix: assign the key anew, or say that the session is modified. No session is lost.
"""

from collections.abc import Iterator

from sessile.doctor import layers
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.source import Act, Deed, Framework, Literal, Source
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Noted, Remedy, RuledOut, Unseen
from sessile.doctor.layers import Keeper, Layer
from sessile.doctor.signed_data import IDENTITIES

ENTRIES = ("starlette-nested-mutation-lost", "flask-nested-mutation")
FREQUENCY = Frequency.COMMON
REMEDY = Remedy(
    "Assign the key anew after a change inside its value",
    changes=(
        Change(
            "Starlette and FastAPI",
            'request.session["cart"]["tea"] = 1',
            'request.session["cart"] = {**request.session["cart"], "tea": 1}',
        ),
        Change("Flask", 'session["cart"]["tea"] = 1', 'session["cart"]["tea"] = 1\nsession.modified = True'),
        Change(
            "Django", 'request.session["cart"]["tea"] = 1', 'request.session["cart"]["tea"] = 1\nrequest.session.modified = True'
        ),
    ),
)
LINKS = {"login, then 401": Level.RARELY, "same user logs in again and again": Level.RARELY}
SINCE = (1, 0)
"""Starlette saves only what it sees being changed since this version (starlette/middleware/sessions.py)."""


def judge(facts: Facts) -> Finding:
    if not layers.sources(facts):
        return Unseen(Need.SOURCE, "no source of a service in Python was given")
    lost = [(source, act) for layer in layers.layers(facts) for source, act in _lost(layer)]
    if not lost:
        return RuledOut("no value inside a session is changed where the framework does not notice")
    named = {act.place for source, _ in lost for act in source.did(Deed.LOGS_IN_INSIDE)}
    of_login = [(source, act) for source, act in lost if act.place in named or IDENTITIES.match(act.detail)]
    if of_login:
        return Confirmed(_shown(of_login), f"The login is written inside session['{of_login[0][1].detail}'], and not saved")
    why = "the change is lost, and the login stays; without SESSION_SAVE_EVERY_REQUEST and its like it never arrives"
    return Noted(_shown(lost), why, f"A change inside session['{lost[0][1].detail}'] is not saved")


def _shown(lost: list[tuple[Source, Act]]) -> tuple[Evidence, ...]:
    return tuple(
        source.evidence(act.place, f"session['{act.detail}'] is changed inside, and nothing tells the session")
        for source, act in lost[:3]
    )


def _lost(layer: Layer) -> Iterator[tuple[Source, Act]]:
    if not _notices_nothing(layer):
        return
    yield from ((layer.source, act) for act in layer.source.did(Deed.CHANGES_INSIDE))


def _notices_nothing(layer: Layer) -> bool:
    """Whether the framework saves only what it sees being changed."""
    match layer.keeper:
        case Keeper.STARLETTE:
            pinned = layers.version(layer.source, "starlette")
            return not pinned or pinned >= SINCE
        case Keeper.FLASK:
            return not (_permanent(layer) and layer.plain("every_request") is not False)
        case Keeper.FLASK_SESSION:
            return layer.plain("every_request") is False
        case Keeper.DJANGO:
            return layer.plain("every_request") is False
    return False


def _permanent(layer: Layer) -> bool:
    """Whether sessions may be permanent, which Flask sends anew at each request."""
    if layer.source.framework is not Framework.FLASK or isinstance(layer.plain("every_request"), Unknown):
        return True
    setting = layer.step.setting("session.permanent")
    return setting is not None and not (isinstance(setting.value, Literal) and setting.value.value is False)
