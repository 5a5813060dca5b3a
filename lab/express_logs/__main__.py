"""Record what the Express service really writes under each fault: `python -m lab.express_logs FOLDER [FAULT...]`."""

import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import unquote

import psycopg

from lab.express import APP
from lab.express_logs.faults import FAULTS
from lab.express_logs.stage import Stage
from sessile.demo.postgres import EmbeddedPostgres

ROLES = """
    CREATE ROLE app LOGIN PASSWORD 'app';
    CREATE ROLE limited LOGIN PASSWORD 'app' CONNECTION LIMIT 1 IN ROLE app;
"""


def mask(stage: Stage, log: str) -> str:
    """The log without cookies, session ids, user ids, e-mail addresses, cancel keys and the place it was recorded at."""
    for cookie in set().union(*(browser.seen for browser in stage.browsers)):
        signed = unquote(cookie)
        sid = signed.removeprefix("s:").rpartition(".")[0]
        log = log.replace(cookie, "<cookie>").replace(signed, "<cookie>").replace(sid, "<sid>")
    log = re.sub(r"[\w.]+@example\.com", "<email>", log)
    log = re.sub(r"secretKey: -?\d+", "secretKey: <secret>", log)
    log = re.sub(r'"userId":\d+', '"userId":<id>', log)
    return log.replace(str(APP), "/app")


def record(server: EmbeddedPostgres, name: str, folder: Path) -> None:
    """Play one fault on a new database and write each instance's log: `<fault>.log`, or `<fault>-<instance>.log`."""
    database = name.replace("-", "_")
    server.create_database(database)
    with tempfile.TemporaryDirectory() as directory:
        with ExitStack() as exits:
            stage = Stage(server, database, FAULTS[name], Path(directory), exits)
            stage.execute(stage.fault.sql)
            stage.fault.act(stage)
        for log in sorted(Path(directory).iterdir()):
            instance = "" if log.stem == "express" else f"-{log.stem}"
            (folder / f"{name}{instance}.log").write_text(mask(stage, log.read_text()))


def main(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres(auth="scram-sha-256") as server:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute(ROLES)
        for name in names or FAULTS:
            record(server, name, folder)
            print(name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
