"""Reads the files that put a service into operation: render.yaml, compose, Procfile, Dockerfile, systemd units, nginx.conf."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sessile.doctor.evidence.deployment import compose, dockerfile, nginx, procfile, render, systemd
from sessile.doctor.facts.deployment import Deployment

READERS: Mapping[str, tuple[re.Pattern[str], Callable[[Path], Deployment]]] = {
    "render.yaml": (re.compile(r"render\.ya?ml"), render.read),
    "compose": (re.compile(r"(?:docker-)?compose(?:[.-][\w-]+)?\.ya?ml"), compose.read),
    "Procfile": (re.compile(r"Procfile(?:\.[\w-]+)?"), procfile.read),
    "Dockerfile": (re.compile(r"(?:Docker|Container)file(?:\.[\w-]+)?|[\w-]+\.[Dd]ockerfile"), dockerfile.read),
    "systemd": (re.compile(r"[\w@.-]+\.service"), systemd.read),
    "nginx": (re.compile(r"(?:[\w.-]*nginx[\w.-]*)\.conf(?:\.template)?|[\w.-]+\.nginx"), nginx.read),
}
"""Each kind of file: how it is known by its name, and its reader."""

FOLDERS = ("", "deploy", "deployment", "docker", "nginx", "infra", "ops", "config", "conf", ".docker", "systemd", "etc")
"""Where in a project such files lie."""


def recognised(path: Path) -> bool:
    """Whether a file is one of these, by its name."""
    return any(name.fullmatch(path.name) for name, _ in READERS.values())


def collect(path: Path) -> Deployment:
    """What the file says. Raises OSError if it cannot be read, and NotEvidence if it is not what its name says."""
    reader = next((read for name, read in READERS.values() if name.fullmatch(path.name)), nginx.read)
    return reader(path)


def in_folder(folder: Path) -> Iterator[Path]:
    """The deployment files of a project, those at its top first."""
    for name in FOLDERS:
        inner = folder / name if name else folder
        if inner.is_dir():
            yield from sorted(path for path in inner.iterdir() if recognised(path) and path.is_file())
