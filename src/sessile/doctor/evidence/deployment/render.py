"""Reads render.yaml, the blueprint of Render (render.com/docs/blueprint-spec)."""

from collections.abc import Iterator
from pathlib import Path

from sessile.doctor.evidence.deployment import command
from sessile.doctor.evidence.deployment.reading import Node, yaml_of
from sessile.doctor.evidence.deployment.variables import Given, concurrency, environment_of, node_env
from sessile.doctor.facts.deployment import Count, Deployment, Origin, Role, Service, Variable

PLATFORM = "Render"
ROLES = {
    "web": Role.WEB,
    "pserv": Role.WEB,
    "worker": Role.WORKER,
    "cron": Role.JOB,
    "keyvalue": Role.DATABASE,
    "redis": Role.DATABASE,
}
NODE_ENV = "production"
"""What Render sets by itself while a service of its runtime for Node runs (render.com/docs/environment-variables)."""
COMMANDS = ("preDeployCommand", "startCommand", "dockerCommand")
MADE = {"fromDatabase": Origin.LINKED, "fromService": Origin.LINKED}


def read(path: Path) -> Deployment:
    """What a blueprint says. Raises OSError if it cannot be read, and NotEvidence if it is no YAML."""
    top = yaml_of(path)
    parts = [top, *(part for project in top.nodes("projects") for part in project.nodes("environments"))]
    groups = {
        group.text("name"): tuple(_given(group, group.text("name"))) for part in parts for group in part.nodes("envVarGroups")
    }
    services = [_service(node, groups) for part in parts for node in part.nodes("services")]
    databases = [_database(node) for part in parts for node in part.nodes("databases")]
    return Deployment(source=str(path), services=(*services, *databases))


def _service(node: Node, groups: dict[str, tuple[Given, ...]]) -> Service:
    shared = [one for item in node.nodes("envVars") if item.text("fromGroup") for one in groups.get(item.text("fromGroup"), ())]
    given = [*shared, *_given(node, "")]
    name = node.text("name")
    domains = [text for key in ("domains", "domain") for text, _ in node.texts(key)]
    role = ROLES.get(node.text("type"), Role.WEB)
    own = (f"{name}.onrender.com",) if name and node.text("type") == "web" and _runtime(node) != "static" else ()
    return Service(
        name=name,
        source=node.source,
        pointer=node.pointer("name"),
        platform=PLATFORM,
        role=role,
        instances=_instances(node),
        variables=tuple(one.variable for one in given),
        environment=environment_of(given, f"{node.source} ({name})"),
        node_env=node_env(given) or (NODE_ENV if _runtime(node) == "node" and not _sets(given, "NODE_ENV") else ""),
        commands=tuple(
            command.read(node.text(key), node.pointer(key), concurrency=concurrency(given)) for key in COMMANDS if node.text(key)
        ),
        plan=node.text("plan"),
        hosts=(*domains, *own),
        health_check=node.text("healthCheckPath"),
    )


def _runtime(node: Node) -> str:
    return node.text("runtime") or node.text("env")


def _sets(given: list[Given], name: str) -> bool:
    return any(one.variable.name == name for one in given)


def _database(node: Node) -> Service:
    return Service(
        name=node.text("name"),
        source=node.source,
        pointer=node.pointer("name"),
        platform=PLATFORM,
        role=Role.DATABASE,
        plan=node.text("plan"),
    )


def _given(node: Node, group: str) -> Iterator[Given]:
    for item in node.nodes("envVars"):
        name = item.text("key")
        if name:
            origin = _origin(item)
            yield Given(
                Variable(name, origin, item.pointer("key"), group), item.text("value") if origin is Origin.WRITTEN else ""
            )


def _origin(item: Node) -> Origin:
    if item.get("generateValue") is True:
        return Origin.GENERATED
    if item.get("sync") is False:
        return Origin.ASKED
    return next((origin for key, origin in MADE.items() if key in item.names()), Origin.WRITTEN)


def _instances(node: Node) -> Count | None:
    scaling = node.node("scaling")
    least, most = scaling.number("minInstances"), scaling.number("maxInstances")
    if most:
        return Count(least or 1, scaling.pointer("maxInstances"), most)
    number = node.number("numInstances")
    return Count(number, node.pointer("numInstances")) if number else None
