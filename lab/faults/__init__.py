"""Every fault of the lab."""

from lab.faults import secret, server, table, time
from lab.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (*table.FAULTS, *server.FAULTS, *time.FAULTS, *secret.FAULTS)

__all__ = ["FAULTS", "Fault"]
