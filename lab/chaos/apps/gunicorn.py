"""How gunicorn runs the synchronous ones: on a free port, which the log names."""

import logging
import os
import sys
from typing import Any

bind = f"127.0.0.1:{os.environ['PORT']}"
errorlog = "-"
loglevel = "warning"
worker_tmp_dir = "/dev/shm"

logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def when_ready(server: Any) -> None:
    """Name the port in the words that the lab waits for."""
    print(f"Server running on port {server.LISTENERS[0].sock.getsockname()[1]} ", flush=True)
