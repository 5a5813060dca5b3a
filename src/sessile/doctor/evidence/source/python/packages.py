"""The packages that a Python project declares, pinned to one version where a file pins them."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from sessile.doctor.evidence.project import LARGEST, Project

LOCKS = ("poetry.lock", "uv.lock", "pdm.lock")
FILES = (
    "requirements.txt",
    "requirements/base.txt",
    "requirements/production.txt",
    "requirements/prod.txt",
    "pyproject.toml",
    *LOCKS,
)
_REQUIREMENT = re.compile(r"\s*(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*(?P<version>[=<>!~][^;#\\]*)?")


def packages(project: Project) -> dict[str, str]:
    """Each package by its name in lower case, with the exact version, or the range of versions as it is written."""
    found: dict[str, str] = {}
    for name in FILES:
        content = _content(project, name)
        if content:
            found |= dict(
                _locked(content) if name in LOCKS else _declared(content) if name.endswith(".toml") else _required(content)
            )
    return found


def _content(project: Project, name: str) -> str:
    path: Path = project.root / name
    try:
        if path.is_file() and path.stat().st_size <= 16 * LARGEST:
            return path.read_text("utf-8", "replace")
    except OSError:
        return ""
    return ""


def _required(content: str) -> Iterator[tuple[str, str]]:
    for line in content.splitlines():
        if line.strip() and line.lstrip()[0] not in "#-":
            yield from _requirement(line)


def _requirement(line: str) -> Iterator[tuple[str, str]]:
    if found := _REQUIREMENT.match(line):
        version = (found["version"] or "").strip()
        exact = re.fullmatch(r"===?\s*([\w.]+)", version)
        yield found["name"].lower().replace("_", "-"), exact[1] if exact else version


def _declared(content: str) -> Iterator[tuple[str, str]]:
    declared = _toml(content).get("project")
    listed = declared.get("dependencies") if isinstance(declared, dict) else None
    for line in listed if isinstance(listed, list) else ():
        if isinstance(line, str):
            yield from _requirement(line)


def _locked(content: str) -> Iterator[tuple[str, str]]:
    listed = _toml(content).get("package")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str) and isinstance(one.get("version"), str):
            yield one["name"].lower(), one["version"]


def _toml(content: str) -> dict[str, object]:
    try:
        return tomllib.loads(content)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
