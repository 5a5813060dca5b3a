"""Reads compose.yaml (github.com/compose-spec)."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from sessile.doctor.evidence import dotenv
from sessile.doctor.evidence.deployment import command
from sessile.doctor.evidence.deployment.reading import Node, interpolated, text_of, yaml_of
from sessile.doctor.evidence.deployment.variables import Given, concurrency, environment_of, node_env
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.facts.deployment import Count, Deployment, Origin, Role, Service, Variable
from sessile.doctor.facts.environment import Dialect

PLATFORM = "compose"
DATABASES = ("postgres", "postgis", "timescale", "pgvector", "mysql", "mariadb", "redis", "valkey", "mongo", "memcached")


def read(path: Path) -> Deployment:
    """What a compose file says. Raises OSError if it cannot be read, and NotEvidence if it is no YAML."""
    services = yaml_of(path).node("services")
    return Deployment(
        source=str(path), services=tuple(_service(name, services.node(name), services.pointer(name)) for name in services.names())
    )


def _service(name: str, node: Node, pointer: str) -> Service:
    given = [*_from_files(node), *_given(node)]
    commands = [(text, node.pointer(key)) for key in ("entrypoint", "command") if (text := _command(node, key))]
    started = tuple(command.read(text, where, concurrency=concurrency(given)) for text, where in commands)
    # Behind a proxy of the same file it needs no port of the host's.
    answers = node.get("ports") or node.get("expose") or any(one.server for one in started)
    is_database = any(word in node.text("image").lower() for word in DATABASES)
    return Service(
        name=name,
        source=node.source,
        pointer=pointer,
        platform=PLATFORM,
        role=Role.DATABASE if is_database else Role.WEB if answers else Role.WORKER,
        instances=_instances(node),
        variables=tuple(one.variable for one in given),
        environment=None if is_database else environment_of(given, f"{node.source} ({name})"),
        node_env=node_env(given),
        commands=started,
    )


def _command(node: Node, key: str) -> str:
    """The command as one line; `$$` is a `$` that compose leaves to the container."""
    words = [text.replace("$$", "$") for text, _ in node.texts(key)]
    return shlex.join(words) if len(words) > 1 else "".join(words)


def _instances(node: Node) -> Count | None:
    deploy = node.node("deploy")
    if number := deploy.number("replicas"):
        return Count(number, deploy.pointer("replicas"))
    number = node.number("scale")
    return Count(number, node.pointer("scale")) if number else None


def _given(node: Node) -> Iterator[Given]:
    environment = node.node("environment")
    for name in environment.names():
        yield _variable(name, environment.text(name), environment.get(name) is not None, environment.pointer(name))
    for text, pointer in node.texts("environment"):
        name, equals, value = text.partition("=")
        yield _variable(name, value, bool(equals), pointer)


def _variable(name: str, value: str, is_given: bool, pointer: str) -> Given:
    passed = not is_given or interpolated(value)
    return Given(Variable(name, Origin.PASSED if passed else Origin.WRITTEN, pointer), "" if passed else value.replace("$$", "$"))


def _from_files(node: Node) -> Iterator[Given]:
    """The variables of env_file, as docker reads such files: quotes are taken away by compose."""
    named = [*node.texts("env_file"), *((item.text("path"), item.pointer("path")) for item in node.nodes("env_file"))]
    for name, pointer in named:
        path = Path(node.source).parent / name
        try:
            content = text_of(path).encode()
        except (OSError, NotEvidence):
            continue
        for variable, assignment in dotenv.read(content)[Dialect.PYTHON].items():
            yield Given(Variable(variable, Origin.WRITTEN, f"{path}:{assignment.line}", pointer), assignment.value)
