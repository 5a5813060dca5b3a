"""A cookie with the Domain of another host: on a developer's machine, behind a rewrite, on a preview."""

import pytest

from sessile.doctor.facts.wire import Wire
from sessile.doctor.findings import Confirmed, RuledOut, Unseen
from tests.doctor.recorded_facts import first, judge, proven, seen
from tests.doctor.recording import COOKIE, asked, login, recording, sanitized

PROXY, REWRITE, PREVIEW = "keep-development-proxy", "keep-rewrite-keeps-domain", "keep-preview-host"
ALL = (PROXY, REWRITE, PREVIEW)
VERCEL = {"server": "Vercel"}


def on(host: str, domain: str | None = "shop.example", got: dict[str, str] | None = None) -> Wire:
    attribute = f"; Domain={domain}" if domain else ""
    return recording(
        login(what=f"POST {host}/login", sets=f"connect.sid={COOKIE}; Path=/; HttpOnly{attribute}", got=got),
        asked(5, f"GET {host}/api/me", 401, sends=None, got=got),
    )


@pytest.mark.parametrize(
    ("wire", "cause"),
    [
        (on("http://localhost:5173"), PROXY),
        (on("http://127.0.0.1:8080", "api.shop.example"), PROXY),
        (on("https://shop.vercel.app"), REWRITE),
        (on("https://www.front.example", got=VERCEL), REWRITE),
        (on("https://shop-git-login-acme.vercel.app"), PREVIEW),
        (on("https://deploy-preview-12--shop.netlify.app"), PREVIEW),
        (on("https://shop-pr-12.onrender.com"), PREVIEW),
    ],
)
def test_the_browser_drops_it_for_its_domain(wire: Wire, cause: str) -> None:
    facts = seen(wire)
    finding = judge(cause, facts)
    assert isinstance(finding, Confirmed)
    assert "a browser drops it" in finding.evidence[0].says
    assert first(facts) == cause
    assert proven(facts).isdisjoint(set(ALL) - {cause})


@pytest.mark.parametrize(
    "wire",
    [
        on("http://localhost:5173", None),
        on("https://shop.vercel.app", None),
        on("https://pr-12.shop.example"),
        on("https://www.other.example"),
    ],
    ids=["host-only", "host-only behind a rewrite", "a preview within the Domain", "some other host"],
)
def test_a_near_miss(wire: Wire) -> None:
    assert proven(seen(wire)).isdisjoint(ALL)
    assert [type(judge(cause, seen(wire))) for cause in ALL] == [RuledOut] * 3


@pytest.mark.parametrize("cause", ALL)
def test_without_cookies_in_the_recording_it_is_unseen(cause: str) -> None:
    facts = seen(sanitized(on("http://localhost:5173")), sanitized(on("https://shop-pr-12.onrender.com")))
    assert isinstance(judge(cause, facts), Unseen)
    assert proven(facts).isdisjoint(ALL)
    assert isinstance(judge(cause, seen()), Unseen)
