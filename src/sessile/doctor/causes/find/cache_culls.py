"""The cache that holds Django's sessions is full, and drops some of its entries, sessions among them.

Symptom: users are logged out at random, the more of them the more is going on; a login helps for a while.
Evidence: the settings keep sessions in a cache alone (`backends.cache`), and the cache is one of files or of a table, which holds
    300 entries where MAX_ENTRIES says nothing else, and drops a third of them when it is full. The code puts other data into
    the same cache.
Tell apart: with `backends.cached_db` the row is there all the same. A cache in the process's memory is find-process-memory.
Fix: keep the sessions in the database, or give them a cache of their own with room for all. Sessions in the cache end once.
"""

from collections.abc import Iterator

from sessile.doctor import layers
from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Noted, Remedy, RuledOut, Unseen
from sessile.doctor.layers import Keeper

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Keep the sessions in the database, with the cache before it",
    logs_out="whoever is logged in, once",
    instead="MAX_ENTRIES in OPTIONS, far above the number of sessions, keeps them where they are",
    changes=(
        Change(
            "Django",
            'SESSION_ENGINE = "django.contrib.sessions.backends.cache"',
            'SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"',
        ),
    ),
)
LINKS = {
    "login, then 401": Level.RARELY,
    "intermittent 401": Level.SOMETIMES,
    "same user logs in again and again": Level.SOMETIMES,
}
CERTAINTY = 0.9
FEW = 2000
"""A cache of fewer entries is soon full of pages and queries."""
WHY = "nothing but sessions is seen to be put there, so it is full when so many users are logged in"


def judge(facts: Facts) -> Finding:
    if not code.any_python(facts):
        return Unseen(Need.SOURCE, "no source of a Django project was given")
    small = tuple(_small(facts))
    if not small:
        return RuledOut("no session is kept in a small cache alone")
    others = code.shown(code.in_python(facts, Deed.FILLS_CACHE), "this is put into the same cache, for each of many keys")
    if others:
        return Confirmed((*small, *others[:2]), certainty=CERTAINTY)
    return Noted(small, WHY, "The cache that holds the sessions has room for few")


def _small(facts: Facts) -> Iterator[Evidence]:
    for layer in layers.layers(facts, Keeper.DJANGO):
        if (entries := layer.cache_entries) is not None and entries < FEW:
            says = f"sessions are kept in a cache of {entries} entries"
            yield layer.evidence(layer.step.setting("CACHES"), says)
