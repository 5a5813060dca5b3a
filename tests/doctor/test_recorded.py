"""What the recorded requests that were turned away have in common, absent cookies counted like any other trait."""

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Facts, Wire
from sessile.doctor.facts.exchange import Exchange, Role
from sessile.doctor.findings import Seen
from sessile.doctor.observations import OBSERVATIONS
from sessile.doctor.recorded import common
from tests.doctor.facts_builder import NOW
from tests.doctor.recording import COOKIE, asked, login, recording, sanitized

OTHER_HOST = "https://www.shop.test"


def personal(seconds: float, what: str, status: int = 200, *, sends: str | None = f"connect.sid={COOKIE}") -> Exchange:
    return asked(seconds, what, status, sends=sends, role=Role.PERSONAL)


def known(wire: Wire) -> Facts:
    return Facts(now=NOW, wires=(wire,))


def said(wire: Wire) -> list[str]:
    return [one.says for one in common(known(wire))]


LET_IN = tuple(personal(second, "GET /api/me") for second in range(1, 21))
WITHOUT = tuple(personal(second, "GET /api/orders", 401, sends=None) for second in range(30, 42))


def test_requests_without_the_cookie() -> None:
    assert said(recording(login(), *LET_IN, *WITHOUT)) == [
        "those turned away are requests without connect.sid: 12 of 12, and 0 of the 20 requests that were let in"
    ]


def test_requests_to_another_host() -> None:
    elsewhere = (personal(second, f"GET {OTHER_HOST}/api/me", 401) for second in range(30, 42))
    assert said(recording(login(), *LET_IN, *elsewhere)) == [
        "those turned away are requests to https://www.shop.test: 12 of 12, and 0 of the 20 requests that were let in"
    ]


def test_many_clients_without_a_login_in_sight() -> None:
    diagnosis = diagnose(known(recording(*LET_IN, *WITHOUT)))
    assert diagnosis.reservation.startswith("But 12 of 32 recorded requests were turned away: those turned away are requests")


def test_the_symptom_shows_it() -> None:
    look = OBSERVATIONS["turned away after the login"].look(known(recording(login(), *LET_IN, *WITHOUT)))
    assert isinstance(look, Seen)
    assert "without connect.sid: 12 of 12" in look.evidence[-1].says


@pytest.mark.parametrize(
    "wire",
    [
        recording(login(), *LET_IN, *WITHOUT[:4]),
        recording(login(), *(personal(second, "GET /api/me", 200 if second % 2 else 401) for second in range(1, 21))),
        sanitized(recording(login(), *LET_IN, *WITHOUT)),
        recording(login(50), *LET_IN, *WITHOUT),
        recording(login(), *WITHOUT),
        recording(),
    ],
    ids=["too few", "by turns", "cookies taken out", "before anybody logged in", "nobody is let in", "empty"],
)
def test_nothing_in_common(wire: Wire) -> None:
    assert said(wire) == []
