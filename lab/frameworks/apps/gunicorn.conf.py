"""How the services of the lab run: on a free port, which the log names, with requests and errors on standard output."""

import os

bind = f"127.0.0.1:{os.environ.get('PORT', '0')}"
accesslog = "-"
errorlog = "-"
worker_tmp_dir = "/dev/shm"
graceful_timeout = 2


def when_ready(server):
    """Name the port in the words that the lab waits for."""
    print(f"Server running on port {server.LISTENERS[0].sock.getsockname()[1]}", flush=True)
