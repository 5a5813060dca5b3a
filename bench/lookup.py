"""Look-ups by sessile's own store, without a server around it: what more rows cost.

`python -m bench.lookup URL TABLE IDS BATCH SECONDS` looks ids up, BATCH of them at once, and prints what came of it as JSON.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import cycle, islice
from pathlib import Path

from bench.load import Answers, Load
from bench.servers import PYTHONPATH
from sessile import PostgresStore
from sessile.session import store as wants

LOOK_UP, LOOK_UP_64 = Load("look-up", 1), Load("look-up", 64)
"""Of the sessions under load, one at a time and 64 at once."""

ANY, ANY_64 = Load("look-up of any", 1), Load("look-up of any", 64)
"""Of sessions all over the table: PostgreSQL then finds hardly any row of a large table in its own cache."""

LOOK_UPS = (LOOK_UP, LOOK_UP_64, ANY, ANY_64)


def look_up(url: str, table: str, ids: Path, *, batch: int, seconds: float, core: int) -> Answers:
    """Look ids up for some seconds, from a process of its own on the server's core. Raises CalledProcessError if it fails."""
    command = ["taskset", "--cpu-list", str(core), sys.executable, "-m", "bench.lookup"]
    command += [url, table, str(ids), str(batch), str(seconds)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": PYTHONPATH}
    said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    return Answers(**json.loads(said))


async def _measured(url: str, table: str, ids: Sequence[str], batch: int, seconds: float) -> Answers:
    turn = cycle(ids)
    times: list[float] = []
    missed = 0
    store = PostgresStore(url, table=table)
    await store.open()
    try:
        began = time.perf_counter() + seconds / 5
        while (before := time.perf_counter()) < began + seconds:
            answers = await store.perform([wants.Load(session_id) for session_id in islice(turn, batch)])
            if before >= began:
                times.append(time.perf_counter() - before)
                missed += sum(not isinstance(answer, wants.Stored) for answer in answers)
    finally:
        await store.close()
    times.sort()
    p50, p99, most = (times[int(share * (len(times) - 1))] * 1000 for share in (0.5, 0.99, 1))
    return Answers(len(times) * batch, sum(times), p50, p99, most, missed)


def main() -> None:
    url, table, ids, batch, seconds = sys.argv[1:]
    listed = Path(ids).read_text(encoding="ascii").split()
    print(json.dumps(asdict(asyncio.run(_measured(url, table, listed, int(batch), float(seconds))))))


if __name__ == "__main__":
    main()
