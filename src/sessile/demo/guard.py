"""A server's processes: run as an unprivileged user where this one is root, and never left behind."""

import contextlib
import os
import pwd
import select
import subprocess
import time
from pathlib import Path
from typing import IO

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}  # none of the caller's PGPORT, PGDATA, PGOPTIONS

# The guard passes signals on. When this process ends, in whatever way, `read` meets the end of its pipe and the server
# is told to quit. The guard has no standard output: the end of that pipe says that the server's last process is gone.
GUARD = '"$@" & exec >&- 2>/dev/null; while read -r signal; do kill -"$signal" $!; done; kill -QUIT $!; wait $!'


class Account:
    """Who the programs run as: this process's own user or, for root, a system user of this name, made if missing.

    Raises RuntimeError when that user is missing and cannot be made.
    """

    def __init__(self, name: str) -> None:
        self._entry = _system_user(name) if os.geteuid() == 0 else None

    def own(self, path: Path) -> None:
        """Make the account the owner of a file or folder."""
        if self._entry:
            os.chown(path, self._entry.pw_uid, self._entry.pw_gid)

    def can_run(self, *command: str | Path) -> bool:
        """Whether the command can be run and ends well."""
        try:
            return self.run(*command)[0] == 0
        except PermissionError:
            return False

    def run(self, *command: str | Path) -> tuple[int, str]:
        """Run a command to its end. Returns its exit status and what it wrote to stderr."""
        process = self.launch(*command, stderr=subprocess.PIPE)
        _, said = process.communicate()
        return process.returncode, said.decode(errors="replace").strip()

    def launch(self, *command: str | Path, stderr: int | IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a command in `/` and in a session of its own, out of reach of the terminal's Ctrl-C."""
        return subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
            cwd="/",
            env=ENVIRONMENT,
            user=self._entry and self._entry.pw_uid,
            group=self._entry and self._entry.pw_gid,
            extra_groups=[] if self._entry else None,
        )


class Guard:
    """A server that ends when this process does. The server writes its log to stderr and nothing to stdout."""

    def __init__(self, account: Account, *server: str | Path, log: IO[bytes]) -> None:
        self._process = account.launch("/bin/sh", "-c", GUARD, "guard", *server, stderr=log)

    def signal(self, name: str) -> None:
        """Send a signal to the server's main process: INT, QUIT, KILL and the like."""
        if self._process.stdin and not self._process.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(f"{name}\n".encode())

    def ended(self, seconds: float) -> bool:
        """Whether all processes of the server have ended, at once or within `seconds`."""
        if self._process.stdout is None or self._process.stdout.closed:
            return True
        pipe = select.poll()
        pipe.register(self._process.stdout, select.POLLIN)
        return bool(pipe.poll(seconds * 1000))

    def close(self) -> None:
        """Wait for the end of the server, which is told to quit if it has not ended."""
        self._process.communicate()


def _system_user(name: str) -> pwd.struct_passwd:
    for _ in range(50):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
        # Another process may hold the lock of the password file, to make the same user.
        subprocess.run(["useradd", "--system", "--no-create-home", name], check=False, capture_output=True)
        time.sleep(0.1)
    raise RuntimeError(f"the system user {name} is missing and useradd does not make it")
