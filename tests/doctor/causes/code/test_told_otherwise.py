"""The same causes as recordings, logs and rows tell them, with the near misses of each."""

from dataclasses import replace
from pathlib import Path

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Facts
from sessile.doctor.facts.correlation import Stored
from sessile.doctor.facts.exchange import Exchange, Role, Sign, Timings
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.causes.code.express import WITH_PASSPORT, facts as of_code, login as code_of_login, swap
from tests.doctor.facts_builder import (
    AUTHORIZED,
    BOOT,
    EXIT,
    LOGIN,
    SAVED,
    UNAUTHORIZED,
    database,
    facts,
    judge,
    line,
    log,
    rows,
)
from tests.doctor.recorded_facts import correlated, first, known, proven, seen
from tests.doctor.recording import COOKIE, asked, login, recording

ME = "GET /api/me"


def slow(exchange: Exchange) -> Exchange:
    """The same, its headers after ten milliseconds and its end after a second."""
    return replace(exchange, duration=1000.0, timings=Timings(wait=10, receive=990))


def mid(*exchanges: Exchange) -> Facts:
    return seen(recording(slow(login()), *exchanges))


class TestResponseBeforeSave:
    CAUSE = "save-response-before-save"

    def test_a_request_between_the_headers_and_the_end_that_a_later_one_shows_was_only_early(self) -> None:
        known = mid(asked(0.5, ME, 401), asked(3, ME, 200))
        assert isinstance(judge(self.CAUSE, known), Confirmed)
        assert first(known) == self.CAUSE
        assert proven(known) == {self.CAUSE}

    @pytest.mark.parametrize(
        "known",
        [mid(asked(0.5, ME, 401)), mid(asked(2, ME, 401), asked(3, ME, 200)), mid(asked(0.5, ME, 200))],
        ids=["nobody was ever let in", "it came after the end", "it was let in"],
    )
    def test_otherwise_it_is_not_proven(self, known: Facts) -> None:
        assert not isinstance(judge(self.CAUSE, known), Confirmed)

    def test_the_code_beside_it_is_shown(self, tmp_path: Path) -> None:
        code = code_of_login("req.session.userId = user.id; res.redirect('/')")
        both = replace(mid(asked(0.5, ME, 401), asked(3, ME, 200)), sources=of_code(tmp_path, code).sources)
        found = judge(self.CAUSE, both)
        assert isinstance(found, Confirmed)
        assert found.evidence[-1].source == "source"


class TestLostUpdates:
    NOBODY = Stored(expires=None, identities=(), other_keys=0)

    def lost(self, *, crossing: bool) -> Facts:
        found = Stored(expires=(seen().now.timestamp() + 9999) * 1000, identities=(), other_keys=0)
        early = replace(asked(-0.5, "GET /api/slow"), duration=3000.0, timings=Timings(wait=2900, receive=2))
        others = (early,) if crossing else ()
        wire = recording(login(), asked(5, ME, 401), *others)
        return seen(wire, found=correlated(known(COOKIE, row=found)))

    @pytest.mark.parametrize(
        ("resave", "cause", "other"),
        [("true", "read-resave-overwrites", "read-both-modify"), ("false", "read-both-modify", "read-resave-overwrites")],
    )
    def test_the_row_names_nobody_after_a_login_that_another_request_crossed(
        self, tmp_path: Path, resave: str, cause: str, other: str
    ) -> None:
        code = code_of_login("req.session.userId = user.id; res.json({})")
        code = swap("resave: false", f"resave: {resave}", code) + "app.get('/n', (req, res) => { req.session.n = 1; res.end() })"
        sources = of_code(tmp_path, code).sources
        crossed = replace(self.lost(crossing=True), sources=sources)
        assert isinstance(judge(cause, crossed), Confirmed)
        assert not isinstance(judge(other, crossed), Confirmed)
        assert not isinstance(judge(cause, replace(self.lost(crossing=False), sources=sources)), Confirmed)

    def test_without_the_code_either_may_be_it(self) -> None:
        crossed = self.lost(crossing=True)
        assert {type(judge(cause, crossed)) for cause in ("read-resave-overwrites", "read-both-modify")} == {Undecided}


class TestLifetimes:
    EXPIRES = "connect.sid={}; Path=/; Expires=Mon, 23 Nov 2026 13:00:00 GMT; HttpOnly"
    MAX_AGE = f"connect.sid={COOKIE}; Path=/; Max-Age=60; HttpOnly"
    PLAIN = f"connect.sid={COOKIE}; Path=/; HttpOnly"

    def test_two_logins_that_expire_at_one_moment(self) -> None:
        lines = [self.EXPIRES.format(COOKIE), self.EXPIRES.format(COOKIE)]
        apart = seen(recording(login(sets=lines[0]), asked(1, ME, 200), login(600, sets=lines[1])))
        together = seen(recording(login(sets=lines[0]), asked(1, ME, 200), login(2, sets=lines[1])))
        assert isinstance(judge("live-expires-fixed-at-boot", apart), Confirmed)
        assert isinstance(judge("live-expires-fixed-at-boot", together), RuledOut)

    def test_rows_that_were_saved_with_less_than_no_life(self) -> None:
        assert isinstance(judge("live-expires-fixed-at-boot", facts(database(rows=rows(negative_lives=3)))), Confirmed)

    def test_a_cookie_that_ends_under_an_active_user(self) -> None:
        ended = seen(recording(login(sets=self.MAX_AGE), asked(30, ME, 200), asked(90, ME, 401, sends=None)))
        found = judge("send-cookie-not-renewed", ended)
        assert isinstance(found, Confirmed)
        assert "60 s after its login" in found.evidence[0].says

    @pytest.mark.parametrize(
        "after",
        [
            (asked(30, ME, 200), asked(50, ME, 401, sends=None)),
            (asked(30, ME, 200, sets=MAX_AGE), asked(95, ME, 401, sends=None)),
            (asked(90, ME, 401, sends=None),),
        ],
        ids=["it went before its end", "it was renewed", "nobody was active"],
    )
    def test_another_end_is_none(self, after: tuple[Exchange, ...]) -> None:
        found = judge("send-cookie-not-renewed", seen(recording(login(sets=self.MAX_AGE), *after)))
        assert not isinstance(found, Confirmed)

    def test_a_cookie_that_ends_with_the_browser_is_remarked_upon(self) -> None:
        ends = seen(recording(login(sets=self.PLAIN), asked(1, ME, 200)))
        lasts = seen(recording(login(sets=self.MAX_AGE), asked(1, ME, 200)))
        assert isinstance(judge("send-browser-session-cookie", ends), Noted)
        assert isinstance(judge("send-browser-session-cookie", lasts), RuledOut)
        assert isinstance(judge("send-browser-session-cookie", facts(database(rows=rows(browser_sessions=20)))), Noted)


class TestLogins:
    REFUSED = frozenset({Sign.REFUSED})

    def test_a_login_that_is_refused_in_a_200(self) -> None:
        refused = asked(0, "POST /login", 200, sends=None, role=Role.LOGIN, says=self.REFUSED)
        turned_away = asked(1, ME, 401, sends=None)
        assert isinstance(judge("read-login-refused", seen(recording(refused, turned_away))), Confirmed)
        assert isinstance(judge("read-login-refused", seen(recording(refused, login(5), turned_away))), RuledOut)
        assert isinstance(judge("read-login-refused", seen(recording(login(), asked(5, ME, 401)))), RuledOut)


@pytest.mark.parametrize(
    ("cause", "code", "text"),
    [
        ("boot-max-age-text", "MAXAGE_READ", "TypeError: Cannot read properties of undefined (reading 'originalMaxAge')"),
        ("boot-regenerate-lacking", "SESSION_REPLACED", "TypeError: req.session.regenerate is not a function"),
        ("save-session-replaced", "SESSION_REPLACED", "TypeError: req.session.touch is not a function"),
        ("read-serialize-missing", "SERIALIZE_USER", "Error: Failed to serialize user into session"),
    ],
)
def test_what_the_log_says_by_itself(cause: str, code: str, text: str) -> None:
    known = facts(None, log(BOOT, line(Kind.ERROR, code, text)))
    assert isinstance(judge(cause, known), Confirmed)
    diagnosis = diagnose(known)
    assert [one.cause.id for one in diagnosis.causes if one.confidence == "confirmed"] == [cause]


def test_a_session_that_is_undefined_may_have_two_reasons() -> None:
    known = facts(None, log(BOOT, line(Kind.ERROR, "SESSION_SUPPORT", "Error: Login sessions require session support.")))
    both = ("boot-session-after-routes", "boot-session-on-subpath")
    assert {type(judge(cause, known)) for cause in both} == {Undecided}


def test_a_user_who_is_not_found_again_is_unknown_only_where_others_are_found() -> None:
    said = line(Kind.ERROR, "DESERIALIZE_USER", "Error: Failed to deserialize user out of session")
    assert isinstance(judge("read-user-unknown", facts(None, log(BOOT, LOGIN, said))), Undecided)
    assert isinstance(judge("read-user-unknown", facts(None, log(BOOT, LOGIN, AUTHORIZED, said))), Confirmed)


def test_a_logout_that_fails_and_a_bogus_id_are_told_by_their_lines() -> None:
    logout = line(Kind.ERROR, "LOGOUT_CALLBACK", "Error: req#logout requires a callback function")
    assert isinstance(judge("find-logout-without-callback", facts(None, log(BOOT, logout))), Noted)
    bogus = line(Kind.WARNING, "BOGUS_SESSION_ID", "express-session session ignored because of bogus req.sessionID")
    assert isinstance(judge("set-genid-invalid", facts(None, log(BOOT, bogus))), Confirmed)


def test_a_save_that_fails_after_a_200_is_remarked_upon_and_its_error_is_the_cause() -> None:
    failed = line(Kind.SAVE_ERROR, "42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification")
    known = facts(None, log(BOOT, LOGIN, failed, UNAUTHORIZED))
    assert isinstance(judge("save-error-swallowed", known), Noted)
    assert isinstance(judge("save-error-swallowed", facts(None, log(BOOT, SAVED, LOGIN, AUTHORIZED))), RuledOut)


def test_sessions_that_work_contradict_the_code(tmp_path: Path) -> None:
    code = swap("app.use(passport.session())\n", "", WITH_PASSPORT)
    works = replace(log(BOOT, LOGIN, AUTHORIZED), runs=(replace(log(BOOT).runs[0], login_then_authorized=4),))
    assert isinstance(judge("read-passport-session-missing", of_code(tmp_path, code)), Confirmed)
    assert isinstance(judge("read-passport-session-missing", of_code(tmp_path, code, works)), RuledOut)


def test_rows_that_are_used_again_contradict_only_what_keeps_a_session_from_being_loaded(tmp_path: Path) -> None:
    used = database(rows=rows(returning=3))
    unmounted = swap("app.use(passport.session())\n", "", WITH_PASSPORT)
    assert isinstance(judge("read-passport-session-missing", of_code(tmp_path, unmounted, database=used)), Confirmed)
    misplaced = swap("app.use(session(", "app.use('/api', session(")
    assert isinstance(judge("boot-session-on-subpath", of_code(tmp_path, misplaced)), Confirmed)
    assert isinstance(judge("boot-session-on-subpath", of_code(tmp_path, misplaced, database=used)), RuledOut)


def test_code_of_another_framework_says_nothing_of_express(tmp_path: Path) -> None:
    code = "import Fastify from 'fastify'; const app = Fastify(); app.register(session, { secret: 'a' })"
    known = of_code(tmp_path, code, log(BOOT, EXIT))
    told = ("boot-session-after-routes", "read-passport-session-missing", "save-session-replaced", "find-single-session")
    assert {type(judge(cause, known)) for cause in told} <= {Unseen, RuledOut}
    assert "Fastify" not in repr(diagnose(known).causes)
