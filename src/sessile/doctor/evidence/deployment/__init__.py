"""Reads the files that put a service into operation: render.yaml, compose, Procfile, Dockerfile, systemd units, nginx.conf."""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from sessile.doctor.facts.deployment import Deployment


class Form(StrEnum):
    """What kind of file it is."""

    RENDER = "render.yaml"
    COMPOSE = "compose"
    PROCFILE = "Procfile"
    DOCKERFILE = "Dockerfile"
    SYSTEMD = "systemd"
    NGINX = "nginx"


NAMES: Mapping[Form, re.Pattern[str]] = {
    Form.RENDER: re.compile(r"render\.ya?ml"),
    Form.COMPOSE: re.compile(r"(?:docker-)?compose(?:[.-][\w-]+)?\.ya?ml"),
    Form.PROCFILE: re.compile(r"Procfile(?:\.[\w-]+)?"),
    Form.DOCKERFILE: re.compile(r"(?:Docker|Container)file(?:\.[\w-]+)?|[\w-]+\.[Dd]ockerfile"),
    Form.SYSTEMD: re.compile(r"[\w@.-]+\.service"),
    Form.NGINX: re.compile(r"[\w.-]*nginx[\w.-]*\.conf(?:\.template)?|[\w.-]+\.nginx"),
}
"""Each kind of file by its usual names."""

FOLDERS = ("", "deploy", "deployment", "docker", "nginx", "infra", "ops", "config", "conf", ".docker", "systemd", "etc")
"""Where in a project such files lie."""

_NGINX = re.compile(
    r"^\s*(?:(?:proxy|uwsgi|fastcgi|grpc)_pass\s+[^;]+;|(?:server|http)\s*\{|location\s+(?:[=~^*]+\s+)?[^\s{;]+\s*\{)",
    re.MULTILINE,
)


def recognised(path: Path) -> bool:
    """Whether a file is one of these, by its name."""
    return any(name.fullmatch(path.name) for name in NAMES.values())


def is_nginx(text: str) -> bool:
    """Whether a text of another name is an nginx configuration, as those in sites-available are."""
    return _NGINX.search(text) is not None and ";" in text


def collect(path: Path) -> Deployment:
    """What the file says. Raises OSError if it cannot be read, and NotEvidence if it is not what its name says."""
    form = next((form for form, name in NAMES.items() if name.fullmatch(path.name)), Form.NGINX)
    return _readers()[form](path)


def in_folder(folder: Path) -> Iterator[Path]:
    """The deployment files of a project, those at its top first."""
    for name in FOLDERS:
        inner = folder / name if name else folder
        if inner.is_dir():
            yield from sorted(path for path in inner.iterdir() if recognised(path) and path.is_file())


def _readers() -> Mapping[Form, Callable[[Path], Deployment]]:
    from sessile.doctor.evidence.deployment import compose, dockerfile, nginx, procfile, render, systemd

    return {
        Form.RENDER: render.read,
        Form.COMPOSE: compose.read,
        Form.PROCFILE: procfile.read,
        Form.DOCKERFILE: dockerfile.read,
        Form.SYSTEMD: systemd.read,
        Form.NGINX: nginx.read,
    }
