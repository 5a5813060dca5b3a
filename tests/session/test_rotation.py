"""An id is exchanged from time to time: whoever holds the old one is let through for a while, and finds no data under it."""

import json

import pytest

from sessile.errors import ConfigurationError, StoreError, StoreUnavailable
from sessile.session.cookie import cookie_value, encoded
from sessile.session.outcome import Reason
from sessile.session.store import Answer, Load, Replace, Rotate, Stored, Update, Want
from tests.node import run_node
from tests.session.browser import HOUR, KEYRING, NOW, SECOND, Browser, Service, expiry

GRACE = 30 * SECOND
ROTATING = expiry(idle=600, rotate=60)


def cookie_of(session_id: str) -> str:
    return f"connect.sid={encoded(cookie_value(session_id, KEYRING))}"


def own_of(row: Stored) -> dict[str, object]:
    own: dict[str, object] = json.loads(row.text)["sessile"]
    return own


def reachable(service: Service, session_id: str) -> dict[str, object]:
    """What somebody gets who presents that id now."""
    return dict(service.open(cookie_of(session_id)))


@pytest.fixture
def service() -> Service:
    return Service.of(lives=ROTATING)


@pytest.fixture
def browser(service: Service) -> Browser:
    return Browser(service)


@pytest.fixture
def old(service: Service, browser: Browser) -> str:
    """The id of a session that is due for another one."""
    browser.visit({"user": 7})
    service.now += HOUR
    (session_id,) = service.rows
    return session_id


def renewed(service: Service, old: str) -> str:
    (new,) = service.rows.keys() - {old}
    return new


class TestWhenItIsTime:
    def test_the_next_response_carries_another_id(self, service: Service, browser: Browser, old: str) -> None:
        before = browser.header
        assert browser.visit()["user"] == 7
        assert [type(want) for want in service.wants] == [Rotate]
        assert browser.header not in (before, "")
        assert browser.open().id == renewed(service, old)

    def test_but_not_a_minute_before(self, service: Service, browser: Browser, old: str) -> None:
        service.now -= 1
        before = browser.header
        browser.visit({"seen": 1})
        assert (list(service.rows), browser.header) == ([old], before)

    def test_changes_go_with_it(self, browser: Browser, old: str) -> None:
        session = browser.visit({"seen": 1})
        assert session.id != old
        assert dict(browser.open()) == {"user": 7, "seen": 1}

    def test_again_after_the_next_hour_and_the_session_keeps_its_age(self, service: Service, browser: Browser, old: str) -> None:
        ids = {old}
        for _ in range(3):
            ids.add(str(browser.visit().id))
            service.now += HOUR
        assert len(ids) == 4
        assert {own_of(row).get("created") for row in service.rows.values() if json.loads(row.text).get("user")} == {NOW}

    def test_a_regenerated_id_counts_anew(self, service: Service, browser: Browser, old: str) -> None:
        browser.visit(regenerate=True)
        (new,) = service.rows
        service.now += HOUR - 1
        browser.visit({"seen": 1})
        assert list(service.rows) == [new] != [old]

    def test_only_a_response_can_carry_it(self, service: Service, browser: Browser, old: str) -> None:
        session = browser.open()
        session["late"] = 1
        service.save(session)
        assert list(service.rows) == [old]

    def test_without_the_option_nothing_is_noted_or_written(self) -> None:
        browser = Browser(service := Service.of(lives=expiry(idle=600)))
        browser.visit({"user": 7})
        service.now += 30 * SECOND
        browser.visit()
        assert service.wants == []
        assert [own_of(row) for row in service.rows.values()] == [{"created": NOW}]

    def test_ids_that_stay_shorter_than_their_grace_are_refused(self) -> None:
        with pytest.raises(ConfigurationError, match=r"grace .* must be shorter than rotate"):
            expiry(rotate=1, grace=1)

    def test_a_session_of_express_gets_its_time_from_the_first_sight(self, service: Service, browser: Browser, old: str) -> None:
        cookie = {"originalMaxAge": 10 * HOUR, "expires": "2026-11-24T03:44:19.000Z", "httpOnly": True, "path": "/"}
        service.rows[old] = Stored(json.dumps({"cookie": cookie, "user": 7}, separators=(",", ":")), NOW + 10 * HOUR)
        browser.visit()
        assert list(service.rows) == [old]
        assert own_of(service.rows[old])["created"] == service.now
        service.now += HOUR
        browser.visit()
        new = renewed(service, old)
        kept = json.loads(service.rows[new].text)["cookie"]
        assert (kept["httpOnly"], kept["path"], "sameSite" in kept, kept["originalMaxAge"]) == (True, "/", False, 10 * HOUR)


class TestTheOldId:
    @pytest.fixture
    def new(self, service: Service, browser: Browser, old: str) -> str:
        browser.visit()
        return renewed(service, old)

    def test_holds_no_data(self, service: Service, old: str, new: str) -> None:
        row = service.rows[old]
        assert (json.loads(row.text).keys(), own_of(row)) == (
            {"cookie", "sessile"},
            {"next": new, "until": service.now + GRACE},
        )
        assert row.expires == service.now + GRACE

    def test_is_an_empty_session_to_express(self, service: Service, old: str, new: str) -> None:
        script = """
        const session = require("express-session");
        const text = JSON.parse(require("fs").readFileSync(0, "utf8"));
        const loaded = new session.MemoryStore().createSession({ sessionID: "x" }, JSON.parse(text));
        console.log(JSON.stringify([loaded.user ?? null, loaded.cookie.originalMaxAge, loaded.cookie.expires]));
        """
        assert run_node(script, service.rows[old].text) == [None, 10 * HOUR, "2026-11-23T18:44:49.000Z"]
        assert new not in run_node(script, service.rows[old].text)

    def test_leads_to_the_new_one_for_its_grace_and_hands_it_over(self, service: Service, old: str, new: str) -> None:
        service.now += GRACE
        session = service.open(cookie_of(old))
        assert (dict(session), session.id, session.outcome.reason) == ({"user": 7}, new, Reason.LIVE)
        (cookie,) = service.close(session)
        assert cookie.startswith(cookie_of(new))
        assert service.wants == []

    def test_leads_nowhere_after_that(self, service: Service, old: str, new: str) -> None:
        service.now += GRACE + 1
        session = service.open(cookie_of(old))
        assert (dict(session), session.outcome.reason) == ({}, Reason.ROTATED)
        assert str(session.outcome) == "find: rotated"
        assert new not in session.outcome.detail
        assert service.close(session) == []

    def test_is_neither_touched_nor_written(self, service: Service, old: str, new: str) -> None:
        alias = service.rows[old]
        service.now += GRACE
        session = service.open(cookie_of(old))
        session["seen"] = 1
        service.close(session)
        assert [type(want) for want in service.wants] == [Update]
        assert service.rows[old] == alias
        assert reachable(service, new) == {"user": 7, "seen": 1}

    def test_keeps_to_its_grace_when_its_row_lives_on(self, service: Service, old: str, new: str) -> None:
        row = service.rows[old]
        service.rows[old] = Stored(row.text, row.expires + HOUR)
        service.now += GRACE + 1
        assert service.open(cookie_of(old)).outcome.reason is Reason.ROTATED
        assert reachable(service, new) == {"user": 7}

    def test_to_which_express_has_written_is_a_session_of_its_own(self, service: Service, old: str, new: str) -> None:
        row = service.rows[old]
        service.rows[old] = Stored(row.text.replace('"sessile"', '"user":8,"sessile"'), row.expires)
        session = service.open(cookie_of(old))
        assert (dict(session), session.id) == ({"user": 8}, old)
        session.clear()
        session["cart"] = 1
        service.close(session)
        del session["cart"]
        service.close(session)
        assert reachable(service, old) == {}
        assert reachable(service, new) == {"user": 7}

    def test_of_a_session_that_logged_out_leads_nowhere(self, service: Service, browser: Browser, old: str, new: str) -> None:
        browser.keep(service.destroy(browser.open()))
        assert (service.rows, browser.jar) == ({}, {})
        assert reachable(service, old) == reachable(service, new) == {}

    @pytest.mark.parametrize("through", ["old", "new"])
    def test_never_reaches_what_a_login_stored(self, service: Service, old: str, new: str, through: str) -> None:
        session = service.open(cookie_of({"old": old, "new": new}[through]))
        service.flow.regenerate(session)
        session["user"] = "admin"
        service.close(session)
        assert list(service.rows) == [session.id]
        assert reachable(service, old) == reachable(service, new) == {}

    def test_is_forgotten_by_the_session_when_its_grace_is_over(
        self, service: Service, browser: Browser, old: str, new: str
    ) -> None:
        assert own_of(service.rows[new])["was"] == old
        service.now += GRACE + 1
        browser.visit({"seen": 1})
        assert own_of(service.rows[new]).keys() == {"created", "id_made"}


class TestTogether:
    """Two requests, or more, that were opened with the same id."""

    def test_of_two_in_time_one_exchanges_it_and_the_other_follows(self, service: Service, browser: Browser, old: str) -> None:
        one, other = browser.open(), browser.open()
        one["one"], other["other"] = 1, 2
        first, second = service.close(one), service.close(other)
        new = renewed(service, old)
        assert [cookie.startswith(cookie_of(new)) for cookie in (*first, *second)] == [True, True]
        assert reachable(service, new) == {"user": 7, "one": 1, "other": 2}

    def test_the_one_that_changes_nothing_follows_without_a_write(self, service: Service, browser: Browser, old: str) -> None:
        one, other = browser.open(), browser.open()
        service.close(one)
        service.wants.clear()
        (cookie,) = service.close(other)
        assert [type(want) for want in service.wants] == [Rotate, Load, Load]
        assert cookie.startswith(cookie_of(renewed(service, old)))

    def test_one_that_outlasts_the_grace_loses_nothing(self, service: Service, browser: Browser, old: str) -> None:
        slow = browser.open()
        browser.visit()
        service.now += GRACE + 1
        slow["report"] = "done"
        (cookie,) = service.close(slow)
        assert cookie.startswith(cookie_of(renewed(service, old)))
        assert dict(browser.open()) == {"user": 7, "report": "done"}

    def test_a_logout_ends_it_under_both_ids(self, service: Service, browser: Browser, old: str) -> None:
        leaving = browser.open()
        browser.visit()
        new = renewed(service, old)
        service.destroy(leaving)
        assert service.rows == {}
        assert reachable(service, old) == reachable(service, new) == {}

    def test_a_login_leaves_neither_id_alive(self, service: Service, browser: Browser, old: str) -> None:
        entering = browser.open()
        browser.visit({"cart": 1})
        service.flow.regenerate(entering)
        entering["user"] = "admin"
        service.close(entering)
        assert list(service.rows) == [entering.id]
        assert (dict(entering), reachable(service, old)) == ({"user": "admin", "cart": 1}, {})

    def test_a_logout_is_not_undone_by_an_exchange(self, service: Service, browser: Browser, old: str) -> None:
        staying, leaving = browser.open(), browser.open()
        service.destroy(leaving)
        staying["seen"] = 1
        assert service.close(staying) == []
        assert (reachable(service, old), service.rows, staying.outcome.reason) == ({}, {}, Reason.DELETED)

    def test_a_cookie_on_its_way_cannot_overtake_the_new_one(self, service: Service, browser: Browser, old: str) -> None:
        service.now -= 20 * SECOND
        slow = browser.open()
        slow["seen"] = 1
        late = service.close(slow)
        service.now += 20 * SECOND
        browser.visit()
        browser.keep(late)
        service.now += GRACE + 1
        assert dict(browser.open()) == {"user": 7, "seen": 1}
        assert reachable(service, old) == {}


class TestOutages:
    @pytest.mark.parametrize("committed", [False, True])
    def test_a_lost_answer_costs_no_session(self, service: Service, browser: Browser, old: str, committed: bool) -> None:
        session = browser.open()
        step = service.flow.close(session, https=True, now=service.now)
        want = next(step)
        assert isinstance(want, Rotate)
        if committed:
            service.perform(want)
        with pytest.raises(StoreUnavailable):
            step.throw(StoreUnavailable("gone"))
        assert browser.visit()["user"] == 7
        assert browser.open().id == renewed(service, old)

    def test_a_row_that_is_changed_without_end_is_unavailable_not_lost(
        self, service: Service, browser: Browser, old: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def restless(want: Want) -> Answer | StoreError:
            return None if isinstance(want, Rotate | Update | Replace) else service.store.answer(want)

        session = browser.open()
        session["seen"] = 1
        monkeypatch.setattr(service, "perform", restless)
        with pytest.raises(StoreUnavailable, match="too many requests"):
            service.close(session)
        assert list(service.rows) == [old]
