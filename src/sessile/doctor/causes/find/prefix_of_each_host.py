"""The keys of sessions begin with the name of the host, or the number of the process, that wrote them: no other one finds them.

Symptom: logged out at random where several hosts or processes answer, the more of them the oftener; everybody after a deploy
    that gives hosts new names.
Evidence: in the source the cache that keeps the sessions has a KEY_PREFIX, or Flask-Session a SESSION_KEY_PREFIX, made of
    HOSTNAME, gethostname(), getpid() or the like.
Tell apart: one store of several databases, or a prefix that differs between two versions (find-redis-prefix-differs). Here the
    sessions of all stand side by side, each under its writer's name.
Fix: one fixed prefix for all. Sessions under the old ones are not found any more.
"""

import re
from typing import Final

from sessile.doctor import alternation, layers, running
from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Act, Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Give every host the same prefix; keep what is each host's own in a cache of its own",
    logs_out="whoever is logged in, once",
    instead="the keys can be renamed in Redis to the new prefix (SCAN, RENAME) while the service is down",
    changes=(
        Change("Django", '"KEY_PREFIX": f"shop:{HOSTNAME}"', '"KEY_PREFIX": "shop"'),
        Change("Flask-Session", 'SESSION_KEY_PREFIX = f"{HOSTNAME}:"', 'SESSION_KEY_PREFIX = "session:"'),
    ),
)
LINKS = {
    "intermittent 401": Level.USUALLY,
    "login, then 401": Level.SOMETIMES,
    "one login, then 401": Level.SOMETIMES,
    "cookie comes back in vain": Level.SOMETIMES,
    "turned away after the login": Level.SOMETIMES,
    "401 after a restart": Level.SOMETIMES,
}
HOST: Final = "host"
PROCESS: Final = "process"
HOSTS: Final = re.compile(r"holds [A-Z_]+$|gethostname|getfqdn|uname|platform\.node")
WHY = "one host finds its own sessions; nothing that was given shows a second one"


def judge(facts: Facts) -> Finding:
    coded = tuple(
        source.evidence(act.place, f"{act.detail}, which differs from one {_differs_by(act)} to the next")
        for source, act in code.in_python(facts, Deed.KEYS_BY_HOST)
        if any(layer.cached for layer in layers.layers(facts) if layer.source is source)
    )
    if not code.any_python(facts):
        return Unseen(Need.SOURCE, "no source of a service in Python was given")
    if not coded:
        return RuledOut("no prefix of the sessions' keys differs between hosts")
    by_process = any(_differs_by(act) == PROCESS for _, act in code.in_python(facts, Deed.KEYS_BY_HOST))
    shown = _side_by_side(facts, by_process=by_process)
    if shown:
        return Confirmed((*coded, *shown))
    return code.possible(facts, LINKS, coded, WHY)


def _differs_by(act: Act) -> str:
    return HOST if HOSTS.search(act.detail) else PROCESS


def _side_by_side(facts: Facts, *, by_process: bool) -> tuple[Evidence, ...]:
    """What shows that several answer: the processes of one host have one name in common."""
    copies, _ = running.processes(facts)
    return running.several(facts)[:1] if by_process or copies > 1 else alternation.alternating(facts)[:1]
