"""The suite that a store's author runs: every rule of the contract, against an asynchronous or a synchronous store."""

import asyncio
import inspect
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from sessile.errors import StoreError
from sessile.session.store import Answer, Store, SyncStore, Want
from sessile.testing.contract import Asked, AtOnce, BrokenContract, Reopened, Rule
from sessile.testing.rules import KEEPING, RULES

RAISED = "a want that fails answers its StoreError; perform does not raise it"

Answers = Sequence[Answer | StoreError]


class StoreConformance:
    """Make a class of it whose fixture `store` gives a new store, not opened and without rows.

        class TestMyStore(StoreConformance):
            @pytest.fixture
            def store(self) -> MyStore:
                return MyStore("mystore://localhost/test")

    `keeps_expired = False` is for a store that drops a row in the moment in which it expires. Each rule opens the store and
    closes it, in an event loop of its own.
    """

    keeps_expired = True

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
    def test_it_holds_that(self, store: Store | SyncStore, rule: Rule) -> None:
        """Raises BrokenContract, with the sentence of the contract that does not hold."""
        if rule in KEEPING and not self.keeps_expired:
            return
        check(store, rule)


def check(store: Store | SyncStore, rule: Rule) -> None:
    """Hold a store to one rule. Raises BrokenContract."""
    if inspect.iscoroutinefunction(store.open):
        asyncio.run(_checked(cast("Store", store), rule))
    else:
        _checked_sync(cast("SyncStore", store), rule)


async def _checked(store: Store, rule: Rule) -> None:
    await store.open()
    try:
        steps = rule()
        asked = next(steps)
        while True:
            if isinstance(asked, Reopened):
                await store.close()
                await store.open()
            asked = steps.send(_given(asked, await _asked(store, asked)))
    except StopIteration:
        return
    finally:
        await store.close()


async def _asked(store: Store, asked: Asked) -> Answers:
    if isinstance(asked, Reopened):
        return [None]
    if isinstance(asked, AtOnce):
        return [answer for (answer,) in await asyncio.gather(*(_performed(store, [want]) for want in asked.wants))]
    return await _performed(store, asked if isinstance(asked, list) else [asked])


async def _performed(store: Store, wants: Sequence[Want]) -> Answers:
    try:
        return await store.perform(wants)
    except StoreError as error:
        raise BrokenContract(RAISED) from error


def _checked_sync(store: SyncStore, rule: Rule) -> None:
    store.open()
    try:
        steps = rule()
        asked = next(steps)
        while True:
            if isinstance(asked, Reopened):
                store.close()
                store.open()
            asked = steps.send(_given(asked, _asked_sync(store, asked)))
    except StopIteration:
        return
    finally:
        store.close()


def _asked_sync(store: SyncStore, asked: Asked) -> Answers:
    if isinstance(asked, Reopened):
        return [None]
    if isinstance(asked, AtOnce):
        with ThreadPoolExecutor(len(asked.wants)) as pool:
            return [answer for (answer,) in pool.map(lambda want: _performed_sync(store, [want]), asked.wants)]
    return _performed_sync(store, asked if isinstance(asked, list) else [asked])


def _performed_sync(store: SyncStore, wants: Sequence[Want]) -> Answers:
    try:
        return store.perform(wants)
    except StoreError as error:
        raise BrokenContract(RAISED) from error


def _given(asked: Asked, answers: Answers) -> Answer | StoreError | list[Answer | StoreError]:
    """What a rule is sent: one answer for one want, a list for several."""
    several = isinstance(asked, list | AtOnce)
    wanted = len(asked) if isinstance(asked, list) else len(asked.wants) if isinstance(asked, AtOnce) else 1
    if len(answers) != wanted:
        raise BrokenContract(f"perform answers every want: {wanted} were asked, {len(answers)} answered")
    return list(answers) if several else answers[0]
