"""`sessile demo`: a login service that breaks before one's eyes, and the doctor at work on it."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def demo(
        *,
        once: Annotated[bool, typer.Option("--once", help="Exit after the story.")] = False,
        port: Annotated[int, typer.Option(min=0, max=65535, help="The service's port; 0: any that is free.")] = 0,
    ) -> int:
        """Break a login service before your eyes, and heal it.

        It runs on an embedded PostgreSQL; the doctor finds what broke, and nobody is logged out.
        """
        import sessile.demo

        return sessile.demo.run(once=once, port=port)
