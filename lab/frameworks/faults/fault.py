"""What a fault of the frameworks' lab is: a line of source changed, a setting, or something done to the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SECRET = "Vq3xT8mZ1nB6kR9wL4pY7sD2fH5jC0gA"
OTHER = "Kd8fW2mX5qN7bV1rT4yG9zL0cJ3hS6pE"

Edits = Mapping[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, kw_only=True)
class FrameworkFault:
    """One fault, or a healthy control where `cause` is "".

    `edits` replace texts of the service's files, `files` are put beside them. `changed` is the environment of the second start,
    `later` edits and `sql` come before it. `noted` tells that it must be named as a note, for it logs nobody out by itself.
    `kinds` are the kinds of evidence that can tell at all.
    """

    name: str
    kind: str
    cause: str = ""
    edits: Edits = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    workers: int = 1
    starts: int = 1
    secret: str | None = SECRET
    changed: Mapping[str, str] = field(default_factory=dict)
    sql: tuple[str, ...] = ()
    later: Edits = field(default_factory=dict)
    noted: bool = False
    kinds: tuple[str, ...] = ("source", "all")


def procfile(kind: str, workers: int) -> Mapping[str, str]:
    app = {"starlette": "main:app -k uvicorn_worker.UvicornWorker", "flask": "app:app", "django": "shop.wsgi"}[kind]
    return {"Procfile": f"web: gunicorn -w {workers} {app}\n"}
