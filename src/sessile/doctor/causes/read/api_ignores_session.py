"""Django REST framework is told not to read the session, so its views answer 401 to whoever is logged in on the pages.

Symptom: the login works, pages know the user, and /api/ answers 401 or 403 "Authentication credentials were not provided."
Evidence: in the settings, REST_FRAMEWORK has DEFAULT_AUTHENTICATION_CLASSES without SessionAuthentication, while people log in
    by session.
Tell apart: pages and API get the same cookie, and only the API does not know it. A client with a token of its own is not
    affected: where only such clients call the API, this is as it should be.
Fix: add SessionAuthentication for the pages' own calls; they then need the CSRF token. No session is lost.
"""

from sessile.doctor import layers
from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Literal, Made, Several
from sessile.doctor.findings import Change, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen
from sessile.doctor.layers import Keeper, Layer

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
UNPROVOKED = "Django REST framework is not installed here; it is tested on settings as its documentation has them."
REMEDY = Remedy(
    "Let the API read the session, too",
    changes=(
        Change(
            "Django",
            '"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]',
            '"DEFAULT_AUTHENTICATION_CLASSES": [\n'
            '    "rest_framework.authentication.TokenAuthentication",\n'
            '    "rest_framework.authentication.SessionAuthentication",\n]',
        ),
    ),
)
LINKS = {
    "login, then 401": Level.USUALLY,
    "one login, then 401": Level.USUALLY,
    "turned away after the login": Level.USUALLY,
    "cookie comes back in vain": Level.USUALLY,
}
WHY = "clients with tokens are let in; nothing that was given shows that the pages call the API"
REMARK = "The API does not read the session"


def judge(facts: Facts) -> Finding:
    projects = tuple(layers.layers(facts, Keeper.DJANGO))
    if not projects:
        return Unseen(Need.SOURCE, "the settings of no Django project were given")
    if found := tuple(one for layer in projects for one in _without(layer)):
        return code.possible(facts, LINKS, found, WHY, REMARK)
    return RuledOut("no setting keeps an API from reading the session")


def _without(layer: Layer) -> tuple[Evidence, ...]:
    setting = layer.step.setting("REST_FRAMEWORK")
    made = setting.value if setting and isinstance(setting.value, Made) else None
    classes = next((one for one in made.settings if one.name == "DEFAULT_AUTHENTICATION_CLASSES"), None) if made else None
    if classes is None or not isinstance(classes.value, Several):
        return ()
    names = [one.value for one in classes.value.items if isinstance(one, Literal) and isinstance(one.value, str)]
    if len(names) < len(classes.value.items) or not names or not all(name.startswith(KNOWN) for name in names):
        return ()
    if any(name.endswith(("SessionAuthentication", "RemoteUserAuthentication")) for name in names):
        return ()
    return (layer.evidence(classes, f"the API knows users by {', '.join(name.rpartition('.')[2] for name in names)} only"),)


KNOWN = ("rest_framework.authentication.", "rest_framework_simplejwt.authentication.", "knox.auth.")
"""Where classes come from that are known to read no session."""
