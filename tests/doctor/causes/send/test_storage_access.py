"""Chromium says with every cross-site request that includes credentials whether cookies may go along, and with no other."""

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.findings import Confirmed
from tests.doctor.causes.recording import CHROME, FAR, NONE, SAFARI, confirmed, first, judged, login, me, recorded

ACROSS = {"Sec-Fetch-Site": "cross-site"}
DENIED, ACTIVE = ({**ACROSS, "Sec-Fetch-Storage-Access": value} for value in ("none", "active"))
OLD = CHROME.replace("Chrome/142", "Chrome/132")
OMITTED, BLOCKED = "send-credentials-omitted", "send-third-party-blocked"


def test_without_the_word_the_page_left_the_credentials_out() -> None:
    facts = recorded(login(to=FAR, line=NONE, sent=ACROSS), me(to=FAR, sent=ACROSS))
    assert first(facts) == f"{OMITTED} confirmed"
    assert confirmed(diagnose(facts)) == [OMITTED]


def test_where_it_says_none_the_browser_blocks_them() -> None:
    facts = recorded(login(to=FAR, line=NONE, sent=DENIED), me(to=FAR, sent=DENIED))
    assert confirmed(diagnose(facts)) == [BLOCKED]
    finding = judged(BLOCKED, facts)
    assert isinstance(finding, Confirmed)
    assert "Sec-Fetch-Storage-Access: none" in finding.evidence[-1].says


@pytest.mark.parametrize(
    "agent", [OLD, SAFARI.replace("Version/18.5 ", ""), "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0"]
)
def test_a_browser_that_never_says_it_proves_nothing_by_its_silence(agent: str) -> None:
    facts = recorded(login(to=FAR, line=NONE, sent=ACROSS, agent=agent), me(to=FAR, sent=ACROSS, agent=agent))
    assert confirmed(diagnose(facts)) == []


def test_credentials_that_were_included_were_not_left_out() -> None:
    facts = recorded(login(to=FAR, line=NONE, sent=ACTIVE), me(to=FAR, sent=ACTIVE))
    assert OMITTED not in confirmed(diagnose(facts))
