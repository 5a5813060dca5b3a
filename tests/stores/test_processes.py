"""The store among processes: forked workers share no connection, and a pooler in transaction mode may stand in between."""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest

from lab.ports import free_port
from sessile import PostgresStore
from sessile.session.store import Create, Load, Stored

ROOT = Path(__file__).parents[2]
EXPIRES = 1_900_000_000_000

APP = """
import asyncio, os
from sessile import PostgresStore, SessionMiddleware
from sessile.session.store import Create

store = PostgresStore(pool_size=2)
if os.environ.get("WARM"):  # what a service that asks the database while it is imported does to its workers
    asyncio.new_event_loop().run_until_complete(store.open())

async def service(scope, receive, send):
    if scope["type"] == "lifespan":
        for said in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{said}.complete"})
        return
    scope["session"]["visits"] = scope["session"].get("visits", 0) + 1
    body = f'{os.getpid()} {scope["session"]["visits"]}'.encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})

app = SessionMiddleware(service, store=store)
"""


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"it did not start: {log.read_text()[-1000:]}")


@pytest.mark.parametrize("warm", ["", "1"], ids=["preloaded", "preloaded and connected before the fork"])
def test_forked_workers_each_have_connections_of_their_own(database: str, tmp_path: Path, warm: str) -> None:
    (tmp_path / "forked.py").write_text(APP)
    port, log = free_port(), tmp_path / "log"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{tmp_path}:{ROOT / 'src'}",
        "DATABASE_URL": database,
        "SESSION_SECRET": "Zl3Wv9rTq8sXm5yBn0dRd7gHk2aLe9fQ",
        "WARM": warm,
    }
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2", "--bind", f"127.0.0.1:{port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--worker-class", "uvicorn_worker.UvicornWorker", "forked:app"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(port, process, log)
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as jar:
            counted = []
            workers = set()
            for _ in range(40):
                answer = httpx2.get(f"http://127.0.0.1:{port}/", cookies=dict(jar.cookies), headers={"connection": "close"})
                assert answer.status_code == 200, log.read_text()[-2000:]
                jar.cookies.update(answer.cookies)
                worker, visits = answer.text.split()
                workers.add(worker)
                counted.append(int(visits))
            assert counted == list(range(1, 41))
            assert len(workers) == 2
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    assert "session stopped" not in log.read_text()


UNCLOSED = """
import asyncio, os
from sessile import PostgresStore
from sessile.session.store import Load

async def main():
    store = PostgresStore(os.environ["DATABASE_URL"])
    looking = asyncio.ensure_future(store.perform([Load("abc")]))
    await asyncio.sleep(0.1)
    looking.cancel()

asyncio.run(main())
print("ended")
"""


def test_a_program_ends_though_it_leaves_a_store_open_that_is_connecting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "src"),
            "DATABASE_URL": f"postgresql://nobody@127.0.0.1:{deaf.getsockname()[1]}/none",
        }
        command = [sys.executable, "-c", UNCLOSED]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout == "ended\n", ended.stderr[-2000:]


@pytest.fixture
def pooled(database: str, tmp_path: Path) -> Iterator[str]:
    """The database behind pgbouncer in transaction mode, with two server connections for all."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("pgbouncer is not installed: apt-get install pgbouncer")
    parts, port, log = urlsplit(database), free_port(), tmp_path / "pgbouncer.log"
    (tmp_path / "users").write_text(f'"{parts.username}" ""\n')
    configuration = tmp_path / "pgbouncer.ini"
    lines = [
        "[databases]",
        f"{parts.path[1:]} = host=127.0.0.1 port={parts.port} user={parts.username}",
        "[pgbouncer]",
        "listen_addr = 127.0.0.1",
        f"listen_port = {port}",
        "unix_socket_dir =",
        "auth_type = any",
        f"auth_file = {tmp_path / 'users'}",
        "pool_mode = transaction",
        "default_pool_size = 2",
    ]
    configuration.write_text("\n".join(lines))
    nobody = pwd.getpwnam("nobody")
    for path in (tmp_path, *tmp_path.parents[:3], *tmp_path.iterdir()):
        if os.geteuid() == 0 and path.is_relative_to("/tmp/"):
            path.chmod(0o755 if path.is_dir() else 0o644)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, str(configuration)],
            stdout=output,
            stderr=subprocess.STDOUT,
            user=nobody.pw_uid if os.geteuid() == 0 else None,
        )
    try:
        wait_for(port, process, log)
        yield parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}").geturl()
    finally:
        process.terminate()
        process.wait(10)


async def forget_statements(pooled: str) -> None:
    """Let both server connections forget what was prepared, as one does that takes another's place."""
    clients = [await psycopg.AsyncConnection.connect(pooled, prepare_threshold=None) for _ in range(2)]
    for client in clients:
        await client.execute("DEALLOCATE ALL")
    for client in clients:
        await client.commit()
        await client.close()


@pytest.mark.parametrize("stated", ["", "?pgbouncer=true"], ids=["unannounced", "announced"])
async def test_a_pooler_in_transaction_mode_loses_nothing(
    pooled: str, database: str, caplog: pytest.LogCaptureFixture, stated: str
) -> None:
    stores = [PostgresStore(pooled + stated, pool_size=4) for _ in range(2)]
    for store in stores:
        await store.open()

    async def work(store: PostgresStore, worker: int) -> None:
        for turn in range(20):
            text = f'{{"worker":{worker},"turn":{turn}}}'
            assert list(await store.perform([Create(f"{worker}-{turn}", text, EXPIRES)])) == [text]
            assert list(await store.perform([Load(f"{worker}-{turn}")])) == [Stored(text, EXPIRES)]

    await asyncio.gather(*(work(store, 10 * number + worker) for number, store in enumerate(stores) for worker in range(8)))
    await forget_statements(pooled)
    found = [list(await store.perform([Load("0-0")])) for store in stores]
    assert found == [[Stored('{"worker":0,"turn":0}', EXPIRES)]] * 2
    for store in stores:
        await store.close()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM session").fetchone() == (320,)
    assert ("say so with ?pgbouncer=true" in caplog.text) is (not stated)
