"""A long recording: the work of its diagnosis grows as the recording does, and not as its square."""

import cProfile
import json
import pstats
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.evidence.gathering import Options, gather
from sessile.doctor.evidence.sorting import sort

SHORT, LONG = 200, 600
BEGAN = datetime(2026, 12, 1, tzinfo=UTC)
COOKIE = "connect.sid=s%3A{:032d}.abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@pytest.mark.parametrize("renewed", [False, True], ids=["as it was", "renewed by each answer"])
@pytest.mark.parametrize("server", ["", "cloudflare"])
def test_the_work_grows_as_the_recording(tmp_path: Path, server: str, renewed: bool) -> None:
    short, long = (calls(tmp_path / f"{size}.har", size, server=server, renewed=renewed) for size in (SHORT, LONG))
    assert long < short * 1.5 * LONG / SHORT


def calls(path: Path, size: int, *, server: str, renewed: bool) -> int:
    """How many functions are called to diagnose a login and so many requests afterwards, most of them turned away."""
    entries = [exchange(number, server, new=number if renewed else 0) for number in range(size)]
    path.write_text(
        json.dumps({"log": {"version": "1.2", "creator": {"name": "WebInspector", "version": "1"}, "entries": entries}})
    )
    facts = gather(sort([str(path)], {}), Options()).facts
    with cProfile.Profile() as profile:
        assert diagnose(facts).verdict is not Verdict.HEALTHY
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


def exchange(number: int, server: str, *, new: int) -> dict[str, object]:
    login = number == 0
    sent = [] if login else [{"name": "Cookie", "value": COOKIE.format(max(new - 1, 0))}]
    given = [{"name": "Set-Cookie", "value": f"{COOKIE.format(new)}; Path=/; HttpOnly"}] if login or new else []
    return {
        "startedDateTime": (BEGAN + timedelta(seconds=number)).isoformat(),
        "time": 5,
        "request": {
            "method": "POST" if login else "GET",
            "url": f"https://shop.example/{'login' if login else 'api/me'}",
            "httpVersion": "h2",
            "headers": [{"name": "Host", "value": "shop.example"}, *sent],
            "bodySize": 0,
        },
        "response": {
            "status": 200 if login or number % 3 == 0 else 401,
            "headers": [{"name": "Content-Type", "value": "application/json"}, *given, *marks(server)],
            "content": {"size": 2, "mimeType": "application/json", "text": "{}"},
            "redirectURL": "",
        },
        "timings": {"send": 0, "wait": 5, "receive": 0},
    }


def marks(server: str) -> list[dict[str, str]]:
    return [{"name": "Server", "value": server}, {"name": "CF-Cache-Status", "value": "DYNAMIC"}] if server else []
