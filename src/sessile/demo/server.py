"""The demo's service in a thread of its own, on a free port of this machine."""

import logging
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from sessile.demo.panel import panel
from sessile.demo.service import create_app
from sessile.session.keyring import Secrets
from sessile.stores.postgres.store import PostgresStore

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class Server:
    """The service, running; its log goes to a file, as a platform would keep it."""

    def __init__(self, database_url: str, secret: Secrets, log_file: Path, port: int = 0) -> None:
        app = create_app(PostgresStore(database_url), secret=secret)
        app.include_router(panel(database_url))
        self._handler = logging.FileHandler(log_file, encoding="utf-8")
        self._handler.setFormatter(logging.Formatter(FORMAT))
        for name in ("sessile", "uvicorn"):
            logger = logging.getLogger(name)
            logger.setLevel(logging.INFO)
            logger.addHandler(self._handler)
            logger.propagate = False
        self._server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the service did not start; its log says why")
            time.sleep(0.01)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        for name in ("sessile", "uvicorn"):
            logging.getLogger(name).removeHandler(self._handler)
        self._handler.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._server.servers[0].sockets[0].getsockname()
        return f"http://{host}:{port}"

    def wait(self) -> None:
        """Wait until it ends; Ctrl-C is raised as KeyboardInterrupt."""
        while self._thread.is_alive():
            self._thread.join(0.5)
