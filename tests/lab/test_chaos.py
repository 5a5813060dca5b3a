"""The chaos in its short form, and the ledger's own proof: it tells each broken promise, and keeps silent where none is."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from lab.browser import Browser
from lab.chaos import outages
from lab.chaos.__main__ import FORGETFUL, table
from lab.chaos.drill import Drill, Plan
from lab.chaos.ledger import TOLERATED, Account, Action, Answer, Ledger, Promise, State, id_of
from lab.chaos.service import App, ChaosService

OLD, NEW = "s%3Aold-id.signature", "s%3Anew-id.signature"
SHORT = Plan((), people=20, calm=(0.6, 1.2), down=(0.1, 0.6), pause=False, refusals=False)


class TestADrill:
    async def test_keeps_every_promise_though_postgresql_is_killed(self, tmp_path: Path) -> None:
        plan = replace(SHORT, kills=(outages.crash_in_commits, outages.kill, outages.crash_in_writes))
        result = await Drill(plan, tmp_path).run()
        assert result.ledger.broken == frozenset(), table(result, plan)
        assert result.kills == 3
        assert result.ledger.answers[200] > 100
        assert result.ledger.answers[503] > 10
        assert result.ledger.acknowledged > 50
        assert result.ledger.answers_to_ended[401] > 5

    async def test_finds_out_a_server_that_forgets_what_it_acknowledged(self, tmp_path: Path) -> None:
        plan = replace(SHORT, kills=(outages.crash,), settings=FORGETFUL, terminate=False)
        result = await Drill(plan, tmp_path).run()
        assert {Promise.SAVED, Promise.LOGGED_IN, Promise.ONCE} & result.ledger.broken, table(result, plan)


@pytest.mark.parametrize("app", App)
def test_a_logout_that_the_store_does_not_take_is_unavailable(app: App, database: str, tmp_path: Path) -> None:
    with ChaosService(database, "a-secret-of-the-tests-and-of-nobody-else", tmp_path, timeout=0.5, app=app) as service:
        browser = Browser(service.url)
        assert browser.request("POST", "/visit", json={"nonce": "n"}) == 200
        with closing(psycopg.connect(database)) as blocker:
            blocker.execute("LOCK TABLE session IN SHARE MODE")
            assert browser.request("POST", "/logout") == 503
            assert browser.response is not None
            assert "retry-after" in browser.response.headers
            assert "set-cookie" not in browser.response.headers
        assert "Traceback" not in service.log


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def account(ledger: Ledger) -> Account:
    account = ledger.open("ana")
    ledger.settle(ledger.begin(account, Action.VISIT), Answer(200, {"nonce": account.nonce}, OLD))
    return account


def ask(ledger: Ledger, account: Account, action: Action, answer: Answer, **values: int) -> None:
    ledger.settle(ledger.begin(account, action, values), answer)


def shown(account: Account, **values: int) -> Answer:
    return Answer(200, {"nonce": account.nonce, **values})


UNAVAILABLE = Answer(503, retry_after=True)

Story = Callable[[Ledger, Account], None]


def save_and_lose(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.WRITE, shown(account, a=6), a=6)
    ask(ledger, account, Action.WRITE, shown(account, a=7), a=7)
    ask(ledger, account, Action.READ, shown(account, a=6))


def save_and_lose_all(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.WRITE, shown(account), a=7)
    ask(ledger, account, Action.READ, shown(account))


def read_and_lose(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.WRITE, UNAVAILABLE, a=7)
    ask(ledger, account, Action.READ, shown(account, a=7))
    ask(ledger, account, Action.READ, shown(account))


def keep_half(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.WRITE, UNAVAILABLE, left=7, right=7)
    ask(ledger, account, Action.READ, shown(account, left=7))


def mangle(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.WRITE, shown(account), a=7)
    ask(ledger, account, Action.READ, shown(account, a=77))


def log_out(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.READ, Answer(401))


def lose_a_login(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.LOGIN, UNAVAILABLE)
    ask(ledger, account, Action.READ, Answer(401))


def lose_a_login_before_the_logout(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.LOGIN, UNAVAILABLE)
    ask(ledger, account, Action.LOGOUT, UNAVAILABLE)
    ask(ledger, account, Action.LOGOUT, Answer(401))
    ledger.audit(ledger.snapshot(), {"new-id": {"nonce": account.nonce}})


def lose_what_a_login_took_along(ledger: Ledger, account: Account) -> None:
    lose_a_login(ledger, account)
    ledger.audit(ledger.snapshot(), {})


def refuse_what_never_moved(ledger: Ledger, account: Account) -> None:
    lose_a_login(ledger, account)
    ledger.audit(ledger.snapshot(), {"old-id": {"nonce": account.nonce}})


def replace_the_cookie(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.READ, shown(account)._replace(cookie=NEW))


def clear_the_cookie(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.READ, shown(account)._replace(cookie=""))


def set_a_cookie_with_503(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.READ, UNAVAILABLE._replace(cookie=OLD))


def log_in_without_a_new_id(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.LOGIN, shown(account)._replace(cookie=OLD))


def swap(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.READ, shown(ledger.open("ben")))


def come_back(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.LOGOUT, Answer(200))
    ledger.settle_ended(shown(account))


def come_back_in_the_table(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.LOGOUT, Answer(200))
    ledger.audit(ledger.snapshot(), {"some-id": {"nonce": account.nonce}})


def lose_in_the_table(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.WRITE, shown(account, a=6), a=6)
    ask(ledger, account, Action.WRITE, shown(account, a=7), a=7)
    ledger.audit(ledger.snapshot(), {"old-id": {"nonce": account.nonce, "a": 6}})


def store_nothing(ledger: Ledger, _account: Account) -> None:
    ledger.audit(ledger.snapshot(), {})


def store_twice(ledger: Ledger, account: Account) -> None:
    ledger.audit(ledger.snapshot(), {"old-id": {"nonce": account.nonce}, "new-id": {"nonce": account.nonce}})


def store_under_another_id(ledger: Ledger, account: Account) -> None:
    ledger.audit(ledger.snapshot(), {"new-id": {"nonce": account.nonce}})


def fail_a_health_check(ledger: Ledger, _account: Account) -> None:
    ledger.settle_health(503)


def answer_oddly(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.READ, Answer(500))


def answer_nothing(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.READ, Answer(0, error="ReadTimeout"))


def be_curt(ledger: Ledger, account: Account) -> None:
    ask(ledger, account, Action.READ, Answer(503))


BREACHES: list[tuple[Story, Promise]] = [
    (save_and_lose, Promise.SAVED),
    (save_and_lose_all, Promise.SAVED),
    (lose_in_the_table, Promise.SAVED),
    (read_and_lose, Promise.SEEN),
    (keep_half, Promise.WHOLE),
    (mangle, Promise.WHOLE),
    (log_out, Promise.LOGGED_IN),
    (lose_a_login, Promise.RENEWED),
    (lose_a_login_before_the_logout, Promise.RENEWED),
    (replace_the_cookie, Promise.COOKIE),
    (clear_the_cookie, Promise.COOKIE),
    (set_a_cookie_with_503, Promise.COOKIE),
    (log_in_without_a_new_id, Promise.COOKIE),
    (swap, Promise.OWN),
    (come_back, Promise.ENDED),
    (come_back_in_the_table, Promise.ENDED),
    (store_nothing, Promise.ONCE),
    (store_twice, Promise.ONCE),
    (store_under_another_id, Promise.ONCE),
    (fail_a_health_check, Promise.HEALTHY),
    (answer_oddly, Promise.ANSWERED),
    (answer_nothing, Promise.ANSWERED),
    (be_curt, Promise.RETRY),
]


class TestTheLedger:
    @pytest.mark.parametrize(("story", "promise"), BREACHES, ids=lambda value: getattr(value, "__name__", ""))
    def test_counts_each_breach_once(self, ledger: Ledger, account: Account, story: Story, promise: Promise) -> None:
        assert not ledger.breaches
        story(ledger, account)
        assert ledger.breaches == {promise: 1}
        assert ledger.broken == {promise} - TOLERATED

    @pytest.mark.parametrize(
        ("story", "promise"), [(lose_what_a_login_took_along, Promise.ONCE), (refuse_what_never_moved, Promise.LOGGED_IN)]
    )
    def test_tolerates_a_lost_answer_only_where_the_table_holds_the_session(
        self, ledger: Ledger, account: Account, story: Story, promise: Promise
    ) -> None:
        story(ledger, account)
        assert ledger.breaches == {Promise.RENEWED: 1, promise: 1}
        assert ledger.broken == {promise}

    def test_finds_nothing_wrong_with_what_may_happen(self, ledger: Ledger, account: Account) -> None:
        ask(ledger, account, Action.WRITE, shown(account), a=7)
        ask(ledger, account, Action.WRITE, UNAVAILABLE, a=8)
        ask(ledger, account, Action.READ, shown(account, a=7)._replace(cookie="s%3Aold-id.another-signature"))
        ask(ledger, account, Action.READ, shown(account, a=8))
        ask(ledger, account, Action.REGENERATE, UNAVAILABLE)
        ledger.audit(ledger.snapshot(), {"new-id": {"nonce": account.nonce, "a": 8}})
        ledger.audit(ledger.snapshot(), {"old-id": {"nonce": account.nonce, "a": 8}})
        ask(ledger, account, Action.REGENERATE, shown(account, a=8)._replace(cookie=NEW))
        assert (account.cookie, account.state, id_of(NEW)) == (NEW, State.LIVE, "new-id")
        ledger.audit(ledger.snapshot(), {"new-id": {"nonce": account.nonce, "a": 8}})
        ask(ledger, account, Action.LOGOUT, UNAVAILABLE)
        ledger.audit(ledger.snapshot(), {})
        ask(ledger, account, Action.LOGOUT, Answer(401))
        ledger.settle_ended(Answer(401))
        ledger.settle_health(200)
        assert not ledger.breaches

    def test_does_not_judge_the_table_while_a_session_changes_its_id(self, ledger: Ledger, account: Account) -> None:
        before = ledger.snapshot()
        renewal = ledger.begin(account, Action.REGENERATE)
        ledger.audit([*before, *ledger.snapshot()], {})
        ledger.settle(renewal, shown(account)._replace(cookie=NEW))
        ledger.audit(before, {})
        assert not ledger.breaches
