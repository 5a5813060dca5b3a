"""The Express service on a test's own database."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lab.express import ExpressService
from tests.lab.sessions import SECRET, Start


@pytest.fixture
def start(database: str, tmp_path: Path) -> Iterator[Start]:
    """Starts the service on the test's database with the settings given; it is stopped after the test."""
    with ExitStack() as services:

        def start(**environment: str) -> ExpressService:
            settings = {"DATABASE_URL": database, "SESSION_SECRET": SECRET, **environment}
            return services.enter_context(ExpressService(settings, tmp_path))

        yield start
