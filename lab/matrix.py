"""The matrix fault x diagnosis: each fault on each service, what people met, and what the doctor said."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.faults import Fault
from lab.saying import Sayings, sayings
from lab.scene import SERVICES, Scene, Visits, doctor_environment
from sessile.demo.postgres import EmbeddedPostgres

THROWAWAY = {"fsync": "off", "max_connections": "60", "timezone": "UTC"}
SECRETS = ("shop-password", "another-password", "Vq3xT8mZ1nB6kR9wL4pY7sD2fH5jC0gA", "Kd8fW2mX5qN7bV1rT4yG9zL0cJ3hS6pE")


@dataclass
class Result:
    """What came of one fault on one service. `verdict` is `named`, `prevented`, `healthy`, or a complaint in words."""

    fault: Fault
    kind: str
    visits: Visits
    diagnosis: dict[str, Any]
    exit_status: int
    log: str
    said: Sayings
    output: str = field(repr=False, default="")

    @property
    def first(self) -> str:
        """The id of the cause that stands first, "" if none does."""
        causes: list[dict[str, str]] = self.diagnosis.get("causes", [])
        return causes[0]["id"] if causes else ""

    @property
    def verdict(self) -> str:
        """`named`, `prevented` or `healthy`; anything else is what went wrong."""
        if any(secret in self.output for secret in SECRETS):
            return "a secret in the output"
        if not self.fault.cause:
            return self._verdict_of_a_control
        if self.kind == "sessile" and self.visits.well:
            return "prevented"
        if self.kind == "sessile" and not self.names_itself:
            return "silent in the log"
        if self.first != self.fault.cause or self.exit_status != 1:
            return f"said {self.first or 'nothing'} ({self.exit_status})"
        return "named" if self._noted else f"without the note {self.fault.note}"

    @property
    def _verdict_of_a_control(self) -> str:
        if self.exit_status != 0 or self.first or not self.visits.well:
            return f"control: {self.exit_status} {self.first}"
        return "healthy" if self._noted else f"without the note {self.fault.note}"

    @property
    def _noted(self) -> bool:
        """Whether the remark that must stand beside it does."""
        return self.fault.note in ("", *(note["id"] for note in self.diagnosis["notes"]))

    @property
    def names_itself(self) -> bool:
        """Whether our service's own log says at which station sessions stopped, or why it does not start."""
        return any(
            phrase in self.log
            for phrase in (
                "session stopped at",
                "sessile fix",
                "SESSION_SECRET is not set",
                "Session table creation",
                "sessile table",
            )
        )

    @property
    def right(self) -> bool:
        """Whether it came out as it must."""
        return self.verdict in ("named", "prevented", "healthy")


def run(faults: Iterable[Fault], kinds: Iterable[str] = tuple(SERVICES)) -> Iterator[Result]:
    """Play each fault on each service that can have it; the results come as they are known."""
    kinds = tuple(kinds)
    with ExitStack() as resources:
        shared = resources.enter_context(_server({}))
        for fault in faults:
            for kind in kinds:
                if kind in fault.works_on:
                    yield _play_on(fault, kind, shared)


def _play_on(fault: Fault, kind: str, shared: EmbeddedPostgres) -> Result:
    with ExitStack() as resources:
        postgres = resources.enter_context(_server(fault.settings)) if fault.own_server else shared
        directory = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="sessile-lab-")))
        directory.chmod(0o755)
        scene = resources.enter_context(Scene(kind, postgres, directory, f"{kind}_{fault.name}"))
        return _play(fault, scene)


def _play(fault: Fault, scene: Scene) -> Result:
    if fault.before:
        fault.before(scene)
    scene.start()
    scene.people_come()
    if fault.during:
        fault.during(scene)
    for _ in range(fault.restarts):
        scene.restart()
    visits = scene.people_come_back()
    evidence = scene.evidence()
    command = [sys.executable, "-m", "sessile", "doctor", "--json", *evidence]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, env=doctor_environment(), check=False)
    log = "".join(service.log for service in scene.services)
    diagnosis = json.loads(ran.stdout) if ran.stdout.startswith("{") else {}
    said = sayings(evidence, (fault.cause, *fault.also) if fault.cause else ())
    return Result(fault, scene.kind, visits, diagnosis, ran.returncode, log, said, ran.stdout + ran.stderr)


def _server(settings: dict[str, str]) -> EmbeddedPostgres:
    return EmbeddedPostgres(settings={**THROWAWAY, **settings}, auth="scram-sha-256")
