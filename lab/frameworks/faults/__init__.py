"""The faults of Starlette, Flask and Django, and the healthy services beside them."""

from lab.frameworks.faults import accounts, deployment, django, flask, starlette
from lab.frameworks.faults.controls import CONTROLS
from lab.frameworks.faults.fault import FrameworkFault

FAULTS = (*starlette.FAULTS, *flask.FAULTS, *django.FAULTS, *accounts.FAULTS, *deployment.FAULTS)

__all__ = ["CONTROLS", "FAULTS", "FrameworkFault"]
