"""The reader of a POSIX shell that sources the file (`set -a; . ./.env`), without running anything.

A value is seen only where the file alone decides it: not where it comes from a command, from the process (`$$`) or from
a home directory (`~`). Variables that the file does not set count as empty.
Source: POSIX.1-2024, Shell Command Language.
"""

import re
from dataclasses import dataclass, field

from sessile.doctor.evidence.dotenv.assignment import Assignment, Lines

_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?==)")
_PARAMETER = re.compile(
    r"""
    \{ (?P<braced> [A-Za-z_][A-Za-z0-9_]* ) (?: (?P<unless> :?- ) (?P<default> [^}'"\\$`]* ) )? \}
    | (?P<name> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<empty> [1-9@*] )
    """,
    re.VERBOSE,
)
_DECIDED_ELSEWHERE = "0?$!-#"
_ENDS_WORD = " \t\n;&|()<>"
_LOGIC = frozenset(
    {"if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "{", "}", "!"}
    | {"exit", "return", "exec", "eval", "unset", "shift", "read", "readonly"}
)


def read(content: bytes) -> dict[str, Assignment]:
    """The variables by name. Raises ValueError where a shell stops at the syntax, or where the file is a program."""
    script = _Script(content.decode("utf-8", "surrogateescape").replace("\0", ""))
    script.run()
    return {name: Assignment(value, line) for name, (value, line) in script.variables.items() if value is not None}


@dataclass(slots=True)
class _Command:
    """A simple command: what it assigns (a value of None is not decided by the file), and its words."""

    assigned: dict[str, tuple[str | None, int]] = field(default_factory=dict)
    words: list[str | None] = field(default_factory=list)

    @property
    def assigns(self) -> bool:
        """Whether its assignments outlive it: there is no other program that they are made for."""
        return not self.words or self.words[0] == "export"

    def __bool__(self) -> bool:
        return bool(self.assigned or self.words)


class _Script:
    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = Lines(text)
        self.at = 0
        self.variables: dict[str, tuple[str | None, int]] = {}
        self.command = _Command()
        self.skipping = False
        self.awaiting = False

    def run(self) -> None:
        while self.at < len(self.text):
            character = self.text[self.at]
            if self.text.startswith("\\\n", self.at):
                self.at += 2
            elif character in " \t":
                self.at += 1
            elif character == "#":
                self._skip_to("\n")
            elif character in "\n;&|":
                self._operator()
            elif character in "()<":
                raise ValueError(f"line {self.lines.at(self.at)} is not an assignment")
            elif character == ">":
                self._redirection()
            else:
                self._argument()
        if self.awaiting:
            raise ValueError("the last operator lacks its second command")
        self._finish()

    def _operator(self) -> None:
        operator = next(o for o in ("\n", "&&", "||", ";", "&", "|") if self.text.startswith(o, self.at))
        if operator == "\n" and self.awaiting:
            self.at += 1
            return
        if operator != "\n" and not self.command:
            raise ValueError(f"line {self.lines.at(self.at)} has an operator without a command")
        self.at += len(operator)
        if operator in "&|":  # what runs in the background or in a pipe assigns to a shell of its own
            self.command = _Command()
        assigned = bool(self.command) and self.command.assigns
        self._finish()
        self.awaiting = operator in ("&&", "||", "|")
        self.skipping = operator == "|" or (operator == "||" and assigned) or (operator == "&&" and not assigned)

    def _finish(self) -> None:
        if self.command.assigns and not self.skipping:
            self.variables |= self.command.assigned
        self.command = _Command()

    def _redirection(self) -> None:
        self.at += 2 if self.text[self.at + 1 : self.at + 2] in ">|&" else 1
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        start = self.at
        self._word()
        if self.at == start:
            raise ValueError(f"line {self.lines.at(self.at)} redirects to nothing")

    def _argument(self) -> None:
        self.awaiting = False
        name = _ASSIGNMENT.match(self.text, self.at)
        line = self.lines.at(self.at)
        if name and self.command.assigns:
            self.at = name.end() + 1
            self.command.assigned[name[0]] = self._word(assigned=True), line
            return
        word = self._word()
        if not self.command.words and word in _LOGIC:
            raise ValueError(f"line {line} is a program, not an assignment")
        self.command.words.append(word)

    def _word(self, *, assigned: bool = False) -> str | None:
        """The word that begins here, or None if the file alone does not decide it."""
        parts: list[str | None] = []
        while self.at < len(self.text) and self.text[self.at] not in _ENDS_WORD:
            character = self.text[self.at]
            self.at += 1
            if character == "'":
                parts.append(self._skip_to("'", past=True))
            elif character == '"':
                parts += self._double_quoted()
            elif character == "\\":
                parts.append(self._escaped())
            elif character in "$`":
                parts.append(self._expansion(character, quoted=False))
            elif character == "~" and assigned and self.text[self.at - 2] in "=:":
                parts.append(None)
            else:
                parts.append(character)
        return _joined(parts)

    def _double_quoted(self) -> list[str | None]:
        parts: list[str | None] = []
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character == '"':
                return parts
            if character in "$`":
                parts.append(self._expansion(character, quoted=True))
            elif character == "\\" and self.text[self.at : self.at + 1] not in ("$", "`", '"', "\\", "\n"):
                parts.append(character)
            elif character == "\\":
                parts.append(self._escaped())
            else:
                parts.append(character)
        raise ValueError("a quoted string does not end")

    def _escaped(self) -> str:
        character = self.text[self.at : self.at + 1]
        self.at += 1
        return {"\n": "", "": "\\"}.get(character, character)

    def _expansion(self, opener: str, *, quoted: bool) -> str | None:
        if opener == "`":
            self._skip_to("`", past=True)
            return None
        parameter = _PARAMETER.match(self.text, self.at)
        following = self.text[self.at : self.at + 1]
        if parameter:
            self.at = parameter.end()
            return self._parameter(parameter)
        if following == "(":
            self._skip_parentheses()
            return None
        if following == "{":
            self._skip_to("}", past=True)
            return None
        if following and following in _DECIDED_ELSEWHERE:
            self.at += 1
            return None
        return None if following in ("'", '"') and not quoted else "$"

    def _parameter(self, parameter: re.Match[str]) -> str | None:
        if parameter["empty"]:
            return ""
        known = self.variables | self.command.assigned
        value, _ = known.get(parameter["braced"] or parameter["name"], ("", 0))
        unset = (parameter["braced"] or parameter["name"]) not in known
        wants_default = unset if parameter["unless"] == "-" else value == ""
        return parameter["default"] or "" if wants_default else value

    def _skip_to(self, end: str, *, past: bool = False) -> str:
        """The text up to that character; ValueError if it has to come and does not."""
        found = self.text.find(end, self.at)
        if found < 0 and past:
            raise ValueError(f"line {self.lines.at(self.at)} lacks a closing {end}")
        start, found = self.at, len(self.text) if found < 0 else found
        self.at = found + past
        return self.text[start:found]

    def _skip_parentheses(self) -> None:
        depth = 0
        while self.at < len(self.text):
            depth += {"(": 1, ")": -1}.get(self.text[self.at], 0)
            self.at += 1
            if not depth:
                return
        raise ValueError("a command substitution does not end")


def _joined(parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    return "".join(known) if len(known) == len(parts) else None
