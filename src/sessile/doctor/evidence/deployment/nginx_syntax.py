"""Reads nginx's configuration language into a tree of directives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*) | (?P<mark>[{};]) | "(?P<double>(?:[^"\\]|\\.)*)" | '(?P<single>(?:[^'\\]|\\.)*)'
    | (?P<word>(?:\$\{[^}\n]*\}|\\.|[^\s;{}"'\\]|(?<=\S)["'])+)""",
    re.VERBOSE | re.DOTALL,
)
DEEPEST = 20


@dataclass(slots=True)
class Directive:
    """One directive: its name, its arguments, its line (counted from 1), and what stands in its block, None if it has none."""

    name: str
    arguments: tuple[str, ...]
    line: int
    block: "list[Directive] | None" = None

    def of(self, name: str) -> "list[Directive]":
        """The directives of that name directly in its block."""
        return [one for one in self.block or () if one.name == name]


@dataclass(slots=True)
class _Open:
    directives: list[Directive] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    line: int = 0


def parse(text: str) -> list[Directive]:
    """The directives of a file. What is no nginx configuration gives what could be made of it, up to a brace too many."""
    stack = [_Open()]
    for kind, value, line in _tokens(text):
        top = stack[-1]
        if kind != "mark":
            top.line = top.line if top.words else line
            top.words.append(value)
        elif value == "}":
            if len(stack) == 1:
                break
            stack.pop()
        else:
            if top.words:
                block: list[Directive] | None = [] if value == "{" else None
                top.directives.append(Directive(top.words[0].lower(), tuple(top.words[1:]), top.line, block))
            top.words = []
            if value == "{" and top.directives:
                if len(stack) > DEEPEST:
                    break
                stack.append(_Open(top.directives[-1].block or []))
                top.directives[-1].block = stack[-1].directives
    return stack[0].directives


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    position, line = 0, 1
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            position += 1
            continue
        kind = found.lastgroup or "space"
        if kind != "space":
            yield "mark" if kind == "mark" else "word", found[kind], line
        line += found[0].count("\n")
        position = found.end()
