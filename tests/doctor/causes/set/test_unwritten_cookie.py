"""A cookie that cannot be written, told by its TypeError, and from a service that leaves it out for lack of https."""

from io import BytesIO

import pytest

from sessile.doctor.evidence import logs
from sessile.doctor.facts import Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.causes.set.situations import (
    NOT_SECURED,
    OWN_PROXY,
    PLAIN,
    bare,
    login_past_proxy,
    option,
    over_http,
    rows,
)
from tests.doctor.facts_builder import AUTHORIZED, BOOT, LOGIN, UNAUTHORIZED, environment, facts as given, line, log
from tests.doctor.recorded_facts import first, judge, proven, seen
from tests.doctor.recording import asked, login, recording, sanitized

CAUSES = {
    "set-cookie-domain-unparseable": "option domain",
    "set-cookie-name-invalid": "argument name",
    "set-samesite-value-invalid": "option sameSite",
}
STACK = (
    "    at Object.serialize (/app/node_modules/cookie/index.js:200:11)\n"
    "    at setcookie (/app/node_modules/express-session/index.js:703:21)"
)


@pytest.mark.parametrize(("cause", "what"), CAUSES.items())
class TestEach:
    def test_the_log_and_the_missing_cookie_prove_it(self, cause: str, what: str) -> None:
        facts = seen(bare(got=OWN_PROXY), logs=(log(BOOT, LOGIN, option(what)),))
        assert isinstance(judge(cause, facts), Confirmed)
        assert first(facts) == cause
        assert proven(facts) == {cause}

    def test_it_does_not_depend_on_https(self, cause: str, what: str) -> None:
        assert proven(seen(over_http(), logs=(log(BOOT, option(what)),))) == {cause}

    def test_the_log_as_express_writes_it_is_enough(self, cause: str, what: str) -> None:
        text = f"Server running on port 3000\nTypeError: {what} is invalid\n{STACK}\n"
        facts = seen(logs=logs.collect("app.log", text=BytesIO(text.encode())))
        assert first(facts) == cause
        assert proven(facts) == {cause}

    def test_where_sessions_work_it_is_another_cookie(self, cause: str, what: str) -> None:
        assert isinstance(judge(cause, seen(logs=(log(BOOT, option(what), AUTHORIZED),))), Undecided)
        assert isinstance(judge(cause, seen(recording(login(), asked(5)), logs=(log(BOOT, option(what)),))), RuledOut)

    def test_another_option_is_another_cause(self, cause: str, what: str) -> None:
        other = next(one for one in CAUSES.values() if one != what)
        assert isinstance(judge(cause, seen(bare(), logs=(log(BOOT, option(other)),))), RuledOut)

    def test_what_was_said_before_the_last_start_is_mended(self, cause: str, what: str) -> None:
        assert not isinstance(judge(cause, seen(bare(), logs=(log(BOOT, option(what), BOOT),))), Confirmed)

    def test_a_start_after_which_nobody_is_let_in_mends_nothing(self, cause: str, what: str) -> None:
        assert isinstance(judge(cause, seen(logs=(log(BOOT, LOGIN, option(what), BOOT, UNAUTHORIZED),))), Confirmed)
        assert not isinstance(judge(cause, seen(logs=(log(BOOT, option(what), BOOT, LOGIN, UNAUTHORIZED),))), Confirmed)


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize(
    "facts",
    [
        seen(bare(), logs=(NOT_SECURED,)),
        seen(bare(), found=rows(0)),
        seen(bare(got=OWN_PROXY), login_past_proxy(PLAIN, "")),
        seen(bare(), logs=(log(BOOT, LOGIN),)),
    ],
    ids=["not secured", "no row", "written, asked directly", "no TypeError in the log"],
)
def test_a_near_miss(cause: str, facts: Facts) -> None:
    assert isinstance(judge(cause, facts), RuledOut)


@pytest.mark.parametrize("cause", CAUSES)
def test_by_the_wire_alone_it_is_open(cause: str) -> None:
    assert isinstance(judge(cause, seen(bare(got=OWN_PROXY), found=rows(1))), Undecided)
    assert isinstance(judge(cause, seen(sanitized(bare()))), Unseen)


def test_the_variable_that_holds_the_domain_is_named() -> None:
    known = given(None, log(BOOT, option()), environments=(environment("COOKIE_DOMAIN", "PORT"),))
    finding = judge("set-cookie-domain-unparseable", known)
    assert isinstance(finding, Confirmed)
    assert [one.says for one in finding.evidence[1:]] == ["COOKIE_DOMAIN is set in .env"]


def test_an_error_of_another_kind_says_nothing() -> None:
    other = line(Kind.ERROR, "ERR_HTTP_HEADERS_SENT", "Error: Cannot set headers after they are sent to the client")
    assert isinstance(judge("set-cookie-domain-unparseable", seen(logs=(log(BOOT, other),))), Unseen)
