"""The matrix of the code's faults: what people met, and what the doctor said from all evidence and from each kind alone."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lab.code.faults import CodeFault
from lab.code.service import CodeScene
from lab.faults.fault import sql
from lab.faults.table import table, three
from lab.matrix import SECRETS, THROWAWAY
from lab.saying import without
from lab.scene import SECRET, Visits, doctor_environment
from lab.unheard import Unheard
from sessile.demo.postgres import EmbeddedPostgres
from sessile.doctor import bundle

A_WHILE: Final = 2.2
EVIDENCE: Final = ("all", "source", "log", "database", "wire")


@dataclass
class Saying:
    """What the doctor said from one kind of evidence."""

    exit_status: int
    diagnosis: dict[str, Any]
    output: str = field(repr=False)

    @property
    def first(self) -> str:
        """The cause that stands first, "" if none does."""
        causes: list[dict[str, str]] = self.diagnosis.get("causes", [])
        return causes[0]["id"] if causes else ""

    @property
    def sure(self) -> bool:
        """Whether that one is called confirmed or very likely."""
        causes: list[dict[str, str]] = self.diagnosis.get("causes", [])
        return bool(causes) and causes[0]["confidence"] in ("confirmed", "very_likely")

    @property
    def notes(self) -> set[str]:
        """The remarks."""
        return {note["id"] for note in self.diagnosis.get("notes", [])}


@dataclass
class Result:
    """What came of one fault; `without` is what is said of everything without the cause's own file."""

    fault: CodeFault
    visits: Visits
    sayings: dict[str, Saying]
    without: Unheard | None
    log: str = field(repr=False, default="")

    @property
    def verdict(self) -> str:
        """`named`, `noted` or `healthy`; anything else is what went wrong."""
        whole = self.sayings["all"]
        if any(secret in saying.output for saying in self.sayings.values() for secret in SECRETS):
            return "a secret in the output"
        if wrong := self.sure_and_wrong:
            return f"sure and wrong from {wrong}"
        if self.fault.cause:
            return "named" if whole.first == self.fault.cause and whole.exit_status == 1 else f"said {whole.first or 'nothing'}"
        if whole.exit_status or whole.first:
            return f"false alarm {whole.first} ({whole.exit_status})"
        if self.fault.note and self.fault.note not in whole.notes:
            return f"no remark, but {', '.join(whole.notes) or 'none'}"
        return "noted" if self.fault.note else "healthy"

    @property
    def sure_and_wrong(self) -> str:
        """The kinds of evidence from which another cause was called sure."""
        wrong = [
            kind
            for kind, saying in self.sayings.items()
            if saying.sure and saying.first not in (self.fault.cause, *self.fault.also)
        ]
        return ", ".join(f"{kind} ({self.sayings[kind].first})" for kind in wrong)

    @property
    def right(self) -> bool:
        """Whether it came out as it must."""
        return self.verdict in ("named", "noted", "healthy")


def run(faults: Iterable[CodeFault], evidence: Sequence[str] = EVIDENCE) -> Iterator[Result]:
    """Play each fault; the results come as they are known."""
    with ExitStack() as resources:
        postgres = resources.enter_context(EmbeddedPostgres(settings=THROWAWAY, auth="scram-sha-256"))
        for fault in faults:
            with ExitStack() as stage:
                directory = Path(stage.enter_context(tempfile.TemporaryDirectory(prefix="sessile-code-")))
                directory.chmod(0o755)
                scene = stage.enter_context(CodeScene("code", postgres, directory, f"code_{fault.name}"))
                yield _play(fault, scene, evidence)


def _play(fault: CodeFault, scene: CodeScene, evidence: Sequence[str]) -> Result:
    scene.edits, scene.shop, scene.variable, scene.wired = fault.edits, fault.shop, fault.url, fault.wired
    scene.settings = {"SESSION_SECRET": SECRET, **fault.env}
    scene.environment, scene.env_files = {"NODE_ENV": "production"}, [{**scene.settings}]
    sql(table(three()))(scene)
    scene.write()
    scene.start()
    scene.people_come()
    _stay(scene)
    if fault.meet:
        fault.meet(scene)
    for _ in range(fault.restarts):
        scene.restart()
    visits = scene.people_come_back()
    packed = scene.directory / "all.zip"
    sayings = {
        kind: ask((*(("--bundle", str(packed)) if kind == "all" else ()), *given))
        for kind in evidence
        if (given := scene.given(kind))
    }
    return Result(fault, visits, sayings, _unheard(fault, packed), "".join(service.log for service in scene.services))


def _unheard(fault: CodeFault, packed: Path) -> Unheard | None:
    if not fault.cause or not packed.exists():
        return None
    return Unheard(fault.name, (fault.cause, *fault.also), without(fault.cause, bundle.read(packed).facts))


def _stay(scene: CodeScene) -> None:
    """Everybody asks once more, so much later that the rows tell it from the login: a save and a touch round to seconds."""
    time.sleep(A_WHILE)
    for cookies in scene.people:
        with scene.browser(scene.services[0], cookies) as browser:
            browser.me()


def ask(given: Sequence[str]) -> Saying:
    """What the doctor says of it."""
    command = [sys.executable, "-m", "sessile", "doctor", "--json", *given]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, env=doctor_environment(), check=False)
    diagnosis = json.loads(ran.stdout) if ran.stdout.startswith("{") else {}
    return Saying(ran.returncode, diagnosis, ran.stdout + ran.stderr)
