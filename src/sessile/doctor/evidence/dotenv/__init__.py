"""What each reader of .env files makes of the same text.

The readers differ on quotes, `#`, `$`, backslashes, spaces and carriage returns; on a plain word they all agree.
`node --env-file` reads as Node's dotenv does, but for a byte order mark, tabs at either end, escaped quotes and text
after a closing quote.
"""

from collections.abc import Callable, Mapping

from sessile.doctor.evidence.dotenv import docker, node, python, shell
from sessile.doctor.evidence.dotenv.assignment import Assignment
from sessile.doctor.facts.environment import Dialect

__all__ = ["Assignment", "read"]

_READERS: Mapping[Dialect, Callable[[bytes], dict[str, Assignment]]] = {
    Dialect.NODE: node.read,
    Dialect.PYTHON: python.read,
    Dialect.SHELL: shell.read,
    Dialect.DOCKER: docker.read,
}


def read(content: bytes) -> dict[Dialect, dict[str, Assignment]]:
    """Each reader's variables by name. A reader that refuses the file as a whole is left out."""
    return {dialect: seen for dialect, reader in _READERS.items() if (seen := _seen(reader, content)) is not None}


def _seen(reader: Callable[[bytes], dict[str, Assignment]], content: bytes) -> dict[str, Assignment] | None:
    try:
        return reader(content)
    except ValueError:
        return None
