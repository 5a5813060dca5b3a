"""What a service's source says of its session secret: made up at each start, left out, or written down."""

from collections.abc import Iterator

from sessile.doctor import layers
from sessile.doctor.facts import Environment, Evidence, Facts
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.source import Deed, Fresh, Literal, Part, Setting, Several, Source, Value, Variable
from sessile.doctor.layers import Keeper
from sessile.session.strength import KNOWN

NAMES = ("secret", "secret_key", "SECRET_KEY")
NEEDS_IT_LATER = (Keeper.FLASK,)
"""Those that start without a secret, and fail at the first session (flask/sessions.py); the others do not start."""


def made_up(facts: Facts) -> tuple[Evidence, ...]:
    """The secrets that each start makes up, whatever the environment says."""
    return tuple(
        source.evidence(setting.place, f"{setting.name} is made up at each start, by {value.how}")
        for source, setting in _secrets(facts)
        if isinstance(value := _first(setting.value), Fresh)
    ) + tuple(
        source.evidence(act.place, f"each start gives {act.detail}, which signs, a new value")
        for source, setting in _secrets(facts)
        for act in source.did(Deed.SETS_VARIABLE_ANEW)
        if isinstance(value := _first(setting.value), Variable) and value.name == act.detail
    )


def made_up_unless_set(facts: Facts) -> tuple[tuple[str, Evidence], ...]:
    """The variables without which each start makes up a secret, and where."""
    return tuple(
        (value.name, source.evidence(setting.place, f"without {value.name} each start makes up {setting.name}"))
        for source, setting in _secrets(facts)
        if isinstance(value := _first(setting.value), Variable) and isinstance(value.default, Fresh)
    )


def variables(facts: Facts) -> frozenset[str]:
    """The variables of the environment that the sessions' secrets are read from."""
    steps = (step for source in facts.sources for step in source.of(Part.SESSION))
    values = (_first(found.value) for step in steps for name in (*NAMES, "keys") if (found := step.setting(name)))
    return frozenset(value.name for value in values if isinstance(value, Variable))


def lacks(facts: Facts, name: str) -> Environment | None:
    """An environment of the service that does not set a variable, where no other one does."""
    environments = [one for one in facts.environments if one.service_like]
    declared = [service for service in facts.deployments.services if service.variable(name)]
    if not environments or declared or any(name in one.names for one in environments):
        return None
    return environments[0]


def left_out(facts: Facts) -> tuple[Evidence, ...]:
    """The layers of which all of the code was seen, and none of it gives them a secret."""
    return tuple(
        layer.evidence(None, f"no {layers.NAMES[layer.keeper]['secret']} is set anywhere in the source")
        for layer in layers.layers(facts, *NEEDS_IT_LATER)
        if layer.source.complete and not layer.step.open_ended and layer.option("secret") is None
    )


def known(facts: Facts) -> tuple[Evidence, ...]:
    """The secrets that are written in the source and that everybody knows."""
    return tuple(
        source.evidence(setting.place, f"{setting.name} is a default that everybody knows")
        for source, setting in _secrets(facts)
        for text in _texts(setting.value)
        if text.reveal() in KNOWN
    )


def _secrets(facts: Facts) -> Iterator[tuple[Source, Setting]]:
    for source in layers.sources(facts):
        for step in source.of(Part.SESSION):
            for name in NAMES:
                setting = next((one for one in reversed(step.settings) if one.name == name), None)
                if setting:
                    yield source, setting


def _first(value: Value) -> Value:
    """The secret that signs, of a list of them."""
    return value.items[0] if isinstance(value, Several) and value.items else value


def _texts(value: Value) -> Iterator[Concealed]:
    first = _first(value)
    if isinstance(first, Literal) and isinstance(first.value, Concealed):
        yield first.value
