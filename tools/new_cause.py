"""Make the four files of a new cause: `python tools/new_cause.py STATION SLUG`, as in `save no-primary-key`.

It writes the cause, its test, a fault for the lab and the page, with the places to fill in marked by `TODO`. Until they are
filled in, the catalogue's test fails and says what is lacking.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

from sessile.doctor.causes import cause_named
from sessile.session.outcome import Station

ROOT = Path(__file__).parents[1]

CAUSE = '''"""TODO: what is wrong, in one sentence that a tired person understands.

Symptom: TODO: what users see, and when.
Evidence: TODO: what proves it, and where that is read.
Tell apart: TODO: what looks like it, and by what it differs.
Fix: TODO: what to do, and whether live sessions survive it.
"""

from sessile.doctor.causes import sight
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Finding, Level, Remedy, RuledOut
from sessile.stores.postgres.shape import TableShape

ENTRIES: tuple[str, ...] = ()
REMEDY = Remedy("TODO: what to do")
LINKS = {{"login, then 401": Level.SOMETIMES}}


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    if not isinstance(table, TableShape):
        return table
    return RuledOut("TODO: what contradicts it; Confirmed only with a proof")
'''

TEST = '''"""TODO: when {id} is proven, when it is open, and what looks like it and is harmless."""

from sessile.doctor.findings import Confirmed, RuledOut
from tests.doctor.facts_builder import database, facts, judge, table

CAUSE = "{id}"


def test_it_is_proven() -> None:
    broken = table()  # TODO: what is wrong with it
    assert isinstance(judge(CAUSE, facts(database(table=broken))), Confirmed)


def test_a_healthy_table_rules_it_out() -> None:
    assert isinstance(judge(CAUSE, facts(database())), RuledOut)
'''

FAULT = '''"""A service with {id}. TODO: what breaks it, on a real server."""

from lab.faults.fault import Fault, sql

FAULTS = (Fault("{slug}", "{id}", during=sql("SELECT 1")),)  # TODO: the statements that break it
'''


class Refused(ValueError):
    """What was asked for cannot be made; the message is one line that says why."""


def files(station: str, slug: str) -> dict[Path, str]:
    """The cause, its test and its fault, by their paths from the root. Raises Refused for a name that cannot be one."""
    if station not in list(Station):
        raise Refused(f"there is no station {station}: it is one of {', '.join(Station)}")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise Refused(f"{slug} is no slug: small letters, digits and hyphens, as in no-primary-key")
    cause_id, name = f"{station}-{slug}", slug.replace("-", "_")
    if cause_named(cause_id):
        raise Refused(f"{cause_id} is there already")
    texts = {
        f"src/sessile/doctor/causes/{station}/{name}.py": CAUSE,
        f"tests/doctor/causes/{station}/test_{name}.py": TEST,
        f"lab/faults/{station}_{name}.py": FAULT,
    }
    return {Path(path): text.format(id=cause_id, slug=slug) for path, text in texts.items()}


def write(root: Path, station: str, slug: str) -> list[Path]:
    """Write them, and answer where. Raises Refused where one is there, before anything is written."""
    wanted = files(station, slug)
    if there := [str(path) for path in wanted if (root / path).exists()]:
        raise Refused(f"{', '.join(there)} is there already")
    for path, text in wanted.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return list(wanted)


def main() -> int:
    """Returns 0 when the files are written, 2 when they cannot be."""
    parser = argparse.ArgumentParser(prog="python tools/new_cause.py", description=__doc__)
    parser.add_argument("station", help=f"where it stops a session: {', '.join(Station)}")
    parser.add_argument("slug", help="what is wrong, as in no-primary-key")
    options = parser.parse_args()
    try:
        written = write(ROOT, options.station, options.slug)
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    subprocess.run([sys.executable, "-m", "tools.pages"], check=True, cwd=ROOT)
    for path in (*written, Path("docs", "causes", f"{options.station}-{options.slug}.md")):
        sys.stdout.write(f"{path}\n")
    sys.stdout.write("fill in each TODO, then: python -m tools.pages && make test PYTEST_ARGS='-k catalogue' && make lab\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
