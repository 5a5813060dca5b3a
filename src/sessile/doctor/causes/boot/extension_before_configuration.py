"""Flask-Session is set up before the application has its settings, so it does not learn where to keep sessions.

Symptom: the service does not start, or every page that needs the session fails; with older versions nothing is kept.
Evidence: in the source, `Session(app)` or `sessions.init_app(app)` stands before `app.config.from_object(...)` in the factory;
    the log has "Unrecognized value for SESSION_TYPE: null".
Tell apart: a type that Flask-Session does not know, or whose package is not installed, is named in the same line: not null.
Fix: give the application its settings first, then hand it to the extensions. No session is lost.
"""

from sessile.doctor.causes import code, signs
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
UNPROVOKED = "Flask-Session is no part of the lab's Flask; it is tested on the error of its source, and was met in the field."
REMEDY = Remedy(
    "Load the configuration before the extensions are set up",
    changes=(
        Change(
            "Flask",
            "sessions.init_app(app)\napp.config.from_object(Production)",
            "app.config.from_object(Production)\nsessions.init_app(app)",
        ),
    ),
)
LINKS = {"boot failed": Level.USUALLY, "server errors with a cookie": Level.SOMETIMES}
SIGN = Sign(("SESSION_TYPE",), text="Unrecognized value for SESSION_TYPE")


def judge(facts: Facts) -> Finding:
    coded = code.shown(
        code.in_python(facts, Deed.SETS_UP_UNCONFIGURED), "Flask-Session is set up here, and the settings are loaded after it"
    )
    logged = signs.judge(facts, SIGN)
    if isinstance(logged, Confirmed):
        title = "" if coded else "Flask-Session is told no type of store that it knows, or is set up before it is told"
        return Confirmed((*logged.evidence, *coded), title, certainty=0.99 if coded else logged.certainty)
    if isinstance(logged, RuledOut):
        return logged
    if coded:
        return code.certain(facts, *coded)
    return RuledOut("the settings are loaded before Flask-Session is set up") if code.any_python(facts) else signs.absent(facts)
