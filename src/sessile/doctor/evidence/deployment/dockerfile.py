"""Reads a Dockerfile: what its last stage starts, and the variables that it bakes into the image."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import orjson

from sessile.doctor.evidence.deployment import command
from sessile.doctor.evidence.deployment.reading import text_of
from sessile.doctor.evidence.deployment.variables import Given, concurrency, environment_of, node_env
from sessile.doctor.facts.deployment import Command, Deployment, Origin, Service, Variable

_INSTRUCTION = re.compile(r"\s*(?P<name>[A-Za-z]+)\s+(?P<rest>\S.*)", re.DOTALL)


def read(path: Path) -> Deployment:
    """What a Dockerfile says. Raises OSError if it cannot be read."""
    stage = _last_stage(text_of(path))
    given = [one for line, name, rest in stage if name == "ENV" for one in _variables(rest, f"{path}:{line}")]
    started = {name: (_line(rest), f"{path}:{line}") for line, name, rest in stage if name in ("ENTRYPOINT", "CMD")}
    commands = [command.read(text, pointer, concurrency=concurrency(given)) for text, pointer in started.values()]
    built = [effect for line, name, rest in stage if name == "RUN" for effect in command.made_up(rest, f"{path}:{line}")]
    if built:
        commands.insert(0, Command(pointer=built[0].pointer, secrets=tuple(built)))
    service = Service(
        name="image",
        source=str(path),
        pointer=f"{path}:{stage[0][0] if stage else 1}",
        platform="Docker",
        variables=tuple(one.variable for one in given),
        environment=environment_of(given, str(path)),
        node_env=node_env(given),
        commands=tuple(commands),
    )
    return Deployment(source=str(path), services=(service,) if stage else ())


def _last_stage(text: str) -> list[tuple[int, str, str]]:
    stage: list[tuple[int, str, str]] = []
    for line, name, rest in _instructions(text):
        if name == "FROM":
            stage = []
        stage.append((line, name, rest))
    return stage


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Each instruction with its line; a backslash at a line's end goes on with the next, comments between them left out."""
    begun, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        first = first if begun else number
        begun = f"{begun} {line.strip()}" if begun else line.strip()
        if begun.endswith("\\"):
            begun = begun[:-1].rstrip()
            continue
        if found := _INSTRUCTION.match(begun):
            yield first, found["name"].upper(), found["rest"]
        begun = ""


def _variables(rest: str, pointer: str) -> Iterator[Given]:
    """`ENV A=b C=d`, or in the old form `ENV A b`."""
    words = _words(rest)
    if words and "=" not in words[0]:
        words = [f"{words[0]}={' '.join(words[1:])}"]
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            passed = value.startswith("$")
            yield Given(Variable(name, Origin.PASSED if passed else Origin.WRITTEN, pointer), "" if passed else value)


def _line(rest: str) -> str:
    """The command as one line, given as JSON or for a shell."""
    if rest.startswith("["):
        try:
            words = orjson.loads(rest)
        except orjson.JSONDecodeError:
            return rest
        if isinstance(words, list):
            return shlex.join(map(str, words))
    return rest


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest)
    except ValueError:
        return rest.split()
