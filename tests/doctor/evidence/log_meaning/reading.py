"""A log is read, for the tests of what its lines mean."""

import io

from sessile.doctor.evidence.logs import collect
from sessile.doctor.facts.logs import Log


def read(*lines: str) -> Log:
    (log,) = collect("app.log", text=io.BytesIO("\n".join(lines).encode()))
    return log
