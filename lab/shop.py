"""The demo's service as a process of the lab, set up by its environment as the Express service is."""

import logging
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from datetime import timedelta

import uvicorn
from dotenv import load_dotenv

from sessile.demo.service import create_app
from sessile.stores.postgres.store import PostgresStore
from sessile.stores.redis.store import RedisStore

SEVEN_DAYS_MS = 7 * 24 * 60 * 60 * 1000


def main() -> None:
    """Serve until SIGTERM. `SECRET_FALLBACK=random` is the fault of the same name; sessile itself has no fallback."""
    environment = os.environ
    if "DOTENV_PATH" in environment:
        load_dotenv(environment["DOTENV_PATH"])
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    app = create_app(
        RedisStore() if environment.get("STORE") == "redis" else _postgres(environment),
        secret=_secret(),
        idle=timedelta(milliseconds=int(environment.get("COOKIE_MAXAGE_MS", SEVEN_DAYS_MS))),
        allow_weak_secret=environment.get("ALLOW_WEAK_SECRET") == "1",
    )
    listener = socket.create_server(("127.0.0.1", int(environment.get("PORT", "0"))))
    logging.getLogger("lab.shop").info("Server running on port %d", listener.getsockname()[1])
    uvicorn.Server(uvicorn.Config(app, log_config=None)).run(sockets=[listener])


def _postgres(environment: Mapping[str, str]) -> PostgresStore:
    schema, table = environment.get("SCHEMA_NAME"), environment.get("TABLE_NAME", "session")
    return PostgresStore(
        table=f"{schema}.{table}" if schema else table,
        create=environment.get("CREATE_TABLE", "1") == "1",
        time_zone=environment.get("TIME_ZONE"),
        pool_size=int(environment.get("POOL_MAX", "5")),
        timeout=float(environment.get("TIMEOUT_SECONDS", "3")),
    )


def _secret() -> str | list[str] | None:
    if "SESSION_SECRETS" in os.environ:
        return os.environ["SESSION_SECRETS"].split(",")
    if not os.environ.get("SESSION_SECRET") and os.environ.get("SECRET_FALLBACK") == "random":
        return secrets.token_hex(32)
    return None


if __name__ == "__main__":
    main()
