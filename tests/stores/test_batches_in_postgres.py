"""Batches on a real PostgreSQL: nobody's answer is another's, and nobody's failure either."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import psycopg
import pytest

from sessile import PostgresStore, StoreRefused
from sessile.session.store import Create, Delete, Load, Replace, Rotate, Stored, Touch, Update

EXPIRES = 1_900_000_000_000


@pytest.fixture
async def store(database: str) -> AsyncIterator[PostgresStore]:
    opened = PostgresStore(database)
    await opened.open()
    yield opened
    await opened.close()


class TestInPostgres:
    async def test_what_is_committed_is_found_under_load(self, store: PostgresStore) -> None:
        async def round_trip(number: int) -> None:
            for turn in range(5):
                text = f'{{"cookie":{{}},"n":{number},"turn":{turn}}}'
                (created,) = await store.perform([Create(f"{number}-{turn}", text, EXPIRES)])
                assert created == text
                (found,) = await store.perform([Load(f"{number}-{turn}")])
                assert found == Stored(text, EXPIRES)

        await asyncio.gather(*(round_trip(number) for number in range(40)))

    async def test_one_that_is_refused_spoils_no_other(self, database: str) -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("CREATE TABLE session (sid varchar PRIMARY KEY, sess jsonb NOT NULL, expire timestamp NOT NULL)")
        store = PostgresStore(database)
        await store.open()
        texts = {"a": '{"n": 1}', "b": '{"n": "\\u0000"}', "c": '{"n": 3}'}
        answers = await store.perform([Create(session_id, text, EXPIRES) for session_id, text in texts.items()])
        assert [answers[0], answers[2]] == ['{"n": 1}', '{"n": 3}']
        assert isinstance(answers[1], StoreRefused)
        assert '"n"' not in str(answers[1])
        await store.close()

    async def test_any_text_arrives_as_it_is(self, store: PostgresStore) -> None:
        texts = ['{"n":"a\\\\b \\"c\\" {d,e} NULL"}', '{"n":"é 😀 \\u0000 \\n"}', '{"n":"  "}']
        ids = ['quo"te', "back\\slash", "{brace,comma}"]
        wants = [Create(session_id, text, EXPIRES) for session_id, text in zip(ids, texts, strict=True)]
        assert list(await store.perform(wants)) == texts
        assert list(await store.perform([Load(session_id) for session_id in ids])) == [Stored(text, EXPIRES) for text in texts]

    async def test_every_kind_works_for_many_at_once(self, store: PostgresStore) -> None:
        ids = [f"id-{number}" for number in range(20)]
        one, two, three = '{"n":1}', '{"n":2}', '{"n":3}'
        assert set(await store.perform([Create(i, one, EXPIRES) for i in ids])) == {one}
        assert set(await store.perform([Update(i, two, EXPIRES, one) for i in ids[:10]])) == {two}
        assert set(await store.perform([Update(i, three, EXPIRES, two) for i in ids[10:]])) == {None}
        assert set(await store.perform([Touch(i, EXPIRES + 1000) for i in ids])) == {True}
        replaced = await store.perform([Replace(i, f"new-{i}", three, EXPIRES, two) for i in ids])
        assert list(replaced) == [three] * 10 + [None] * 10
        assert list(await store.perform([Load(i) for i in ids])) == [None] * 10 + [Stored(one, EXPIRES + 1000)] * 10
        rotated = await store.perform([Rotate(i, f"rot-{i}", two, EXPIRES, one, "{}", 1000) for i in ids])
        assert list(rotated) == [None] * 10 + [two] * 10
        assert list(await store.perform([Load(i) for i in ids[10:]])) == [Stored("{}", 1000)] * 10
        gone = await store.perform([Delete(f"rot-{i}", alias=i) for i in ids])
        assert list(gone) == [False] * 10 + [True] * 10
        assert set(await store.perform([Load(i) for i in ids])) == {None}

    async def test_a_lazy_touch_is_there_after_closing(self, database: str) -> None:
        store = PostgresStore(database)
        await store.open()
        await store.perform([Create("a", "{}", EXPIRES)])
        assert await store.perform([Touch("a", EXPIRES + 5000, lazily=True)]) == (True,)
        await store.close()
        with psycopg.connect(database) as connection:
            assert connection.execute("SELECT extract(epoch FROM expire AT TIME ZONE 'UTC') * 1000 FROM session").fetchone() == (
                EXPIRES + 5000,
            )

    async def test_two_processes_writing_the_same_rows_never_deadlock(self, database: str) -> None:
        stores = [PostgresStore(database) for _ in range(3)]
        for store in stores:
            await store.open()
        ids = [f"id-{number}" for number in range(30)]
        await stores[0].perform([Create(i, "{}", EXPIRES) for i in ids])

        async def touch(store: PostgresStore, order: Sequence[str]) -> None:
            for turn in range(30):
                answers = await store.perform([Touch(i, EXPIRES + turn * 1000) for i in order])
                assert set(answers) == {True}

        await asyncio.gather(*(touch(store, ids[:: 1 - 2 * (n % 2)]) for n, store in enumerate(stores)))
        with psycopg.connect(database) as connection:
            row = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
        assert row == (0,)
        for store in stores:
            await store.close()
