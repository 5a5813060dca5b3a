"""The matrix of the wire: each fault, and what the doctor says from each kind of evidence."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from lab.browser import PASSWORD
from lab.matrix import THROWAWAY
from lab.saying import without
from lab.scene import SECRET, SERVICES, Scene
from lab.unheard import Unheard
from lab.wire.asking import ask
from lab.wire.cookie_session import CookieSessionService
from lab.wire.edge import Edge
from lab.wire.fault import WireFault
from lab.wire.person import EMAIL, person
from lab.wire.sanitized import sanitize
from sessile.demo.postgres import EmbeddedPostgres
from sessile.doctor import bundle

EVIDENCE: Final = ("site", "har", "both", "sanitized", "direct", "inside", "all", "browser")
"""The site; the recording; both; the recording without cookies; the site and the service's own address; the recording with
database, .env and log; everything; the site, visited by a browser.
"""
KINDS: Final = {**SERVICES, "starlette": CookieSessionService}
ANOTHER_SECRET: Final = "another-app-0123456789-another-app"
WITHOUT_TABLE: Final = ("starlette",)
SECRETS: Final = (PASSWORD + '"', "shop-password", SECRET, ANOTHER_SECRET, "k3vk3v", "ab3ab3")


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
        return next((number for number, cause in enumerate(self.causes, 1) if cause["id"] == fault.cause), 0)

    def surely_wrong(self, fault: WireFault) -> bool:
        """Whether another cause was confirmed and stood first, or a crash or a secret stands in place of a report."""
        first = self.causes[0] if self.causes else None
        wrong = first is not None and first["confidence"] == "confirmed" and first["id"] not in {fault.cause, *fault.alike}
        return wrong or self.exit_status == 2 or any(secret in self.output for secret in SECRETS)


@dataclass
class WireResult:
    """What a person met, and what the doctor said by kind of evidence; `without`: of everything, without the cause's own file."""

    fault: WireFault
    kind: str
    statuses: list[int]
    said: Mapping[str, Saying]
    without: Unheard | None

    @property
    def suffered(self) -> bool:
        """Whether anybody met anything but success."""
        return set(self.statuses) != {200}

    @property
    def complaints(self) -> list[str]:
        """What did not come out as it must, in words: a control is healthy to all; nobody is surely wrong; a fault stands first
        where it shows.
        """
        if not self.fault.cause:
            alarmed = [evidence for evidence, said in self.said.items() if said.exit_status not in (0, 3) or said.causes]
            unwell = [f"met {self.statuses}"] if self.suffered else []
            return unwell + [f"{evidence}: a false alarm" for evidence in alarmed]
        wrong = [f"{evidence}: surely wrong" for evidence, said in self.said.items() if said.surely_wrong(self.fault)]
        places = {evidence: said.place(self.fault) for evidence, said in self.said.items()}
        wrong += [f"{one}: not first" for one, place in places.items() if one in self.fault.shows and place != 1]
        return wrong + [f"{one}: not near" for one, place in places.items() if one in self.fault.hints and not 1 <= place <= 3]


def run(faults: Iterable[WireFault], evidence: Iterable[str] = EVIDENCE, keep: Path | None = None) -> Iterator[WireResult]:
    """Play each fault on each service that can have it; the recordings are copied to the folder `keep`.

    Raises ChromiumMissingError or NginxMissingError.
    """
    wanted = tuple(evidence)
    with EmbeddedPostgres(settings=THROWAWAY, auth="scram-sha-256") as postgres:
        for fault in faults:
            for kind in fault.kinds:
                yield _play(fault, kind, postgres, wanted, keep)


def _play(fault: WireFault, kind: str, postgres: EmbeddedPostgres, wanted: tuple[str, ...], keep: Path | None) -> WireResult:
    with ExitStack() as resources:
        folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="sessile-wire-")))
        folder.chmod(0o755)
        scene = resources.enter_context(Scene(kind, postgres, folder, f"wire_{kind}_{fault.name}", KINDS))
        scene.environment.update(fault.service)
        if kind not in WITHOUT_TABLE:  # as in production, where others have logged in before
            ask("table", "--create", scene.url)
        apps = _start(scene, fault, resources)
        edge = resources.enter_context(Edge(apps, fault.edge, fault.beside, folder))
        har, clean = folder / "visit.har", folder / "sanitized.har"
        with person(edge, har, third_party=fault.third_party) as visitor:
            statuses = fault.visit(visitor, fault)
        sanitize(har, clean)
        if keep:
            shutil.copy(har, keep / f"{fault.name}-{kind}.har")
        site = _site(edge, fault)
        log = [str(service.log_file) for service in scene.services]
        inside = log if kind in WITHOUT_TABLE else scene.evidence()
        given: Mapping[str, list[str]] = {
            "site": site,
            "har": [str(har)],
            "both": [*site, str(har)],
            "sanitized": [str(clean)],
            "direct": [*site, apps[0][0]],
            "inside": [str(har), *inside],
            "all": [*site, apps[0][0], str(har), *inside],
            "browser": [*site, "--browser"],
        }
        packed = folder / "all.zip"
        everything = ("--bundle", str(packed), *given["all"])
        said = {one: _ask(*(everything if one == "all" else given[one])) for one in wanted if one not in fault.spared}
        return WireResult(fault, kind, statuses, said, _unheard(fault, kind, packed))


def _unheard(fault: WireFault, kind: str, packed: Path) -> Unheard | None:
    if not fault.cause or not packed.exists():
        return None
    said = without(fault.cause, bundle.read(packed).facts)
    return Unheard(f"{fault.name} on {kind}", (fault.cause, *fault.alike), said)


def _start(scene: Scene, fault: WireFault, resources: ExitStack) -> list[list[str]]:
    """The addresses of each app's instances: the scene's own, with its twin, and another app with its own secret."""
    scene.start()
    first = scene.services[0]
    apps = [[first.url]]
    if fault.twin is not None:
        settings = {**first.environment, "INSTANCE": "web-2", **fault.twin}
        apps[0].append(resources.enter_context(KINDS[scene.kind](settings, scene.directory)).url)
    if fault.second:
        settings = {**scene.environment, "STORE": "memory", "SESSION_SECRET": ANOTHER_SECRET, "INSTANCE": "other"}
        apps.append([resources.enter_context(KINDS[scene.kind](settings, scene.directory)).url])
    return apps


def _site(edge: Edge, fault: WireFault) -> list[str]:
    parts = urlsplit(fault.site)
    tls, plain = edge.doors[0]
    login = ["--login", "/api/auth/login", "--data", f"email={EMAIL}", "--data", f"password={PASSWORD}"]
    paths = ["--protected", "/api/me", "--logout", "/api/auth/logout"]
    trust = ["--cacert", str(edge.certificate)] if parts.scheme == "https" else []
    origin = ["--origin", fault.page] if fault.page else []
    port = tls if parts.scheme == "https" else plain
    return [fault.site, *login, *paths, *origin, *trust, "--resolve", f"{parts.hostname}=127.0.0.1:{port}"]


def _ask(*evidence: str) -> Saying:
    status, printed, errors = ask("doctor", "--json", *evidence)
    return Saying(status, json.loads(printed) if printed.startswith("{") else {}, printed + errors)
