"""Django's table of sessions does not exist.

Symptom: the login answers 500, and so does every request with a cookie of before.
Evidence: 42P01 relation "django_session" does not exist. The settings keep sessions in the database, and it has no table with
    session_key, session_data and expire_date.
Tell apart: connect-pg-simple's and sessile's table is called session: that is boot-table-missing.
Fix: run the migrations of django.contrib.sessions, and let each deploy run them before it starts. There is nothing to lose.
"""

from sessile.doctor import layers
from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Database, Evidence, Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.facts.other_tables import Library
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut
from sessile.doctor.layers import Keeper, Layer

ENTRIES = ("django-table-missing",)
FREQUENCY = Frequency.COMMON
REMEDY = Remedy(
    "Run Django's migrations, at each deploy before the start",
    "python manage.py migrate sessions",
    changes=(
        Change(
            "render.yaml",
            "startCommand: gunicorn shop.wsgi",
            "preDeployCommand: python manage.py migrate\nstartCommand: gunicorn shop.wsgi",
        ),
    ),
)
LINKS = {"server errors with a cookie": Level.ALWAYS, "save errors": Level.SOMETIMES}
SIGN = Sign(("42P01",), only="django_session", text='relation "django_session" does not exist')
IN_DATABASE = ("django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cached_db")


def judge(facts: Facts) -> Finding:
    table = next((one for one in facts.other_tables if one.library is Library.DJANGO), None)
    logged = signs.judge(facts, SIGN)
    if table and table.gone:
        migrated = Evidence("Django has created its table of sessions here, and it is not there", "postgres", table.name)
        return Confirmed((migrated, *signs.proof(facts, SIGN)))
    if table:
        return RuledOut(f"{table.name} is there")
    needing = [layer for layer in layers.layers(facts, Keeper.DJANGO) if _in_database(layer)]
    looked = isinstance(facts.database, Database) and isinstance(sight.server(facts), Server)
    if needing and looked:
        none = Evidence("no relation has the columns session_key, session_data and expire_date", "postgres", "pg_class")
        settings = needing[0].evidence(needing[0].step.setting("SESSION_ENGINE"), "Django keeps its sessions in the database")
        return Confirmed((none, settings, *signs.proof(facts, SIGN)))
    if logged:
        return logged
    return RuledOut("no such table is asked for") if facts.sources and not needing else signs.absent(facts)


def _in_database(layer: Layer) -> bool:
    setting = layer.step.setting("SESSION_ENGINE")
    return setting is None or layer.plain("SESSION_ENGINE") in IN_DATABASE
