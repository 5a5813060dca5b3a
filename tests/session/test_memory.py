"""The memory store keeps the contract of the wants that exchange and end ids."""

from sessile.session.store import Create, Delete, Replace, Rotate, Stored, Touch
from sessile.stores.memory import MemoryStore


def test_the_wants_are_what_their_contract_says() -> None:
    store = MemoryStore()
    rotate = Rotate("a", "b", "{}", 9, was="old", alias_text="alias", alias_expires=3)
    assert store.answer(rotate) is None
    store.answer(Create("a", "old", 5))
    assert store.answer(rotate) == "{}"
    assert store.rows == {"a": Stored("alias", 3), "b": Stored("{}", 9)}
    assert store.answer(Replace("b", "c", "{}", 9, was="another")) is None
    assert store.answer(Delete("b", was="another")) is False
    assert store.rows.keys() == {"a", "b"}
    assert store.answer(Replace("b", "c", "{}", 9, was="{}", alias="a")) == "{}"
    assert store.rows.keys() == {"c"}
    assert store.answer(Touch("c", 10, lazily=True)) is True
    assert store.answer(Delete("c", alias="nobody", was="{}")) is True
