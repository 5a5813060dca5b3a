"""The wire's faults by the station at which they stop a session, and the healthy controls beside them."""

from lab.wire.faults import agree, arrive, keep, send, unset
from lab.wire.faults.controls import CONTROLS

FAULTS = (*unset.FAULTS, *keep.FAULTS, *send.FAULTS, *arrive.FAULTS, *agree.FAULTS)

__all__ = ["CONTROLS", "FAULTS"]
