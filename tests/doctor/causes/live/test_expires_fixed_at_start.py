"""Ends that Python code works out once, and those that it works out at each login."""

from pathlib import Path

import pytest

from sessile.doctor.findings import Confirmed
from tests.doctor.causes.frameworks import seen, starlette
from tests.doctor.facts_builder import judge

HEAD = "from datetime import UTC, datetime, timedelta\nimport time, jwt\nHOURS = timedelta(hours=8)\n"


@pytest.mark.parametrize(
    ("code", "proven"),
    [
        ("def token(user, expires=datetime.now(UTC) + HOURS):\n    return jwt.encode({'exp': expires})", True),
        ("def start_session(user, *, expires_at=time.time() + 3600):\n    ...", True),
        ("EXPIRES = datetime.now(UTC) + HOURS\ndef login(r):\n    r.set_cookie('sid', 's', expires=EXPIRES)", True),
        ("def token(user, expires=None):\n    expires = expires or datetime.now(UTC) + HOURS\n    return jwt.encode({})", False),
        ("def token(user, span=HOURS):\n    return jwt.encode({'exp': datetime.now(UTC) + span})", False),
        ("def discount(expires=datetime.now(UTC) + HOURS):\n    return expires", False),
        ("def session(started=datetime.now(UTC)):\n    return started", False),
    ],
)
def test_when_the_end_is_worked_out(tmp_path: Path, code: str, proven: bool) -> None:
    files = {**starlette(), "tokens.py": f"{HEAD}\n{code}\n"}
    assert isinstance(judge("live-expires-fixed-at-boot", seen(tmp_path, files)), Confirmed) is proven
