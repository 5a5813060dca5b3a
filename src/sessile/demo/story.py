"""The story that `sessile demo` tells: people log in, the table breaks, the doctor finds it, the fix keeps everybody logged
in.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg
from rich.console import Console

from sessile.demo.faults import FAULTS, break_table
from sessile.demo.postgres import EmbeddedPostgres
from sessile.demo.server import Server
from sessile.demo.service import PEOPLE
from sessile.demo.visitor import Visitor
from sessile.session.keyring import Secrets

ROLE = "shop"


class Broken(Exception):
    """The story did not go as it must; the message says where."""


def tell(console: Console, *, secret: Secrets, once: bool, port: int = 0) -> None:
    """Tell it, on a PostgreSQL and a service of its own, and leave the service running unless `once`.

    Raises Broken when something did not happen as told.
    """
    with tempfile.TemporaryDirectory(prefix="sessile-demo-") as folder, EmbeddedPostgres() as postgres:
        url = _database(postgres)
        log_file = Path(folder) / "service.log"
        with Server(url, secret, log_file, port) as server:
            _tell(console, url, server.url, log_file)
            console.rule("[bold]The service is yours[/]" if not once else "[bold]The end[/]")
            console.print(f"  page      {server.url}\n  database  {url}\n  log       {log_file}")
            if not once:
                console.print("\nLog in, break the table with the panel on the page, run the doctor. Ctrl-C ends it.")
                server.wait()


def _tell(console: Console, database_url: str, url: str, log_file: Path) -> None:
    fault = FAULTS[0]
    people = [Visitor(name, url) for name in PEOPLE.values()]

    console.rule("[bold]1  People log in[/]")
    for person in people:
        _must(person.log_in(), 200, f"{person.name} logs in", console)
        _must(person.onboard(f"{person.name} Ltd"), 200, f"{person.name} saves the onboarding form", console)

    console.rule("[bold]2  The session table breaks[/]")
    console.print(f"{fault.story}\n[dim]{fault.sql}[/]")
    break_table(database_url, fault)

    console.rule("[bold]3  Users are logged out[/]")
    for person in people:
        _must(person.me(), 401, f"{person.name} asks /api/me", console)
    _must(Visitor("Ana", url).log_in(), 503, "Ana tries to log in again; sessile does not pretend", console)

    console.rule("[bold]4  The doctor[/]")
    output = _sessile(["doctor", database_url, str(log_file)], database_url, expected=1)
    if fault.cause not in output:
        raise Broken(f"the doctor did not name {fault.cause}")

    console.rule("[bold]5  The fix[/]")
    _sessile(["fix", fault.cause, database_url, "--apply"], database_url, expected=0)

    console.rule("[bold]6  Everybody is still logged in[/]")
    for person in people:
        _must(person.me(), 200, f"{person.name} asks /api/me, with the cookie from before", console)
    console.print(f"[green]{len(people)} of {len(people)} sessions live: nobody had to log in again.[/]")


def _must(answer: tuple[int, object], status: int, what: str, console: Console) -> None:
    got, body = answer
    colour = "green" if got < 400 else "red"
    console.print(f"  {what:<58} [{colour}]{got}[/]")
    if got != status:
        raise Broken(f"{what}: expected {status}, got {got} {body}")


def _sessile(arguments: Sequence[str], database_url: str, *, expected: int) -> str:
    """Run the command line as a person would, show what it prints, and return it."""
    shown = [('"$DATABASE_URL"' if argument == database_url else argument) for argument in arguments]
    print(f"$ sessile {' '.join(shown)}\n", flush=True)
    environment = {**os.environ, "DATABASE_URL": database_url}
    if sys.stdout.isatty():
        environment["FORCE_COLOR"] = "1"
    ran = subprocess.run(
        [sys.executable, "-m", "sessile", *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    print(ran.stdout, flush=True)
    if ran.returncode != expected:
        raise Broken(f"sessile {arguments[0]} ended with exit status {ran.returncode}, expected {expected}")
    return ran.stdout


def _database(postgres: EmbeddedPostgres) -> str:
    """A database that belongs to the service's own, ordinary role, as on any platform."""
    admin = postgres.create_database(ROLE)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {ROLE} LOGIN".encode())
        connection.execute(f"ALTER DATABASE {ROLE} OWNER TO {ROLE}".encode())
    return postgres.url(ROLE, user=ROLE)
