"""A login service on a PostgreSQL of its own, broken and healed in front of the user."""

import secrets
import sys


def run(*, once: bool = False, port: int = 0) -> int:
    """Tell the demo's story; `once` ends it there, else the service runs on until Ctrl-C. Returns the exit status, 0 or 2."""
    from rich.console import Console

    from sessile.demo.story import Broken, tell

    console = Console()
    try:
        tell(console, secret=secrets.token_urlsafe(48), once=once, port=port)
    except KeyboardInterrupt:
        console.print("\nGood bye.")
    except (Broken, OSError, RuntimeError) as error:
        print(f"sessile demo: {error}", file=sys.stderr)
        return 2
    return 0
