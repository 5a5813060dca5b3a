"""Sessions name an authentication backend that the settings no longer list, so their users are nobody.

Symptom: after a deploy those are logged out who had logged in by one backend; others stay, new logins work; nothing is
    logged.
Evidence: live rows of django_session were logged in by a backend (_auth_user_backend) that AUTHENTICATION_BACKENDS in the
    settings does not name.
Tell apart: the rows are there, live, and signed by the SECRET_KEY. With a changed key everybody is out.
Fix: keep the old path in AUTHENTICATION_BACKENDS, as a subclass or an alias, until its sessions have aged out.
"""

from sessile.doctor import layers
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.other_tables import Library
from sessile.doctor.facts.source import Literal, Several
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen
from sessile.doctor.layers import Keeper, Layer

ENTRIES = ("django-backend-removed",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "List the backend again that live sessions name, until they have aged out",
    changes=(
        Change(
            "Django",
            'AUTHENTICATION_BACKENDS = ["accounts.backends.EmailBackend"]',
            'AUTHENTICATION_BACKENDS = ["accounts.backends.EmailBackend", "django.contrib.auth.backends.ModelBackend"]',
        ),
    ),
)
LINKS = {"cookie comes back in vain": Level.SOMETIMES}
DEFAULT = frozenset({"django.contrib.auth.backends.ModelBackend"})


def judge(facts: Facts) -> Finding:
    tables = [table for table in facts.other_tables if table.library is Library.DJANGO]
    projects = list(layers.layers(facts, Keeper.DJANGO))
    if not tables:
        return Unseen(Need.DATABASE, "no table of Django's sessions was seen")
    if not projects:
        return Unseen(Need.SOURCE, "the settings of the Django project were not given")
    listed = _listed(projects[0])
    if listed is None:
        return Unseen(Need.SOURCE, "AUTHENTICATION_BACKENDS cannot be told by the source alone")
    removed = [backend for table in tables for backend in table.backends if backend not in listed]
    if not removed:
        return RuledOut("every backend that live sessions name is listed")
    setting = projects[0].step.setting("AUTHENTICATION_BACKENDS")
    return Confirmed(
        (
            Evidence(f"live sessions were logged in by {removed[0]}", "postgres", tables[0].name),
            projects[0].evidence(setting, f"the settings do not list {removed[0].rpartition('.')[2]}"),
        ),
        f"Sessions name the backend {removed[0]}, which is no longer listed",
    )


def _listed(layer: Layer) -> frozenset[str] | None:
    setting = layer.step.setting("AUTHENTICATION_BACKENDS")
    if setting is None:
        return DEFAULT
    if not isinstance(setting.value, Several):
        return None
    names = [item.value for item in setting.value.items if isinstance(item, Literal) and isinstance(item.value, str)]
    return frozenset(names) if len(names) == len(setting.value.items) else None
