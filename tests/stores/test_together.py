"""Many processes start at once on an empty database: no error in any, one right table."""

import subprocess
import sys
from pathlib import Path

import psycopg

ROOT = Path(__file__).parents[2]
PROCESSES = 50
SLOW = "no database connection became free"
"""What is said, and tried again, where so many processes keep the machine so busy that connecting takes long."""

START = """
import asyncio, logging, sys
from sessile import PostgresStore
from sessile.session.store import Create, Load
logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
async def main(number):
    sys.stdin.read()
    store = PostgresStore(sys.argv[1], pool_size=1, timeout=60)
    await store.open()
    (created,) = await store.perform([Create(f"id-{number}", '{"cookie":{}}', 1900000000000)])
    (found,) = await store.perform([Load(f"id-{number}")])
    await store.close()
    print("ok" if isinstance(created, str) and found else f"{created!r} {found!r}")
asyncio.run(main(sys.argv[2]))
"""


def test_fifty_processes_make_one_right_table(database: str) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", START, database, str(number)],
            cwd=ROOT / "src",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    said = [process.communicate(timeout=120) for process in started]
    assert [out for out, _ in said] == ["ok\n"] * PROCESSES, said
    assert [line for _, log in said for line in log.splitlines() if SLOW not in line] == []
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM session").fetchone() == (PROCESSES,)
        indexes = connection.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'session' ORDER BY 1").fetchall()
    assert indexes == [("IDX_session_expire",), ("session_pkey",)]
