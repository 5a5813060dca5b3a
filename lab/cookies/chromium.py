"""Real Chromium, driven over its DevTools protocol through a pair of pipes, and its own record of every cookie decision."""

import fcntl
import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from lab.cookies.servers import Servers

SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-popup-blocking",
    "--disable-quic",
    "--disable-sync",
    "--ignore-certificate-errors",
    # The lab's pages are on plain http and on this machine on purpose.
    "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LocalNetworkAccessChecks",
    "--net-log-capture-mode=IncludeSensitive",
    "--remote-debugging-pipe",
)
ANSWER_SECONDS = 30
GONE = "gone"
"""The last event of a browser."""


class ChromiumMissingError(Exception):
    """No Chromium is installed; the message says how to get one."""


@dataclass(slots=True)
class Record:
    """What Chromium wrote down of one request: a status for each stored cookie, and for each Set-Cookie line in order.

    A status is "EXCLUDE_..., WARN_..., ..." or starts with INCLUDE. `request` are the log's own words about the request.
    """

    request: dict[str, Any]
    send: list[dict[str, Any]] = field(default_factory=list)
    store: list[dict[str, Any]] = field(default_factory=list)


class Chromium:
    """A browser with an empty profile, all of whose hosts are the local servers. `close` completes its `records`."""

    def __init__(self, servers: Servers, *, third_party: bool) -> None:
        self._folder = TemporaryDirectory(prefix="sessile-chromium-")
        profile = Path(self._folder.name) / "Default"
        profile.mkdir()
        preferences = {"profile": {"cookie_controls_mode": 0 if third_party else 1}}
        (profile / "Preferences").write_text(json.dumps(preferences), "utf-8")
        self._log = Path(self._folder.name) / "net.json"
        self._replies: dict[int, queue.Queue[dict[str, Any]]] = {}
        self._numbers = count(1)
        self._lock = threading.Lock()
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._start(servers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()
        self._folder.cleanup()

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and wait for its result. Raises RuntimeError if Chromium refuses it or is gone."""
        number, reply = next(self._numbers), queue.Queue[dict[str, Any]]()
        self._replies[number] = reply
        self._write({"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {}))
        try:
            answer = reply.get(timeout=ANSWER_SECONDS)
        except queue.Empty:
            raise RuntimeError(f"Chromium did not answer {method} within {ANSWER_SECONDS} seconds") from None
        if "error" in answer:
            raise RuntimeError(f"Chromium refused {method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def tell(self, method: str, session: str, **parameters: Any) -> None:
        """Call a method without waiting for its result."""
        self._write({"id": 0, "method": method, "params": parameters, "sessionId": session})

    def version(self) -> str:
        """Name and version, "Chrome/156.0.8078.79"."""
        product: str = self.call("Browser.getVersion")["product"]
        return product

    def close(self) -> None:
        """End the browser."""
        if self._process.poll() is None:
            try:
                self.call("Browser.close")
            except RuntimeError:
                self._process.kill()
            self._process.wait(ANSWER_SECONDS)

    def records(self) -> dict[str, Record]:
        """What the browser wrote down, by the query string of the URL asked; complete after `close`."""
        return {url.partition("?")[2]: record for url, record in _records(self._log)}

    def _start(self, servers: Servers) -> None:
        program = os.environ.get("SESSILE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
        if program is None:
            raise ChromiumMissingError("Chromium is missing: apt-get install chromium, or name one in SESSILE_CHROMIUM")
        (their_input, our_output), (our_input, their_output) = os.pipe(), os.pipe()
        # Chromium speaks on descriptors 3 and 4; dup2 in the child must not meet the pipes' own numbers.
        high_input, high_output = (fcntl.fcntl(descriptor, fcntl.F_DUPFD, 64) for descriptor in (their_input, their_output))
        script = f'exec 3<&{high_input} 4>&{high_output} {high_input}<&- {high_output}>&-; exec "$@"'
        self._process = subprocess.Popen(
            [
                "/bin/bash",
                "-c",
                script,
                "chromium",
                program,
                *SWITCHES,
                f"--user-data-dir={self._folder.name}",
                f"--log-net-log={self._log}",
                f"--host-resolver-rules={servers.resolver_rules}",
                "about:blank",
            ],
            pass_fds=(high_input, high_output),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for descriptor in (their_input, their_output, high_input, high_output):
            os.close(descriptor)
        self._output = our_output
        threading.Thread(target=self._read, args=(our_input,), daemon=True).start()

    def _write(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\0"
        with self._lock:
            while data:
                data = data[os.write(self._output, data) :]

    def _read(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            rest = b""
            while chunk := stream.read(1 << 20):
                *messages, rest = (rest + chunk).split(b"\0")
                for message in map(json.loads, messages):
                    if "id" not in message:
                        self.events.put(message)
                    elif reply := self._replies.pop(message["id"], None):
                        reply.put(message)
        self.events.put({"method": GONE, "params": {}})


def _records(path: Path) -> Iterator[tuple[str, Record]]:
    """The cookie decisions of a net log, request by request; a redirected request has one record for each of its URLs."""
    with path.open(encoding="utf-8", errors="surrogateescape") as lines:
        constants = json.loads(next(lines).rstrip().rstrip(",") + "}")["constants"]
        start, decision = (constants["logEventTypes"][name] for name in ("URL_REQUEST_START_JOB", "COOKIE_INCLUSION_STATUS"))
        current: dict[int, Record] = {}
        for line in lines:
            if f'"type":{start}}}' not in line and f'"type":{decision}}}' not in line:
                continue
            event = json.loads(line.rstrip().rstrip(",").removesuffix("]}").removesuffix("],"))
            source, parameters = event["source"]["id"], event.get("params", {})
            if event["type"] == start and "url" in parameters:
                current[source] = Record(parameters)
                yield parameters["url"], current[source]
            elif event["type"] == decision and source in current:
                sent = parameters["operation"] == "send"
                (current[source].send if sent else current[source].store).append(parameters)
