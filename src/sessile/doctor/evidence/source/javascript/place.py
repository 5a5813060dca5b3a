"""Where a node stands, as a report shows it: file, line, and the line itself without its secrets."""

import re
from functools import lru_cache
from typing import Final

from tree_sitter import Node

from sessile.doctor.evidence.source.javascript import tree
from sessile.doctor.evidence.source.javascript.module import Module
from sessile.doctor.facts.source import Place
from sessile.doctor.masking import MASK, excerpt

WIDTH: Final = 160
LONGEST: Final = 1000
"""A line of more characters is no line that a person wrote, and is not shown."""
# What stands in quotes on a line about a secret may be the secret, as in `secret: process.env.S || 'dev'`.
_SECRET: Final = re.compile(r"secret|password|passphrase|token|key|cookieParser", re.IGNORECASE)
_QUOTED: Final = re.compile(r"""(["'`])(?:\\.|(?!\1).)+\1""")


def place(module: Module, node: Node) -> Place:
    """The place of a node."""
    number = tree.line(node)
    written = module.lines[number - 1] if number <= len(module.lines) else ""
    return Place(module.path, number, shown(written) if len(written) <= LONGEST else "")


@lru_cache(maxsize=4096)
def shown(written: str) -> str:
    """A line of code as it may be shown."""
    line = written.strip()
    if _SECRET.search(line):
        line = _QUOTED.sub(rf"\g<1>{MASK}\g<1>", line)
    return excerpt(line, WIDTH)
