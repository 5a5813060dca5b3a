"""Where the bench ran: the machine and the versions of everything on it."""

import os
import platform
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

import sessile
from bench import load
from bench.contenders import EXPRESS, node, other_node
from bench.data import Connection

PACKAGES = ("starlette", "uvicorn", "uvloop", "httptools", "psycopg", "orjson", "flask", "flask-session", "django", "gunicorn")
NODE_PACKAGES = ("express", "express-session", "connect-pg-simple", "pg")


class Unfit(Exception):
    """The bench cannot run on this machine; the message says what is missing and what to do."""


def cores() -> tuple[int, int]:
    """The core for the server, and the one for the load and PostgreSQL. Raises Unfit where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise Unfit("the bench needs two processor cores: one for the server, one for the load and PostgreSQL")
    return usable[0], usable[1]


def check() -> None:
    """Raises Unfit where wrk, Node.js, taskset or Express's packages are missing."""
    try:
        load.version()
        node()
    except FileNotFoundError as error:
        raise Unfit(str(error)) from error
    if not (EXPRESS / "node_modules").is_dir():
        raise Unfit(f"the packages of {EXPRESS.name} are missing: run make bench, or npm ci in {EXPRESS}")


def facts(connection: Connection) -> dict[str, Any]:
    """The machine, and the version of each part by name."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "versions": {
            "sessile": _sessile(),
            "PostgreSQL": connection.info.parameter_status("server_version"),
            "wrk": load.version().removeprefix("wrk "),
            "Python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
            "Node.js": _version_of(node()),
            **({"Node.js on PATH": _version_of(other)} if (other := other_node()) else {}),
            **dict(_node_packages()),
        },
    }


def _version_of(program: str) -> str:
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip().lstrip("v")


def _sessile() -> str:
    """Its version and, in a checkout, the commit."""
    described = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    commit = subprocess.run(described, cwd=EXPRESS, capture_output=True, text=True, check=False).stdout.strip()
    return f"{sessile.__version__} ({commit})" if commit else sessile.__version__


def _node_packages() -> Iterator[tuple[str, str]]:
    for name in NODE_PACKAGES:
        yield name, orjson.loads((EXPRESS / "node_modules" / name / "package.json").read_bytes())["version"]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
