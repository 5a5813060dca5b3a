"""What the tests of an application, or of a store, need: no server, no secret to make up, and every failure on command.

Needs pytest, and whatever client your framework's tests use.
"""

import secrets

from sessile.testing.clients import login_as as login_as
from sessile.testing.clock import FakeClock as FakeClock
from sessile.testing.conformance import StoreConformance as StoreConformance
from sessile.testing.contract import BrokenContract as BrokenContract
from sessile.testing.faults import Fault as Fault, FaultyStore as FaultyStore
from sessile.testing.journey import JourneyBroken as JourneyBroken, travel as travel

SECRET = secrets.token_urlsafe(48)
"""A secret for the middleware, another one in each process."""
