"""The variables of a service in a deployment file, and what they say of its secret and its database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sessile.doctor.evidence import environment
from sessile.doctor.evidence.environment import SECRET_NAMES
from sessile.doctor.facts.deployment import Count, Origin, Variable
from sessile.doctor.facts.environment import Dialect, Environment
from sessile.doctor.masking import mask


@dataclass(frozen=True, slots=True)
class Given:
    """A variable with its value, which goes no further than to its fingerprint."""

    variable: Variable
    value: str = field(default="", repr=False)


def environment_of(given: Iterable[Given], source: str) -> Environment | None:
    """What variables say, read as the process gets them; None where the secret that signs is not written down.

    A variable that is missing from such a file may still be set at the platform: only what is there counts.
    """
    latest = {one.variable.name: one for one in given}
    written = {name: one for name, one in latest.items() if one.variable.origin is Origin.WRITTEN}
    signing = next((name for name in SECRET_NAMES if name in latest), None)
    if signing is None or signing not in written:
        return None
    variables = {name: ({Dialect.PROCESS: one.value}, one.variable.pointer) for name, one in written.items()}
    found = environment.from_variables(variables, source)
    unknown = tuple(name for name in latest if name not in written)
    return replace(found, names=(*found.names, *unknown), declared=True)


def node_env(given: Iterable[Given]) -> str:
    """What NODE_ENV is, "" where it is not written down."""
    return mask(next((one.value for one in reversed([*given]) if one.variable.name == "NODE_ENV"), ""))


def concurrency(given: Sequence[Given]) -> Count | None:
    """How many processes WEB_CONCURRENCY asks for."""
    found = next((one for one in reversed(given) if one.variable.name == "WEB_CONCURRENCY"), None)
    return Count(int(found.value), found.variable.pointer) if found and found.value.isdigit() and len(found.value) < 5 else None
