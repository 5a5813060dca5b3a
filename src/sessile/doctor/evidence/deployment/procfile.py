"""Reads a Procfile: one process a line."""

import re
from collections.abc import Iterator
from pathlib import Path

from sessile.doctor.evidence.deployment import command
from sessile.doctor.evidence.deployment.reading import text_of
from sessile.doctor.facts.deployment import Deployment, Role, Service

_PROCESS = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")
ROLES = {"web": Role.WEB, "release": Role.JOB}


def read(path: Path) -> Deployment:
    """What a Procfile says. Raises OSError if it cannot be read."""
    return Deployment(source=str(path), services=tuple(_services(path)))


def _services(path: Path) -> Iterator[Service]:
    for line, text in enumerate(text_of(path).splitlines(), 1):
        if found := _PROCESS.match(text):
            pointer = f"{path}:{line}"
            yield Service(
                name=found["name"],
                source=str(path),
                pointer=pointer,
                platform="Procfile",
                role=ROLES.get(found["name"], Role.WORKER),
                commands=(command.read(found["command"], pointer),),
            )
