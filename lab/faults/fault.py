"""What a fault of the lab is: how it is brought about in a scene, and which cause the doctor must name first."""

from collections.abc import Callable
from dataclasses import dataclass, field

from lab.scene import Scene

Act = Callable[[Scene], None]


@dataclass(frozen=True)
class Fault:
    """One fault.

    `before` acts before the service starts, `during` once people are logged in. `restarts` counts the restarts that follow.
    `cause` is the id that must stand first; `also` are causes that are truly at work in the scene as well (a service that does
    not start makes no table), so that naming them is no error. `own_server` gives the scene a PostgreSQL that nobody else uses.
    `works_on` lists the services that can have the fault at all. `note` is a remark that must stand in the report as
    well, of a healthy control too.
    """

    name: str
    cause: str
    before: Act | None = None
    during: Act | None = None
    also: tuple[str, ...] = ()
    restarts: int = 0
    own_server: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    works_on: tuple[str, ...] = ("express", "sessile")
    note: str = ""


def sql(*statements: str) -> Act:
    """An act that runs statements as the superuser, `{role}` being the service's."""

    def act(scene: Scene) -> None:
        scene.sql(*(statement.replace("{role}", f'"{scene.role}"') for statement in statements))

    return act


def settings(**environment: str) -> Act:
    """An act that changes the service's settings."""

    def act(scene: Scene) -> None:
        scene.environment.update(environment)

    return act


def together(*acts: Act) -> Act:
    """One act after the other."""

    def act(scene: Scene) -> None:
        for one in acts:
            one(scene)

    return act
