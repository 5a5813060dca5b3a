"""Look-ups by sessile's own store, without a server around it: how much do more rows cost?

`python -m bench.lookup URL TABLE IDS BATCH SECONDS` looks ids up, BATCH of them at once, and prints what came of it as JSON.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from itertools import cycle, islice
from pathlib import Path

from bench.load import Answers, Load
from sessile import PostgresStore
from sessile.session.store import Load as LoadWant, Stored

SMALL, LARGE = "rows-1e5", "rows-1e7"
LOOK_UP, LOOK_UP_64 = Load("look-up", 1), Load("look-up", 64)
ANY, ANY_64 = Load("look-up of any", 1), Load("look-up of any", 64)
"""Of the sessions under load, or of any in the table at random: then most rows are in no cache of PostgreSQL."""


def look_up(url: str, table: str, ids: Path, batch: int, seconds: float, core: int) -> Answers:
    """Look ids up for a time, from a process of its own on the server's core. Raises CalledProcessError if it fails."""
    command = ["taskset", "--cpu-list", str(core), sys.executable, "-m", "bench.lookup"]
    command += [url, table, str(ids), str(batch), str(seconds)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return Answers(**json.loads(said))


async def _measure(url: str, table: str, ids: list[str], batch: int, seconds: float) -> Answers:
    store = PostgresStore(url, table=table)
    await store.open()
    turn = cycle(ids)

    async def once() -> int:
        answers = await store.perform([LoadWant(session_id) for session_id in islice(turn, batch)])
        return sum(not isinstance(answer, Stored) for answer in answers)

    try:
        await _for(seconds / 5, once)
        return await _for(seconds, once)
    finally:
        await store.close()


async def _for(seconds: float, once: Callable[[], object]) -> Answers:
    raise NotImplementedError
