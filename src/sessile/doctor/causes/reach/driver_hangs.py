"""The service's pg is too old for its Node.js: no connection is ever made, and no error either.

Symptom: every request that needs a session hangs until the proxy gives up; the log is silent.
Evidence: package.json wants pg before 8.0.3 and Node.js 14 or later, and the session store is given a pool of this pg. Its
    connections wait for a state of the socket that Node.js has changed.
Tell apart: psql connects from the same machine at once. A database that is out of reach answers an error, or times out.
Fix: take pg 8.0.3 or later. No session is lost.
"""

import re

from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Made, Source
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy

ENTRIES = ("driver-runtime-incompatible-hang",)
FREQUENCY = Frequency.RARE
UNPROVOKED = "It needs a driver that is out of support since 2021; it is tested on code and the versions that it declares."
REMEDY = Remedy(
    "Take a pg that knows this Node.js",
    "npm install pg@latest connect-pg-simple@latest",
    changes=(Change("Express", '"pg": "^7.18.2"', '"pg": "^8.16.0"'),),
)
LINKS = {"server errors with a cookie": Level.SOMETIMES, "login, then 401": Level.RARELY}
MENDED = (8, 0, 3)
"""The first pg that connects on Node.js 14 and later (brianc/node-postgres, 2179)."""
CHANGED = 14
WHY = "which Node.js runs it is not told; before 14 the two get on"
REMARK = "pg is older than 8.0.3, which hangs on Node.js 14 and later"
VERSION = re.compile(r"(?P<range>[\^~=v ]*)(?P<major>\d+)(?:\.(?P<minor>\d+|x|\*))?(?:\.(?P<patch>\d+|x|\*))?\s*$")
ENGINE = re.compile(r"\s*(?:>=|\^|~|=|v)?\s*v?(\d+)")


def judge(facts: Facts) -> Finding:
    for source in code.express(facts):
        if shown := _old_driver(source):
            engine = source.packages.get("node", "")
            if (least := ENGINE.match(engine)) and int(least[1]) >= CHANGED and "||" not in engine:
                asked = Evidence(f"package.json asks for Node.js {engine}", "source", "package.json")
                return code.certain(facts, *shown, asked)
            return code.possible(facts, LINKS, shown, WHY, REMARK)
    return code.absent(facts, "no session store is given a pool of a pg before 8.0.3")


def _old_driver(source: Source) -> tuple[Evidence, ...]:
    """The pool that the session store is given, where it is of a pg that is too old whatever the lock file says."""
    declared = source.packages.get("pg", "")
    if not _too_old(declared):
        return ()
    stores = [found for step in code.sessions(source) if (found := step.setting("store")) and isinstance(found.value, Made)]
    return tuple(
        source.evidence(store.place, f"the store is given a pool, and package.json wants pg {declared}")
        for store in stores
        if isinstance(store.value, Made) and any(setting.name == "pool" for setting in store.value.settings)
    )


def _too_old(declared: str) -> bool:
    """Whether every version that this allows is too old: `^7.18.2`, `7.x`, and `8.0.2`, but not `^8.0.0`."""
    found = VERSION.match(declared)
    if not found:
        return False
    parts = [int(part) for part in found.group("major", "minor", "patch") if part and part.isdigit()]
    exact = len(parts) == len(MENDED) and found["range"].strip() in ("", "=", "v")
    return parts[0] < MENDED[0] or (exact and tuple(parts) < MENDED)
