"""The store that an address names, for a service that gives none of its own: found by its scheme, loaded when needed."""

import os
from pkgutil import resolve_name
from typing import cast

from sessile.errors import ConfigurationError
from sessile.session.store import Store

POSTGRES, REDIS = "sessile.stores.postgres.store:PostgresStore", "sessile.stores.redis.store:RedisStore"
# By name, for an integration knows no store.
STORES = {"postgres": POSTGRES, "postgresql": POSTGRES, "redis": REDIS, "rediss": REDIS, "unix": REDIS}


def store_of(store: Store | str | None) -> Store:
    """The store itself, or that of a URL; None takes `DATABASE_URL`.

    Raises ConfigurationError where there is none, or for a scheme that names no store; its message does not show the URL.
    """
    if store is not None and not isinstance(store, str):
        return store
    url = store or os.environ.get("DATABASE_URL", "")
    if not url.strip():
        raise ConfigurationError("no session store: set DATABASE_URL=postgresql://..., or give store=PostgresStore(...)")
    written, separator, _ = url.strip().strip("'\"").partition("://")
    scheme = written.partition("+")[0].lower()
    if scheme not in STORES:
        named = f"named by {scheme}://" if separator else "named: the address is no URL"
        raise ConfigurationError(f"no session store is {named}; there is one for {', '.join(STORES)}")
    try:
        return cast("Store", resolve_name(STORES[scheme])(url))
    except ModuleNotFoundError as error:
        extra = "redis" if STORES[scheme] == REDIS else "postgres"
        raise ConfigurationError(f'a store for {scheme}:// needs {error.name}: pip install "sessile[{extra}]"') from error
