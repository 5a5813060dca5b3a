"""Faults of the secret: missing, new at each start, or not the same everywhere."""

from lab.faults.fault import Act, Fault, settings, together
from lab.scene import SECRET, Scene

OTHER = "Kd8fW2mX5qN7bV1rT4yG9zL0cJ3hS6pE"


def _files(*contents: dict[str, str] | str) -> Act:
    def act(scene: Scene) -> None:
        scene.env_files = list(contents)

    return act


def _missing(scene: Scene) -> None:
    scene.env_files = [{}]


FAULTS = (
    Fault("secret-missing", "boot-secret-missing", also=("boot-table-missing",), before=_missing),
    Fault(
        "secret-random-per-boot",
        "verify-secret-random-per-boot",
        before=together(_missing, settings(SECRET_FALLBACK="random")),
        restarts=1,
    ),
    Fault(
        "secret-differs",
        "verify-secret-differs-between-instances",
        before=_files({"SESSION_SECRET": SECRET}, {"SESSION_SECRET": OTHER}),
    ),
    Fault(
        "secret-quoted",
        "verify-secret-quoted",
        also=("verify-secret-differs-between-instances",),
        before=_files({"SESSION_SECRET": SECRET}, f"SESSION_SECRET='\"{SECRET}\"'\n"),
    ),
    Fault(
        "secret-newline",
        "verify-secret-trailing-newline",
        also=("verify-secret-differs-between-instances",),
        before=_files({"SESSION_SECRET": SECRET}, f'SESSION_SECRET="{SECRET}\\n"\n'),
    ),
    Fault(
        "secret-cut-at-hash",
        "verify-secret-cut-by-dialect",
        also=("verify-secret-differs-between-instances",),
        before=_files(f"SESSION_SECRET='{SECRET}#{OTHER}'\n", f"SESSION_SECRET={SECRET}#{OTHER}\n"),
    ),
)
