"""What the browser keeps from the page: each fault of CORS is named from a recording, and nothing that only looks like it."""

from pathlib import Path
from typing import Any

import pytest

from sessile.doctor.causes import cause_named, crossing
from sessile.doctor.cors import Rule
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence
from sessile.doctor.evidence import har
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.causes.recording import (
    API,
    NONE,
    PAGE,
    PASSWORD,
    SID,
    SOMEBODY,
    Call,
    allowing,
    confirmed,
    first,
    judged,
    let_in,
    login,
    me,
    preflight,
    recorded,
)

RECORDED = Path(__file__).parents[3] / "fixtures" / "har"
FAILED = "net::ERR_FAILED"
CORS = (
    "agree-cors-wildcard",
    "agree-cors-credentials-not-allowed",
    "agree-cors-origin-not-allowed",
    "agree-cors-preflight-refused",
    "agree-cors-missing-on-error",
    "agree-cors-answer-cached",
)
PUT = f"PUT {API}/api/cart"


def asked_with_cookie(got: dict[str, str]) -> Facts:
    """A login and a question with the cookie, both answered with these headers; the browser hides the answers."""
    return recorded(login(got=got, error=FAILED), let_in(got=got, error=FAILED))


HEALTHY = recorded(login(), let_in(), preflight(2000, PUT), Call(at=2050, what=PUT, cookie=SID, got=allowing()))
NO_PREFLIGHT = recorded(login(), let_in(), preflight(2000, PUT, 401, got={}), Call(at=2050, what=PUT, status=0, error=FAILED))

SITUATIONS = {
    "agree-cors-wildcard": asked_with_cookie(allowing("*")),
    "agree-cors-credentials-not-allowed": asked_with_cookie(allowing(credentials="")),
    "agree-cors-origin-not-allowed": asked_with_cookie(allowing(f"{PAGE}/")),
    "agree-cors-preflight-refused": NO_PREFLIGHT,
    "agree-cors-missing-on-error": recorded(login(), let_in(), me(3000, status=502, got={}, cookie=SID, error=FAILED)),
    "agree-cors-answer-cached": recorded(login(), let_in(got=allowing("https://admin.example", Vary="", Age="40"), error=FAILED)),
}


@pytest.mark.parametrize("cause", CORS)
def test_each_stands_first_in_its_own_situation(cause: str) -> None:
    assert first(SITUATIONS[cause]) == f"{cause} confirmed"


@pytest.mark.parametrize("cause", CORS)
@pytest.mark.parametrize("situation", [*CORS])
def test_none_is_proven_in_the_situation_of_another(cause: str, situation: str) -> None:
    if cause != situation:
        assert not isinstance(judged(cause, SITUATIONS[situation]), Confirmed)


@pytest.mark.parametrize("cause", CORS)
def test_none_is_seen_where_the_page_may_read_everything(cause: str) -> None:
    assert isinstance(judged(cause, HEALTHY), RuledOut)
    assert isinstance(judged(cause, Facts(now=HEALTHY.now)), Unseen)


@pytest.mark.parametrize("cause", CORS)
def test_what_the_browser_hides_of_another_service_is_no_matter_of_sessions(cause: str) -> None:
    counted = Call(at=3000, what="POST https://stats.other.example/hit", status=500, body="{}", error=FAILED, cookie="uid=1")
    asked = preflight(2900, "POST https://stats.other.example/hit", 403, got={})
    assert isinstance(judged(cause, recorded(login(), let_in(), asked, counted)), RuledOut)


@pytest.mark.parametrize("cause", CORS)
def test_a_form_or_a_link_to_another_origin_needs_no_cors(cause: str) -> None:
    form = login(kind="document", got={}, sent={"Origin": PAGE, "Sec-Fetch-Mode": "navigate"}, media="text/html")
    assert isinstance(judged(cause, recorded(form, me(got={}, page=API))), RuledOut)


class TestWildcard:
    def test_without_credentials_the_page_may_read_it_and_it_is_a_risk_only(self) -> None:
        facts = recorded(login(got=allowing("*", credentials="")), me(got=allowing("*", credentials="")))
        assert isinstance(judged("agree-cors-wildcard", facts), Noted)
        assert confirmed(diagnose(facts))[0] == "send-credentials-omitted"

    def test_a_recording_without_cookies_is_no_proof_unless_the_browser_failed(self) -> None:
        got = allowing("*", credentials="")
        silent = recorded(login(got=got), let_in(got=got), sanitized=True)
        failed = recorded(login(got=got, error=FAILED), let_in(got=got, error=FAILED), sanitized=True)
        assert not confirmed(diagnose(silent))
        assert isinstance(judged("agree-cors-wildcard", failed), Confirmed)

    def test_a_request_that_was_stopped_for_another_reason_is_no_proof(self) -> None:
        stopped = me(got=allowing("*", credentials=""), status=200, error="net::ERR_ABORTED")
        assert not isinstance(judged("agree-cors-wildcard", recorded(login(), stopped)), Confirmed)


class TestOrigin:
    @pytest.mark.parametrize(
        ("allowed", "differs"),
        [
            (f"{PAGE}/", "a slash at its end"),
            ("http://shop.example", "its scheme"),
            ("https://www.shop.example", "www."),
            ("https://shop.example:8443", "its port"),
        ],
    )
    def test_says_in_what_the_two_differ(self, allowed: str, differs: str) -> None:
        finding = judged("agree-cors-origin-not-allowed", asked_with_cookie(allowing(allowed)))
        assert isinstance(finding, Confirmed)
        assert allowed in finding.evidence[0].says
        assert finding.evidence[1].says == f"the two differ by {differs} only"

    def test_holds_for_a_recording_without_cookies_too(self) -> None:
        facts = recorded(login(got={}), let_in(got={}, status=200), sanitized=True)
        assert first(facts) == "agree-cors-origin-not-allowed confirmed"

    def test_an_error_alone_does_not_tell_it_from_a_header_that_errors_lack(self) -> None:
        facts = recorded(login(page=API), me(status=500, got={}, cookie=SID, error=FAILED))
        assert isinstance(judged("agree-cors-origin-not-allowed", facts), Undecided)
        assert isinstance(judged("agree-cors-missing-on-error", facts), Undecided)


class TestPreflight:
    @pytest.mark.parametrize(
        ("status", "got", "rule"),
        [
            (401, {}, "PreflightInvalidStatus"),
            (404, allowing(), "PreflightInvalidStatus"),
            (302, {"Location": "/login"}, "PreflightDisallowedRedirect"),
            (204, {**allowing(), "Access-Control-Allow-Methods": "GET"}, "MethodDisallowedByPreflightResponse"),
            (204, {**allowing(), "Access-Control-Allow-Headers": "X-Other"}, "HeaderDisallowedByPreflightResponse"),
        ],
    )
    def test_names_the_rule_that_fails(self, status: int, got: dict[str, str], rule: str) -> None:
        failed = Call(at=2050, what=PUT, status=0, error=FAILED)
        finding = judged(
            "agree-cors-preflight-refused", recorded(login(), let_in(), preflight(2000, PUT, status, got=got), failed)
        )
        assert isinstance(finding, Confirmed)
        assert rule in finding.evidence[0].says

    def test_a_request_that_was_sent_and_then_refused_had_its_preflight(self) -> None:
        refused = Call(at=2050, what=PUT, status=401, got=allowing(), cookie=SID)
        finding = judged("agree-cors-preflight-refused", recorded(login(), preflight(2000, PUT), refused))
        assert isinstance(finding, RuledOut)


class TestHiddenAnswers:
    """A browser's recording through its own protocol has of what it hid only that it failed."""

    WITHHELD = Call(at=0, what=f"POST {API}/login", status=0, body=PASSWORD, error=FAILED)

    def test_where_only_what_needs_a_preflight_is_hidden_the_preflight_comes_first(self) -> None:
        facts = recorded(self.WITHHELD, me(1000))
        first, second, *_ = diagnose(facts).causes
        assert first.cause.id == "agree-cors-preflight-refused"
        assert first.confidence is Confidence.POSSIBLE
        assert first.probability > 2 * second.probability
        assert "needs no preflight, was answered" in first.evidence[-1].says

    def test_where_simple_requests_are_hidden_too_it_comes_last_and_the_site_is_asked_next(self) -> None:
        facts = recorded(self.WITHHELD, me(1000, status=0, error=FAILED))
        diagnosis = diagnose(facts)
        named = [one.cause.id for one in diagnosis.causes]
        assert set(named) == {f"agree-cors-{one}" for one in ("wildcard", "credentials-not-allowed", "origin-not-allowed")}
        assert "the site's own answers" in diagnosis.next[0].collect
        assert set(named) <= set(diagnosis.next[0].separates)

    def test_what_was_hidden_is_shown_once(self) -> None:
        for one in diagnose(recorded(self.WITHHELD, me(1000, status=0, error=FAILED))).causes:
            assert len(one.evidence) == len(set(one.evidence))


class TestErrors:
    def test_of_another_call_are_a_risk_only(self) -> None:
        error = Call(at=3000, what=f"GET {API}/api/cart", status=502, cookie=SID, error=FAILED)
        assert isinstance(judged("agree-cors-missing-on-error", recorded(login(), let_in(), error)), Noted)

    def test_of_another_call_are_to_blame_where_the_page_turns_to_the_login_at_once(self) -> None:
        error = Call(at=3000, what=f"GET {API}/api/cart", status=502, cookie=SID, error=FAILED)
        form = Call(at=3100, what=f"GET {PAGE}/login", kind="document", media="text/html")
        assert first(recorded(login(), let_in(), error, form)) == "agree-cors-missing-on-error confirmed"

    def test_where_good_answers_are_readable_only_without_cookies_the_wildcard_is_to_blame(self) -> None:
        got = allowing("*", credentials="")
        public = Call(at=1000, what=f"GET {API}/api/news", got=got)
        facts = recorded(login(got=got, error=FAILED), public, me(3000, status=401, got=got, cookie=SID, error=FAILED))
        assert not isinstance(judged("agree-cors-missing-on-error", facts), Confirmed)
        assert first(facts) == "agree-cors-wildcard confirmed"

    def test_that_the_page_may_read_are_no_matter_of_cors(self) -> None:
        facts = recorded(login(), let_in(), me(3000, status=502, cookie=SID))
        assert isinstance(judged("agree-cors-missing-on-error", facts), RuledOut)


@pytest.mark.parametrize("name", ["chrome-http1-full", "chrome-http1-sanitized", "chrome-http2-full", "mitmproxy"])
def test_in_a_real_recording_the_one_answer_that_the_browser_hid_is_found(name: str) -> None:
    facts = Facts(now=HEALTHY.now, wires=(har.collect(RECORDED / f"{name}.har"),))
    refused = [one for one in crossing.crossings(facts) if one.refusal]
    assert [one.exchange.request.address.path for one in refused] == ["/closed"]
    assert refused[0].refusal is not None
    assert refused[0].refusal.rule is Rule.MISSING
    assert refused[0].noted is name.startswith("chrome")
    assert not [cause for cause in confirmed(diagnose(facts)) if "cors" in cause]


def test_an_answer_that_varies_by_origin_is_not_blamed_on_a_cache() -> None:
    facts = recorded(login(), let_in(got=allowing("https://admin.example", Age="40"), error=FAILED))
    assert isinstance(judged("agree-cors-answer-cached", facts), RuledOut)


def test_every_cure_says_what_to_change_in_express_and_in_python() -> None:
    for name in CORS:
        cause = cause_named(name)
        assert cause is not None
        words = " ".join(change.where for change in cause.remedy.changes)
        assert "Express" in words
        assert "Starlette" in words or "Python" in words


def test_nothing_of_a_cookie_or_a_person_is_shown() -> None:
    says = " ".join(one.says for facts in SITUATIONS.values() for cause in diagnose(facts).causes for one in cause.evidence)
    assert "q" * 8 not in says
    assert "ann@" not in says
    assert SOMEBODY not in says
    assert NONE not in says


def test_answers_that_the_browser_hid_are_a_symptom_and_no_proof() -> None:
    hidden: list[dict[str, Any]] = [
        {"status": 0, "got": {"Date": ""}, "answer": "", "error": FAILED, "sent": {"Origin": ""}},
        {"status": 0, "got": {"Date": ""}, "answer": "", "error": FAILED},
    ]
    for call in hidden:
        found = diagnose(recorded(login(**call)))
        assert found.verdict == "sick"
        assert {"agree-cors-origin-not-allowed", "agree-cors-wildcard"} <= {one.cause.id for one in found.causes}
        assert not confirmed(found)


def test_a_request_of_the_same_origin_that_failed_is_none() -> None:
    failed = login(to=PAGE, status=0, got={"Date": ""}, answer="", error=FAILED)
    assert not diagnose(recorded(failed)).causes
