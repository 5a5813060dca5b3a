"""Many people at once, each with sessions of their own, who enter into the ledger what they ask and what they are told."""

import asyncio
import random
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpx2

from lab.chaos.ledger import PAIR, Account, Action, Answer, Ledger, State
from lab.chaos.service import COOKIE, KEEP_ALIVE_SECONDS

KEYS = ("a", "b", "c", "d")
THINKING_SECONDS = 0.06
ANSWER_SECONDS = 20.0
HEALTH_SECONDS = 0.1


class Crowd:
    """`people` of them, on the service at `url`. `answered` is called with the status of each answer about a session."""

    def __init__(self, url: str, ledger: Ledger, people: int, dice: random.Random, answered: Callable[[int], None]) -> None:
        self.ledger, self.dice, self._people, self._answered = ledger, dice, people, answered
        self._over = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._client = httpx2.AsyncClient(
            base_url=url,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=KEEP_ALIVE_SECONDS / 4),
            timeout=ANSWER_SECONDS,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._live(f"person {number}")) for number in range(self._people)]
        self._tasks.append(asyncio.create_task(self._watch_health()))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.leave()
        await self._client.aclose()

    @property
    def failed(self) -> bool:
        """Whether a person ended by an error of the drill's own."""
        return any(task.done() and not self._over.is_set() for task in self._tasks)

    async def leave(self) -> None:
        """Let everybody finish what they are at, and stay logged in. Raises what went wrong among them."""
        self._over.set()
        await asyncio.gather(*self._tasks)

    async def ask(self, account: Account, action: Action, **values: int) -> int:
        """Send one request of an account, enter it and its answer, and return the status."""
        entry = self.ledger.begin(account, action, values)
        body = {"nonce": account.nonce} if action is Action.VISIT else {"user": account.person}
        answer = await self._post(action, entry.cookie, values if action is Action.WRITE else body)
        self.ledger.settle(entry, answer)
        self._answered(answer.status)
        return answer.status

    async def ask_ended(self, cookie: str) -> int:
        """Send a request with the cookie of an ended session."""
        answer = await self._post(Action.READ, cookie, {})
        self.ledger.settle_ended(answer)
        return answer.status

    async def _live(self, name: str) -> None:
        while not self._over.is_set():
            account = self.ledger.open(name)
            if await self.ask(account, Action.VISIT) == 200:
                await self._stay(account)
            await self._think()

    async def _stay(self, account: Account) -> None:
        only_reads = self.dice.random() < 0.2
        turns = self.dice.randrange(20, 120)
        for turn in range(turns):
            if self._over.is_set() or account.state is not State.LIVE:
                return
            if turn == 5:
                await self.ask(account, Action.LOGIN)
            elif only_reads and turn > 5:
                await self.ask(account, Action.READ)
            else:
                await self._do_something(account, turn * 10)
            await self._think()
        while account.state is State.LIVE and not self._over.is_set():
            await self.ask(account, Action.LOGOUT)
            await self._think()

    async def _do_something(self, account: Account, number: int) -> None:
        """One turn; `number` is greater than any before, and the nine that follow it are free."""
        match self.dice.choices(("read", "write", "pair", "together", "renew", "ended"), (40, 25, 10, 12, 5, 8))[0]:
            case "read":
                await self.ask(account, Action.READ)
            case "write":
                await self.ask(account, Action.WRITE, **{self.dice.choice(KEYS): number})
            case "pair":
                await self.ask(account, Action.WRITE, **dict.fromkeys(PAIR, number))
            case "together":
                changes = [{key: number + place} for place, key in enumerate(KEYS)] + [dict.fromkeys(PAIR, number)]
                await asyncio.gather(
                    *(self.ask(account, Action.WRITE, **change) for change in changes), self.ask(account, Action.READ)
                )
            case "renew":
                await self.ask(account, Action.REGENERATE)
            case _:
                if self.ledger.ended:
                    await self.ask_ended(self.dice.choice(self.ledger.ended[-200:]))

    async def _watch_health(self) -> None:
        while not self._over.is_set():
            try:
                response = await self._client.get("/health")
            except httpx2.HTTPError as error:
                self.ledger.settle_health(0, type(error).__name__)
            else:
                self.ledger.settle_health(response.status_code)
            await asyncio.sleep(HEALTH_SECONDS)

    async def _post(self, action: Action, cookie: str | None, body: object) -> Answer:
        headers = {"cookie": f"{COOKIE}={cookie}"} if cookie else {}
        try:
            response = await self._client.post(f"/{action}", json=body, headers=headers)
        except httpx2.HTTPError as error:
            return Answer(0, error=type(error).__name__)
        return Answer(
            response.status_code,
            response.json() if response.status_code == 200 else {},
            _set(response),
            "retry-after" in response.headers,
        )

    async def _think(self) -> None:
        await asyncio.sleep(self.dice.expovariate(1 / THINKING_SECONDS))


def _set(response: httpx2.Response) -> str | None:
    for line in response.headers.get_list("set-cookie"):
        name, _, value = line.partition(";")[0].partition("=")
        if name == COOKIE:
            return value
    return None
