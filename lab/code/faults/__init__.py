"""The faults in a service's own code, and the healthy services beside them."""

from lab.code.faults import options, passport, routes
from lab.code.faults.controls import CONTROLS
from lab.code.faults.fault import CodeFault

FAULTS = (*options.FAULTS, *routes.FAULTS, *passport.FAULTS)

__all__ = ["CONTROLS", "FAULTS", "CodeFault"]
