"""What a fault of the code is: an edit of a service's lines, and how people meet it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from lab.code.service import CodeScene, Edit

Act = Callable[[CodeScene], None]


@dataclass(frozen=True)
class CodeFault:
    """One fault, or a healthy control where `cause` is "".

    `also` are causes that are true as well, and may stand first where the code was not seen.
    `note` is the remark that must stand in the report where the code logs nobody out by itself. `meet` acts once the first
    people were there, `restarts` follow. `env` is what the .env file says besides the secret and
    the database, which has the name `url` there. `wired` tells whether the doctor is shown what people meet.
    """

    name: str
    cause: str
    edits: tuple[Edit, ...] = ()
    shop: str = "shop"
    also: tuple[str, ...] = ()
    note: str = ""
    env: dict[str, str] = field(default_factory=dict)
    url: str = "DATABASE_URL"
    meet: Act | None = None
    restarts: int = 0
    wired: bool = True
