"""Sessions are kept in the memory of one process of a service in Python, so that no other process and no restart knows them.

Symptom: 401 at random where several processes answer, the more of them the oftener; everybody is out after each deploy.
Evidence: the source keeps sessions in a dictionary of its module, in Django's cache LocMemCache, in cachelib's SimpleCache or
    in sessile's MemoryStore; the start command, a gunicorn file or the platform says that several processes answer, or one
    cookie is let in and turned away by turns.
Tell apart: a secret that differs between the processes gives the same mix, but there the rows, or the data in the cookies,
    are intact. Express's MemoryStore is boot-memory-store.
Fix: keep the sessions in the database. What is in memory cannot be carried over: announce one last logout.
"""

from sessile.doctor import alternation, layers, running
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Noted, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.layers import Storage

ENTRIES = ("fastapi-memory-sessions", "django-cache-session-locmem")
FREQUENCY = Frequency.COMMON
REMEDY = Remedy(
    "Keep the sessions in the database, which every process and every start asks",
    logs_out="whoever logged in since the last start, once",
    instead="nothing carries a process's memory over: deploy it with a start that comes anyway",
    changes=(
        Change(
            "Starlette and FastAPI",
            "sessions = {}",
            'app.add_middleware(SessionMiddleware, store=PostgresStore(DATABASE_URL), secret=os.environ["SESSION_SECRET"])',
        ),
        Change(
            "Django",
            'SESSION_ENGINE = "django.contrib.sessions.backends.cache"',
            'SESSION_ENGINE = "django.contrib.sessions.backends.db"',
        ),
        Change("Flask-Session", 'SESSION_TYPE = "cachelib"', 'SESSION_TYPE = "redis"'),
        Change("sessile (Starlette, FastAPI, Flask)", "store=MemoryStore()", "store=PostgresStore()"),
    ),
)
LINKS = {
    "intermittent 401": Level.USUALLY,
    "401 after a restart": Level.ALWAYS,
    "login, then 401": Level.SOMETIMES,
    "cookie comes back in vain": Level.SOMETIMES,
}


def judge(facts: Facts) -> Finding:
    if not layers.sources(facts):
        return Unseen(Need.SOURCE, "no source of a service in Python was given")
    kept = _kept(facts)
    if not kept:
        return RuledOut("no session layer keeps its data in the process's memory")
    several = running.several(facts)
    if several:
        return Confirmed((*kept[:2], *several[:2]), "Sessions are in each process's own memory, and several processes answer")
    if turns := alternation.alternating(facts):
        return Confirmed(
            (*kept[:2], *turns[:1]), "Sessions are in each process's own memory, and one cookie is answered by several"
        )
    suffering = any(log.boots > 1 or log.login_then_401 for log in facts.logs)
    if suffering:
        return Undecided(kept)
    return Noted(
        kept[:2], "one process answers as far as is known; each of its starts logs everybody out", "Sessions are in memory"
    )


def _kept(facts: Facts) -> tuple[Evidence, ...]:
    in_layers = tuple(
        layer.evidence(layer.memory, f"{layer.keeper} keeps the sessions in the process's memory")
        for layer in layers.layers(facts)
        if layer.storage is Storage.MEMORY
    )
    return in_layers + tuple(
        source.evidence(act.place, "sessions are kept in a dictionary of the process")
        for source in layers.sources(facts)
        for act in source.did(Deed.KEEPS_IN_MEMORY)
    )
