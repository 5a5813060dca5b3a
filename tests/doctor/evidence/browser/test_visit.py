"""A visit by real Chromium to a real service: its own word on each cookie, with third-party cookies allowed and blocked."""

import contextlib
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import trustme

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence, Diagnosis
from sessile.doctor.evidence import browser
from sessile.doctor.evidence.opening import EvidenceError
from sessile.doctor.evidence.site import Visits
from sessile.doctor.evidence.site.plan import Request, plan
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.facts import Facts
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.exchange import Exchange, Role
from sessile.doctor.facts.wire import Seen
from tests.doctor.evidence.site.service import NAME, PASSWORD, Shop, serving

SITE, APP = "https://shop.example", "https://app.another.example"
DATA = (("name", Concealed(NAME)), ("password", Concealed(PASSWORD)))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The CA's file, and that of a certificate for shop.example."""
    folder, ca = tmp_path_factory.mktemp("ca"), trustme.CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    ca.issue_cert("shop.example").private_key_and_cert_chain_pem.write_to_path(str(folder / "shop.pem"))
    return folder / "ca.pem", folder / "shop.pem"


def visit(
    shop: Shop, authority: tuple[Path, Path], *, site: str = SITE, pictured: bool = False, seconds: float = 45, **asked: Any
) -> Visits:
    ca, certificate = authority
    with serving(shop.app(), certificate=certificate) as port:
        plain = {"login": "/login", "data": DATA, "protected": "/me", "logout": "/logout", "cacert": str(ca)}
        planned = plan([site], Request(**{**plain, **asked}, resolve=(f"shop.example=127.0.0.1:{port}",), browser=True))
        assert planned is not None
        return browser.collect(planned, pictured=pictured, seconds=seconds)


def told(visits: Visits) -> Diagnosis:
    wires, sites = tuple(one.wire for one in visits.probed), tuple(one.site for one in visits.probed)
    return diagnose(Facts(now=datetime.now(UTC), wires=wires, sites=sites))


def step(visits: Visits, number: int, name: str) -> Exchange:
    return next(one for one in visits.probed[number].wire.exchanges if one.pointer == name)


def test_a_third_party_cookie_lives_where_it_is_allowed_and_not_where_it_is_blocked(authority: tuple[Path, Path]) -> None:
    shop = Shop(single=True, attributes="Path=/; HttpOnly; Secure; SameSite=None", cors=APP)
    visits = visit(shop, authority, origin=APP)
    allowed, blocked = (one.wire for one in visits.probed)
    assert {allowed.seen_by, blocked.seen_by} == {Seen.BROWSER}
    assert step(visits, 0, "replay 1").status == 200
    assert step(visits, 1, "replay 1").status == 401
    refused = step(visits, 1, "login").response
    assert refused is not None
    assert [(one.name, one.reasons) for one in refused.refused] == [("shop.sid", ("UserPreferences",))]
    diagnosis = told(visits)
    first = diagnosis.causes[0]
    assert (first.cause.id, first.confidence) == ("send-third-party-blocked", Confidence.CONFIRMED)
    assert "UserPreferences" in first.evidence[0].says
    assert any("allowed" in one.says for one in first.evidence)
    assert (shop.attempts, shop.failures, shop.sessions) == (2, 0, {})
    assert all("Chrome/" in agent or agent.startswith("sessile-doctor/") for agent in shop.agents)
    assert all("sessile-doctor/" in agent for agent in shop.agents)


def test_chromiums_own_reason_stands_for_a_cookie_that_is_not_none(authority: tuple[Path, Path]) -> None:
    shop = Shop(attributes="Path=/; HttpOnly; Secure; SameSite=Lax", cors=APP)
    visits = visit(shop, authority, origin=APP)
    assert len(visits.probed) == 1  # blocking what does not work anyway would tell nothing
    refused = step(visits, 0, "login").response
    assert refused is not None
    assert refused.refused[0].reasons == ("SchemefulSameSiteLax",)
    assert told(visits).causes[0].cause.id == "send-cross-site-same-site"
    assert (shop.attempts, shop.sessions) == (1, {})


def test_a_form_is_sent_as_a_form_and_the_page_can_be_kept(authority: tuple[Path, Path]) -> None:
    shop = Shop(csrf="hidden")
    visits = visit(shop, authority, pictured=True, login="/form", form=True, logout=None, protected="/home")
    assert [one.site.stopped for one in visits.probed] == [""]
    assert step(visits, 0, "login, redirect 1").request.address.path == "/home"
    assert step(visits, 0, "login").request.headers.get("sec-fetch-mode") == "navigate"
    assert visits.picture.startswith(b"\x89PNG")
    assert not told(visits).causes
    assert (shop.attempts, shop.sessions, shop.asked["POST /logout"], shop.asked["POST /logout/all"]) == (1, {}, 1, 0)


def test_a_preflight_that_is_refused_keeps_the_login_from_being_sent(authority: tuple[Path, Path]) -> None:
    shop = Shop(attributes="Path=/; Secure; SameSite=None")
    visits = visit(shop, authority, origin=APP)
    login = step(visits, 0, "login")
    assert login.response is None
    assert "CORS: Preflight" in login.error
    assert step(visits, 0, "preflight of login").kind == "preflight"
    assert "got no response" in visits.probed[0].site.stopped
    assert told(visits).causes[0].cause.id == "agree-cors-preflight-refused"
    assert (shop.attempts, shop.failures) == (0, 0)


def test_an_answer_that_the_page_may_not_read_is_seen_all_the_same(authority: tuple[Path, Path]) -> None:
    shop = Shop(attributes="Path=/; Secure; SameSite=None", cors="https://another.example")
    visits = visit(shop, authority, origin=APP, login="/form", form=True)
    login = step(visits, 0, "login")
    assert (login.status, login.role) == (303, Role.LOGIN)
    assert "CORS: MissingAllowOriginHeader" in login.error or "CORS: AllowOriginMismatch" in login.error
    assert "browser" in told(visits).causes[0].evidence[0].source


def test_a_wrong_password_is_tried_once(authority: tuple[Path, Path]) -> None:
    shop = Shop(csrf="cookie")
    shop.failures = 1
    visits = visit(shop, authority, data=(("name", Concealed(NAME)), ("password", Concealed("another"))))
    assert "tried once and is not tried again" in visits.probed[0].site.stopped
    assert (len(visits.probed), shop.attempts) == (1, 1)


def test_a_page_that_never_rests_and_a_login_that_never_ends(authority: tuple[Path, Path]) -> None:
    began = monotonic()
    visits = visit(Shop(), authority, site=f"{SITE}/restless", login="/hang", seconds=6)
    assert "did not answer whole in time" in visits.probed[0].site.stopped
    assert step(visits, 0, "page").status == 200
    assert monotonic() - began < 40


def test_a_browser_that_ends_before_its_time_is_one_line(authority: tuple[Path, Path]) -> None:
    shop = Shop()
    shop.note = lambda request: end_chromium() if request.url.path == "/login" else None  # type: ignore[method-assign]
    with pytest.raises(EvidenceError, match="Chromium ended in the middle of the visit"):
        visit(shop, authority)


def test_a_browser_that_ends_in_its_second_visit_leaves_the_first_one(authority: tuple[Path, Path]) -> None:
    shop = Shop(attributes="Path=/; HttpOnly; Secure; SameSite=None", cors=APP)
    shop.note = lambda request: end_chromium() if request.url.path == "/login" and shop.attempts else None  # type: ignore[method-assign]
    visits = visit(shop, authority, origin=APP)
    (first,) = visits.probed
    assert step(visits, 0, "login").status == 200
    assert (
        "with third-party cookies blocked it was not visited: Chromium ended in the middle of the visit" in first.site.remarks[-1]
    )


def end_chromium() -> None:
    """Kill the browser that this process has started, and no other."""
    parents, lines = {}, {}
    for path in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):  # it has ended meanwhile, or is no process
            parents[int(path.name)] = int(path.joinpath("stat").read_text().rpartition(")")[2].split()[1])
            lines[int(path.name)] = path.joinpath("cmdline").read_bytes()
    for pid, line in lines.items():
        ancestor = pid
        while ancestor in parents and ancestor != os.getpid():
            ancestor = parents[ancestor]
        if ancestor == os.getpid() and b"sessile-browser-" in line and b"--type=" not in line:
            os.kill(pid, signal.SIGKILL)


def test_no_chromium_is_one_line(authority: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSILE_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(EvidenceError, match="SESSILE_CHROMIUM names no program"):
        visit(Shop(), authority)
    monkeypatch.setenv("SESSILE_CHROMIUM", "/bin/false")
    with pytest.raises(EvidenceError, match=r"Chromium does not start: try /bin/false --version"):
        visit(Shop(), authority)


def test_a_certificate_of_nobody_is_told_before_the_browser_starts(authority: tuple[Path, Path]) -> None:
    with pytest.raises(EvidenceError, match=r"CA that is not known here.*--cacert"):
        visit(Shop(), authority, cacert=None)


def test_a_cookie_of_the_users_own_is_not_for_the_browser(authority: tuple[Path, Path]) -> None:
    with pytest.raises(NotEvidence, match="leave --cookie out"):
        visit(Shop(), authority, cookie=Concealed("shop.sid=1"))
