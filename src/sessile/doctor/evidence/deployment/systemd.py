"""Reads the unit file of a service of systemd (systemd.service, systemd.exec)."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from sessile.doctor.evidence import dotenv
from sessile.doctor.evidence.deployment import command
from sessile.doctor.evidence.deployment.reading import text_of
from sessile.doctor.evidence.deployment.variables import Given, concurrency, environment_of, node_env
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.facts.deployment import Deployment, Origin, Service, Variable
from sessile.doctor.facts.environment import Dialect

COMMANDS = ("ExecStartPre", "ExecStart")


def read(path: Path) -> Deployment:
    """What a unit file says. Raises OSError if it cannot be read."""
    settings = list(_settings(text_of(path)))
    given = [one for line, name, value in settings for one in _given(path, line, name, value)]
    commands = [
        command.read(value.lstrip("-@+!:"), f"{path}:{line}", concurrency=concurrency(given))
        for line, name, value in settings
        if name in COMMANDS
    ]
    service = Service(
        name=path.stem.rstrip("@"),
        source=str(path),
        pointer=f"{path}:1",
        platform="systemd",
        variables=tuple(one.variable for one in given),
        environment=environment_of(given, str(path)),
        node_env=node_env(given),
        commands=tuple(commands),
    )
    return Deployment(source=str(path), services=(service,))


def _settings(text: str) -> Iterator[tuple[int, str, str]]:
    """The settings of the section [Service], each with its line; a line that ends in a backslash goes on in the next."""
    section, begun, first = "", "", 0
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if begun:
            stripped = f"{begun} {stripped}"
        elif stripped.startswith(("#", ";")):
            continue
        else:
            first = number
        if stripped.endswith("\\"):
            begun = stripped[:-1].rstrip()
            continue
        begun = ""
        if stripped.startswith("["):
            section = stripped
        name, equals, value = stripped.partition("=")
        if equals and section == "[Service]":
            yield first, name.strip(), value.strip()


def _given(path: Path, line: int, name: str, value: str) -> Iterator[Given]:
    pointer = f"{path}:{line}"
    if name == "Environment":
        for assignment in _words(value):
            variable, equals, text = assignment.partition("=")
            if equals:
                yield Given(Variable(variable, Origin.WRITTEN, pointer), text)
    elif name == "PassEnvironment":
        yield from (Given(Variable(variable, Origin.PASSED, pointer)) for variable in value.split())
    elif name == "EnvironmentFile":
        yield from _from_file(path, Path(value.lstrip("-")), pointer)


def _from_file(unit: Path, named: Path, pointer: str) -> Iterator[Given]:
    """The variables of a file that lies beside the unit; elsewhere it belongs to another machine."""
    path = unit.parent / named.name
    try:
        content = text_of(path).encode()
    except (OSError, NotEvidence):
        return
    for name, assignment in dotenv.read(content)[Dialect.SHELL].items():
        yield Given(Variable(name, Origin.WRITTEN, f"{path}:{assignment.line}", pointer), assignment.value)


def _words(value: str) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError:
        return value.split()
