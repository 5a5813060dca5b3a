"""What the environment of a service says about its secret, its database and its cookie; never the values themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Dialect(StrEnum):
    """A reader of .env files; the same line means different values to them."""

    NODE = "dotenv (Node)"
    PYTHON = "python-dotenv"
    SHELL = "shell"
    DOCKER = "docker --env-file"
    PROCESS = "environment"


class Flaw(StrEnum):
    """Something about a secret's text that makes two readers disagree, or a guess too easy."""

    EMPTY = "empty"
    QUOTES = "stray quotes"
    NEWLINE = "trailing newline or carriage return"
    SPACE = "surrounding space"
    HASH = "cut at a #"
    DOLLAR = "a $ that a shell expands"
    SYNTAX = "a character that means something to some readers"
    KNOWN = "a known default"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of one variable as one reader sees it: its fingerprint (8 hex digits of an HMAC), its length in characters,
    and how many different ones there are.
    """

    dialect: Dialect
    fingerprint: str
    length: int
    variety: int = 0


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret variable in one place. `readings` differ where dialects disagree; `flaws` are seen in the text itself.

    `bare` is the fingerprint of the value without the flaw (trimmed, unquoted, whole), by flaw. `pointer` names the place:
    a file and a line, or the variable.
    """

    name: str
    pointer: str
    readings: tuple[Reading, ...]
    flaws: tuple[Flaw, ...] = ()
    bare: tuple[tuple[Flaw, str], ...] = ()

    def fingerprint(self, dialect: Dialect) -> str | None:
        """The fingerprint of the value as that reader sees it, or None if that reader has no value."""
        return next((r.fingerprint for r in self.readings if r.dialect == dialect), None)

    @property
    def fingerprints(self) -> frozenset[str]:
        """All values that some reader sees, the flawless one included."""
        return frozenset(r.fingerprint for r in self.readings) | {value for _, value in self.bare}


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One place that configures one instance: a .env file or the process's own environment.

    `secrets` holds what it gives as session secret, in order; empty when it gives none. `names` are all variable names,
    `empty` those of secrets that are there without a value, `lookalikes` those that are nearly a secret's name.
    `service_like` says that it configures the service at all (and not only, say, the shell the doctor runs in), `declared` that
    it stands in a deployment file, which may be for another place than a .env file beside it. `words` are the values, by name, of
    what is no secret: switches such as "false", numbers of milliseconds, SameSite, a cookie's Domain. `spaced` are the names of
    secrets that have white space beside a comma, as a list is often written.
    """

    source: str
    secrets: tuple[Secret, ...] = ()
    names: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    lookalikes: tuple[str, ...] = ()
    database_address: str | None = None
    database_quoted: bool = False
    node_env: str | None = None
    service_like: bool = True
    declared: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    spaced: tuple[str, ...] = ()

    @property
    def secret(self) -> Secret | None:
        """The secret that signs, or None."""
        return self.secrets[0] if self.secrets else None
