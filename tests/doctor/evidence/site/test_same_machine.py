"""Whoever names the own machine has named all of its spellings, and nothing else of the local network."""

import pytest

from sessile.doctor.evidence.site.network import is_meant
from sessile.doctor.evidence.site.plan import Request, plan


@pytest.mark.parametrize(
    ("named", "host", "meant"),
    [
        ("http://127.0.0.1:8000", "localhost", True),
        ("http://localhost:8000", "127.0.0.1", True),
        ("http://localhost:8000", "::1", True),
        ("http://127.0.0.1:8000", "10.0.0.7", False),
        ("http://127.0.0.1:8000", "metadata.internal", False),
        ("http://10.0.0.7:8000", "localhost", False),
        ("http://10.0.0.7:8000", "10.0.0.7", True),
        ("https://shop.example", "localhost", False),
    ],
)
def test_what_is_asked_on_a_redirect(named: str, host: str, meant: bool) -> None:
    planned = plan([named], Request())
    assert planned is not None
    assert is_meant(host, planned) is meant
