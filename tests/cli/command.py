"""The command as a person starts it: the built wheel's, in a folder and an environment of their own."""

import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 45


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit status and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on standard error; fails if there is anything else anywhere."""
        assert self.out == ""
        (line,) = self.err.splitlines()
        assert line.startswith("sessile: ")
        assert "bug" not in line
        return line.removeprefix("sessile: ")


@dataclass(frozen=True, slots=True)
class Command:
    """The executable and the folder in which it is started."""

    executable: Path
    folder: Path

    def __call__(self, *words: object, stdin: str | bytes = "", **environ: str) -> Ended:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [self.executable, *map(str, words)],
            cwd=self.folder,
            env=clean(environ),
            input=given,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
        out, err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        assert "Traceback" not in out + err or "SESSILE_DEBUG" in environ
        return Ended(done.returncode, out, err)

    def start(self, *words: object, stdin: int = subprocess.DEVNULL, **environ: str) -> subprocess.Popen[str]:
        """Start it and go on; Ctrl-C reaches it even where whatever runs the tests ignores it, as a shell's `&` does."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return subprocess.Popen(
                [self.executable, *map(str, words)],
                cwd=self.folder,
                env=clean(environ),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        finally:
            signal.signal(signal.SIGINT, before)


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment without anything of a service, whatever runs the tests, and what is added to it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", **environ}
