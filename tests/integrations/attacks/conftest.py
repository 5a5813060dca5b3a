"""The service that the attacks are made on."""

from collections.abc import AsyncIterator

import pytest

from tests.integrations.attacks.target import Target, serving


@pytest.fixture
async def target(database: str, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Target]:
    async with serving(database, caplog) as target:
        yield target
