"""A shop of the test's own."""

import pytest

from tests.doctor.evidence.site.service import Shop


@pytest.fixture
def shop() -> Shop:
    return Shop()
