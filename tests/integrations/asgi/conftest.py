"""A client of the application, with a clock and a store of the test's own."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from sessile.testing import FakeClock
from tests.integrations.asgi.application import FailingStore, client_of


@pytest.fixture
def store() -> FailingStore:
    return FailingStore()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def client(store: FailingStore, clock: FakeClock) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(store, clock) as client:
        yield client
