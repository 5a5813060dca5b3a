"""The matrix of the wire: each fault, and what the doctor says from the site alone, the recording alone, and both."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.browser import PASSWORD
from lab.matrix import THROWAWAY
from lab.scene import Scene, doctor_environment
from lab.wire.edge import HOST, Edge
from lab.wire.faults import WireFault
from lab.wire.recording import record
from sessile.demo.postgres import EmbeddedPostgres

EVIDENCE = ("site", "har", "both")


@dataclass
class Saying:
    """What the doctor said from one kind of evidence."""

    exit_status: int
    diagnosis: dict[str, Any]
    output: str = field(repr=False, default="")

    @property
    def causes(self) -> list[dict[str, Any]]:
        """The causes named, the most certain first."""
        found: list[dict[str, Any]] = self.diagnosis.get("causes", [])
        return found

    def place(self, fault: WireFault) -> int:
        """At which place, from 1, the fault stands among the causes; 0 if it does not."""
        return next((number for number, cause in enumerate(self.causes, 1) if _is(cause, fault)), 0)

    def surely_wrong(self, fault: WireFault) -> bool:
        """Whether another cause was confirmed and stood first, or a crash hides what it says."""
        first = self.causes[0] if self.causes else None
        return self.exit_status == 2 or (first is not None and first["state"] == "confirmed" and not _is(first, fault))


@dataclass
class WireResult:
    """What a person met and what the doctor said, by kind of evidence."""

    fault: WireFault
    kind: str
    statuses: list[int]
    said: Mapping[str, Saying]

    @property
    def right(self) -> bool:
        """A control is healthy to all; a fault is met by nobody's certain error, and named first by one at least."""
        if not self.fault.station:
            return set(self.statuses) == {200} and all(
                said.exit_status in (0, 3) and not said.causes for said in self.said.values()
            )
        surely_wrong = any(said.surely_wrong(self.fault) for said in self.said.values())
        return not surely_wrong and any(said.place(self.fault) == 1 for said in self.said.values())


def run(faults: Iterable[WireFault]) -> Iterator[WireResult]:
    """Play each fault on each service that can have it. Raises FileNotFoundError when there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise FileNotFoundError("chromium not found: apt-get install chromium")
    with EmbeddedPostgres(settings=THROWAWAY, auth="scram-sha-256") as postgres:
        for fault in faults:
            for kind in fault.kinds:
                yield _play(fault, kind, postgres, chromium)


def _play(fault: WireFault, kind: str, postgres: EmbeddedPostgres, chromium: str) -> WireResult:
    with ExitStack() as resources:
        folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="sessile-wire-")))
        folder.chmod(0o755)
        scene = resources.enter_context(Scene(kind, postgres, folder, f"wire_{kind}_{fault.name}"))
        scene.environment.update(fault.service)
        scene.start()
        edge = resources.enter_context(Edge(scene.services[0].url, fault.edge, folder))
        har = folder / "visit.har"
        site = _site(edge, fault.scheme)
        said = {"site": _ask(*site)}
        statuses = record(edge, fault.scheme, har, chromium)
        said |= {"har": _ask(str(har)), "both": _ask(*site, str(har))}
        return WireResult(fault, kind, statuses, said)


def _site(edge: Edge, scheme: str) -> list[str]:
    port = edge.tls if scheme == "https" else edge.plain
    login = ["--login", "/api/auth/login", "--data", "email=ana@example.com", "--data", f"password={PASSWORD}"]
    paths = ["--protected", "/api/me", "--logout", "/api/auth/logout"]
    trust = ["--cacert", str(edge.certificate)] if scheme == "https" else []
    return [f"{scheme}://{HOST}", *login, *paths, *trust, "--resolve", f"{HOST}=127.0.0.1:{port}"]


def _ask(*evidence: str) -> Saying:
    command = [sys.executable, "-m", "sessile", "doctor", "--json", *evidence]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, env=doctor_environment(), check=False)
    return Saying(ran.returncode, json.loads(ran.stdout) if ran.stdout.startswith("{") else {}, ran.stdout + ran.stderr)


def _is(cause: dict[str, Any], fault: WireFault) -> bool:
    return bool(cause["id"] == fault.cause if fault.cause else cause["station"] == fault.station)
