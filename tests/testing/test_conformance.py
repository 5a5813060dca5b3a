"""Every store of ours holds to the contract, and the suite notices each way to break it."""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from sessile import MemoryStore, PostgresStore
from sessile.errors import StoreError
from sessile.session.store import Answer, Create, Delete, Replace, Rotate, Stored, SyncStore, Touch, Update, Want
from sessile.testing import BrokenContract, FaultyStore, StoreConformance
from sessile.testing.conformance import check
from sessile.testing.rules import RULES


class TestMemoryStore(StoreConformance):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


@pytest.fixture(scope="module")
def shared_database(server_url: str) -> Iterator[str]:
    name = f"test_{secrets.token_hex(8)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class TestPostgresStore(StoreConformance):
    @pytest.fixture
    def store(self, shared_database: str) -> PostgresStore:
        return PostgresStore(shared_database, table=f"s_{secrets.token_hex(4)}", pool_size=2)


class TestPostgresStoreOnJsonb(StoreConformance):
    @pytest.fixture
    def store(self, shared_database: str) -> PostgresStore:
        table = f"s_{secrets.token_hex(4)}"
        with psycopg.connect(shared_database, autocommit=True) as connection:
            connection.execute(
                f"CREATE TABLE {table} (sid text PRIMARY KEY, sess jsonb NOT NULL, expire timestamptz NOT NULL);"
                f"CREATE INDEX ON {table} (expire)"
            )
        return PostgresStore(shared_database, table=table, pool_size=2)


class TestTheSyncPostgresStore(StoreConformance):
    @pytest.fixture
    def store(self, shared_database: str) -> SyncStore:
        return PostgresStore(shared_database, table=f"s_{secrets.token_hex(4)}", pool_size=2).sync()


class TestTheSyncMemoryStore(StoreConformance):
    @pytest.fixture
    def store(self) -> SyncStore:
        return MemoryStore().sync()


class TestAFaultyStoreWithoutFaults(StoreConformance):
    @pytest.fixture
    def store(self) -> FaultyStore:
        return FaultyStore()


class Mutant(MemoryStore):
    """A memory store that does something else before, or instead of, what is wanted."""

    def __init__(self, change: "Change") -> None:
        super().__init__()
        self.change = change

    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        return [(await super(Mutant, self).perform([self.change(self, want)]))[0] for want in wants]


Change = Callable[[MemoryStore, Any], Any]


def overwriting(store: MemoryStore, want: Any) -> Any:
    if isinstance(want, Create):
        store.rows.pop(want.id, None)
    return want


def updating_blindly(store: MemoryStore, want: Any) -> Any:
    return want._replace(was=store.rows[want.id].text) if isinstance(want, Update) and want.id in store.rows else want


def resurrecting(store: MemoryStore, want: Any) -> Any:
    if isinstance(want, Update) and want.id not in store.rows:
        store.rows[want.id] = Stored(want.was, want.expires)
    return want


def touching_back(store: MemoryStore, want: Any) -> Any:
    if isinstance(want, Touch) and want.id in store.rows:
        store.rows[want.id] = Stored(store.rows[want.id].text, want.expires)
    return want


def touching_into_being(store: MemoryStore, want: Any) -> Any:
    if isinstance(want, Touch):
        store.rows.setdefault(want.id, Stored("{}", want.expires))
    return want


def deleting_blindly(_store: MemoryStore, want: Any) -> Any:
    return want._replace(was=None) if isinstance(want, Delete | Replace) else want


def forgetting_the_alias(_store: MemoryStore, want: Any) -> Any:
    return want._replace(alias=None) if isinstance(want, Delete | Replace) else want


def replacing_without_removing(_store: MemoryStore, want: Any) -> Any:
    return Create(want.id, want.text, want.expires) if isinstance(want, Replace) else want


def removing_before_it_is_refused(store: MemoryStore, want: Any) -> Any:
    if isinstance(want, Replace) and want.was == getattr(store.rows.get(want.old), "text", None):
        store.rows.pop(want.old, None)
        return Create(want.id, want.text, want.expires)
    return want


def rotating_without_an_alias(_store: MemoryStore, want: Any) -> Any:
    return Replace(*want[:5]) if isinstance(want, Rotate) else want


def letting_the_alias_live(_store: MemoryStore, want: Any) -> Any:
    return want._replace(alias_expires=want.expires) if isinstance(want, Rotate) else want


def folding_case(_store: MemoryStore, want: Any) -> Any:
    return want._replace(id=want.id.lower())


def trimming(_store: MemoryStore, want: Any) -> Any:
    return want._replace(id=want.id.strip())


def ascii_only(_store: MemoryStore, want: Any) -> Any:
    return want._replace(text=want.text.encode("ascii", "replace").decode()) if isinstance(want, Create) else want


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (overwriting, "a_taken_id_is_refused"),
        (updating_blindly, "update_swaps_only_what_it_has_seen"),
        (resurrecting, "update_never_inserts"),
        (touching_back, "touch_moves_forward_only"),
        (touching_into_being, "touch_moves_forward_only"),
        (deleting_blindly, "delete_with_was_spares_what_another_wrote"),
        (deleting_blindly, "replace_with_was_does_all_or_nothing"),
        (forgetting_the_alias, "delete_takes_the_alias_along"),
        (forgetting_the_alias, "replace_leaves_one_of_the_two"),
        (replacing_without_removing, "replace_leaves_one_of_the_two"),
        (removing_before_it_is_refused, "a_refused_replace_leaves_both"),
        (rotating_without_an_alias, "rotate_leaves_an_alias"),
        (letting_the_alias_live, "rotate_leaves_an_alias"),
        (folding_case, "every_id_is_itself"),
        (trimming, "every_id_is_itself"),
        (ascii_only, "whatever_json_holds_comes_back"),
    ],
)
def test_a_store_that_breaks_a_rule_is_told_which(change: Change, rule: str) -> None:
    broken = []
    for each in RULES:
        try:
            check(Mutant(change), each)
        except BrokenContract:
            broken.append(each.__name__)
    assert rule in broken


class Racing(MemoryStore):
    """Looks, and writes a moment later."""

    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        answers: list[Answer | StoreError] = []
        for want in wants:
            seen = dict(self.rows)
            await asyncio.sleep(0)
            now, self.rows = self.rows, seen
            answers += await super().perform([want])
            self.rows = now | self.rows
        return answers


class Forgetting(MemoryStore):
    async def close(self) -> None:
        self.rows.clear()


class Raising(MemoryStore):
    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        answers = await super().perform(wants)
        for answer in answers:
            if isinstance(answer, StoreError):
                raise answer
        return answers


class Short(MemoryStore):
    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        return (await super().perform(wants))[:4]


class Expiring(MemoryStore):
    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        now = time.time() * 1000
        self.rows = {key: row for key, row in self.rows.items() if row.expires > now}
        return await super().perform(wants)


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (Racing, "of_many_that_create_one_id_one_does"),
        (Racing, "of_many_that_update_one_row_one_does"),
        (Forgetting, "a_closed_store_keeps_its_rows"),
        (Raising, "a_want_that_fails_harms_no_other"),
        (Short, "answers_come_in_order"),
        (Expiring, "an_expired_row_is_told_from_a_missing_one"),
    ],
)
def test_so_is_one_that_breaks_it_otherwise(kind: type[MemoryStore], rule: str) -> None:
    [broken] = [each for each in RULES if each.__name__ == rule]
    with pytest.raises(BrokenContract):
        check(kind(), broken)
