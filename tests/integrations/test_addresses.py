"""A service may name its store by a URL."""

import pytest

from sessile import ConfigurationError, MemoryStore, PostgresStore, RedisStore
from sessile.integrations.addresses import store_of


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("postgres://u:p@localhost/shop", PostgresStore),
        ("postgresql+asyncpg://localhost/shop", PostgresStore),
        ("redis://localhost:6379/0", RedisStore),
        ("rediss://localhost:6379/0", RedisStore),
    ],
)
def test_its_scheme_says_which(url: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(store_of(url)) is kind
    monkeypatch.setenv("DATABASE_URL", url)
    assert type(store_of(None)) is kind


def test_a_store_is_taken_as_it_is() -> None:
    store = MemoryStore()
    assert store_of(store) is store


@pytest.mark.parametrize("url", ["mysql://u:hunter2@h/db", "hunter2", "u:hunter2@h/db", " ", ""])
def test_what_names_none_is_refused_without_its_password(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(ConfigurationError) as refused:
        store_of(url)
    assert "hunter2" not in str(refused.value)
