"""The matrix of the frameworks: each fault, and what the doctor says from all evidence, and from each kind alone."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psycopg

from lab.browser import PASSWORD, Browser
from lab.frameworks.faults import FrameworkFault
from lab.frameworks.service import FrameworkService, edit, source
from lab.matrix import THROWAWAY
from lab.ports import free_port
from lab.recording import Recording
from lab.saying import without as unheard
from lab.scene import doctor_environment
from lab.unheard import Unheard
from sessile.demo.postgres import EmbeddedPostgres
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence
from sessile.doctor.evidence.gathering import Options, gather
from sessile.doctor.evidence.site.plan import Request
from sessile.doctor.evidence.sorting import Kind, NotEvidence, sort
from sessile.doctor.facts import Facts
from sessile.doctor.facts.concealed import Concealed

EVIDENCE = ("all", "source", "log", "database", "wire")
PEOPLE = ("ana", "ben", "chandra")
LOGIN = (
    "--login",
    "/api/auth/login",
    "--data",
    "email=dana@example.com",
    "--data",
    f"password={PASSWORD}",
    "--protected",
    "/api/me",
)
PROBE = Request(
    login="/api/auth/login",
    data=(("email", Concealed("dana@example.com")), ("password", Concealed(PASSWORD))),
    protected="/api/me",
)


@dataclass
class Person:
    """Somebody who uses the service, by the name before the @, with a browser of their own."""

    name: str
    cookies: dict[str, str] = field(default_factory=dict)
    recording: Recording = field(default_factory=Recording)


@dataclass
class Said:
    """What the doctor said from one kind of evidence: the causes by their certainty, and the notes."""

    causes: list[tuple[str, str]]
    notes: list[str]
    verdict: str

    @property
    def sure(self) -> list[str]:
        """The causes it calls proven."""
        return [cause for cause, confidence in self.causes if confidence == Confidence.CONFIRMED]

    def names(self, fault: FrameworkFault) -> bool:
        """Whether the fault stands first, or among the notes where it is none that logs out."""
        return fault.cause in self.notes if fault.noted else bool(self.causes) and self.causes[0][0] == fault.cause

    def surely_wrong(self, fault: FrameworkFault) -> bool:
        """Whether another cause is called proven."""
        return any(cause != fault.cause for cause in self.sure)


@dataclass
class FrameworkResult:
    """What people met, what the doctor said by kind of evidence, and what it says without the cause's own file."""

    fault: FrameworkFault
    statuses: list[int]
    said: Mapping[str, Said]
    without: Unheard | None
    report: str = field(repr=False, default="")

    @property
    def right(self) -> bool:
        """A control raises no alarm; a fault is named by the kinds of evidence that can, and by none surely another one."""
        if not self.fault.cause:
            return not any(said.causes for said in self.said.values())
        named = all(self.said[kind].names(self.fault) for kind in self.fault.kinds)
        wrong = any(said.surely_wrong(self.fault) for said in self.said.values())
        return named and not wrong and not (self.without and self.without.said.surely_wrong(self.without.right))

    @property
    def suffered(self) -> bool:
        """Whether anybody met anything but success."""
        return set(self.statuses) != {200}


def run(faults: Iterable[FrameworkFault]) -> Iterator[FrameworkResult]:
    """Play each fault on its service."""
    with EmbeddedPostgres(settings=THROWAWAY, auth="scram-sha-256") as postgres:
        for fault in faults:
            yield play(fault, postgres)


def play(fault: FrameworkFault, postgres: EmbeddedPostgres) -> FrameworkResult:
    """One fault: people log in, the service starts again, they come back, and the doctor is asked."""
    name = fault.name.replace("-", "_")
    with ExitStack() as resources:
        directory = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="sessile-frameworks-")))
        postgres.create_database(name)
        resources.callback(postgres.drop_database, name)
        folder = source(fault.kind, fault.edits, directory)
        for file, text in fault.files.items():
            (folder / file).write_text(text, encoding="utf-8")
        url = postgres.url(name)
        # One address over all starts, as a site has one: what a browser recorded of it goes on.
        environment = {"PORT": str(free_port()), "DATABASE_URL": url, **({"SECRET_KEY": fault.secret} if fault.secret else {})}
        service = FrameworkService(fault.kind, folder, environment, directory, workers=fault.workers)
        resources.callback(service.stop)
        if fault.kind == "django":
            service.manage("migrate", "--noinput")
        people = [Person(name) for name in PEOPLE]
        statuses = _story(fault, service, url, people)
        return _asked(fault, statuses, folder, service, people)


def _story(fault: FrameworkFault, service: FrameworkService, url: str, people: Iterable[Person]) -> list[int]:
    statuses: list[int] = []
    for start in range(fault.starts):
        if start:
            service.stop()
            _run(url, fault.sql)
            service.environment.update(fault.changed)
            edit(service.home, fault.later)
        service.start()
        for person in people:
            statuses += _visit(service, person, logs_in=not start)
    return statuses


def _visit(service: FrameworkService, person: Person, *, logs_in: bool) -> list[int]:
    if service.exit_code is not None:
        return [0]
    try:
        with Browser(service.url, person.cookies, timeout=20, recording=person.recording) as browser:
            login = [browser.login(f"{person.name}@example.com")] if logs_in else []
            return [*login, *(browser.me() for _ in range(3)), browser.onboarding(), browser.me()]
    except (httpx2.HTTPError, RuntimeError):
        return [0]


def _run(url: str, statements: Iterable[str]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _asked(
    fault: FrameworkFault, statuses: list[int], folder: Path, service: FrameworkService, people: Iterable[Person]
) -> FrameworkResult:
    url, env_file = service.environment["DATABASE_URL"], folder.parent / "service.env"
    lines = "".join(f"{name}={value}\n" for name, value in service.environment.items() if name in ("SECRET_KEY", "DATABASE_URL"))
    env_file.write_text(f"PORT=8000\n{lines}", encoding="utf-8")
    given = {"source": [str(folder)], "log": [str(service.log_file)]}
    if fault.kind == "django":
        given["database"] = [url]
    everything = [url, str(env_file), str(folder), str(service.log_file)]
    # What stands in a proxy's configuration only, nobody met here.
    if not fault.cause or set(statuses) != {200}:
        met = _met(service, people, folder.parent)
        given["wire"] = met
        everything += met
    given["all"] = everything
    facts = {kind: _facts(given[kind]) for kind in EVIDENCE if given.get(kind)}
    report = _report(everything)
    service.stop()
    said = {kind: _diagnosed(one) for kind, one in facts.items()}
    seen, without = facts["all"], None
    if fault.cause and not fault.noted and isinstance(seen, Facts):
        without = Unheard(fault.name, (fault.cause,), unheard(fault.cause, seen))
    return FrameworkResult(fault, statuses, said, without, report)


def _met(service: FrameworkService, people: Iterable[Person], folder: Path) -> list[str]:
    """What people can show of what they met: what their browsers recorded, and the site, where it still answers."""
    recorded = []
    for person in people:
        if person.recording.begun:
            recorded.append(str(folder / f"{person.name}.har"))
            person.recording.save(Path(recorded[-1]))
    return [*recorded, *([service.url] if service.exit_code is None else ())]


def _facts(words: list[str]) -> Facts | str:
    """What is gathered, or why nothing is."""
    items = sort(words, {})
    probed = any(item.kind is Kind.SITE for item in items)
    try:
        return gather(items, Options(probe=PROBE if probed else Request())).facts
    except NotEvidence as error:
        return str(error)


def _diagnosed(facts: Facts | str) -> Said:
    if isinstance(facts, str):
        return Said([], [], facts)
    found = diagnose(facts)
    causes = [(suspect.cause.id, str(suspect.confidence)) for suspect in found.causes]
    return Said(causes, [note.id for note in found.notes], str(found.verdict))


def _report(words: list[str]) -> str:
    probed = any(word.startswith("http") for word in words)
    command = [sys.executable, "-m", "sessile", "doctor", "--no-color", *(LOGIN if probed else ()), *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, env=doctor_environment(), check=False)
    return ran.stdout + ran.stderr


def as_json(result: FrameworkResult) -> str:
    """What was said, for a closer look."""
    said: dict[str, Any] = {kind: {"causes": one.causes, "notes": one.notes} for kind, one in result.said.items()}
    said["without"] = result.without and str(result.without.said)
    return json.dumps(said, indent=1)
