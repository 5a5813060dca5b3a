"""Django's CSRF cookie bears the session cookie's name, so each takes the other's place.

Symptom: nobody can log in or stay so: the login is answered 403 (CSRF), or its session is gone with the next form.
Evidence: in the settings CSRF_COOKIE_NAME and SESSION_COOKIE_NAME are the same, with the check for forgery in MIDDLEWARE: of
    two cookies of one name, host and path the browser keeps the one that was set last, and sends it as both.
Tell apart: a proxy or an origin that Django does not trust is refused by the same check (arrive-csrf-refused); there the two
    cookies have names of their own. Another app's cookie of the same name is send-name-collision.
Fix: a name of its own for the CSRF cookie. No session is lost.
"""

from sessile.doctor import layers
from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Literal
from sessile.doctor.findings import Change, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen
from sessile.doctor.layers import Keeper, Layer

ENTRIES = ("cookie-name-collision",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Give the CSRF cookie a name of its own",
    changes=(Change("Django", 'CSRF_COOKIE_NAME = "shop"', 'CSRF_COOKIE_NAME = "csrftoken"'),),
)
LINKS = {"cookie comes back in vain": Level.USUALLY, "login, then 401": Level.USUALLY}


def judge(facts: Facts) -> Finding:
    projects = tuple(layers.layers(facts, Keeper.DJANGO))
    if not projects:
        return Unseen(Need.SOURCE, "the settings of no Django project were given")
    if found := shared(facts):
        return code.certain(facts, *found)
    return RuledOut("the CSRF cookie and the session cookie have names of their own")


def shared(facts: Facts) -> tuple[Evidence, ...]:
    """The settings that give both cookies one name, () where they do not."""
    return next((found for layer in layers.layers(facts, Keeper.DJANGO) if (found := _shared(layer))), ())


def _shared(layer: Layer) -> tuple[Evidence, ...]:
    csrf = layer.step.setting("CSRF_COOKIE_NAME")
    checked = any("CsrfViewMiddleware" in step.place.excerpt for step in layer.source.steps)
    if csrf is None or not checked or layer.step.setting("CSRF_USE_SESSIONS"):
        return ()
    if not isinstance(csrf.value, Literal) or csrf.value.value != layer.plain("name"):
        return ()
    session = layer.option("name")
    says = f"the session cookie is called {csrf.value.value}"
    return (layer.evidence(csrf, "so is the CSRF cookie"), layer.evidence(session, says))
