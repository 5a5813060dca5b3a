"""How many processes of a service run side by side, as the deployment files say."""

from collections.abc import Iterator

from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.deployment import Command, Service


def several(facts: Facts) -> tuple[Evidence, ...]:
    """What shows that more than one process answers requests."""
    return tuple(evidence for service in facts.deployments.web for evidence in _several(service))


def processes(facts: Facts) -> tuple[int, int]:
    """How many copies run at most, and how many processes answer in each; 1 where nothing says more."""
    each = [
        (service.instances.largest if service.instances else 1, service.workers.number if service.workers else 1)
        for service in facts.deployments.web
    ]
    return max((copies for copies, _ in each), default=1), max((workers for _, workers in each), default=1)


def commands(facts: Facts) -> Iterator[tuple[Service, Command]]:
    """Every command that runs when a service that answers or works starts."""
    yield from ((service, command) for service in facts.deployments.services for command in service.commands)


def drops(facts: Facts, *, certain: bool = False) -> tuple[Evidence, ...]:
    """The start commands that throw tables or rows away, or only those that do so whatever the schema says."""
    return tuple(
        Evidence(f"each start of {service.name} {effect.says}", "deployment", effect.pointer)
        for service, command in commands(facts)
        for effect in command.drops
        if effect.certain or not certain
    )


def made_up_secrets(facts: Facts) -> tuple[Evidence, ...]:
    """The start commands that make up a secret."""
    return tuple(
        Evidence(f"the command of {service.name} makes up {effect.says} anew", "deployment", effect.pointer)
        for service, command in commands(facts)
        for effect in command.secrets
    )


def _several(service: Service) -> Iterator[Evidence]:
    if service.instances and service.instances.largest > 1:
        at_most = " at most" if service.instances.most else ""
        says = f"{service.instances.largest} copies of {service.name} run{at_most}"
        yield Evidence(says, "deployment", service.instances.pointer)
    if service.workers and service.workers.number > 1:
        yield Evidence(
            f"{service.workers.number} processes answer in each copy of {service.name}", "deployment", service.workers.pointer
        )
