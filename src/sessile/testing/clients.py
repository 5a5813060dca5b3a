"""A test's client that is logged in: by a row and a cookie such as the application itself would have made."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, Protocol, overload

from sessile.errors import StoreUnavailable
from sessile.integrations.asgi import AsyncSession, SessionMiddleware
from sessile.integrations.synchronous import SyncSession
from sessile.testing.applications import django, middleware_of


class AsyncClient(Protocol):
    """httpx's, and those made of it."""

    async def aclose(self) -> None: ...


class Closing(Protocol):
    """Starlette's and Litestar's TestClient."""

    def close(self) -> None: ...


class Transacting(Protocol):
    """Flask's."""

    def session_transaction(self) -> Any: ...


class Handling(Protocol):
    """Django's."""

    handler: Any


SyncClient = Closing | Transacting | Handling


@overload
def login_as(client: AsyncClient, data: Mapping[str, Any], *, app: object = None) -> Awaitable[None]: ...
@overload
def login_as(client: SyncClient, data: Mapping[str, Any], *, app: object = None) -> None: ...
def login_as(client: Any, data: Mapping[str, Any], *, app: object = None) -> Awaitable[None] | None:
    """Give a client a new session that holds this data, as a login would; to be awaited where the client is asynchronous.

    The client is Starlette's or Litestar's TestClient, one of httpx with an ASGITransport, Flask's or Django's. The application
    is found from there; `app` names it where that fails. Raises LookupError where it has no sessions of ours, ValueError where
    the client would not send the cookie, UnserializableError and StoreError as a save does.
    """
    if not data:
        raise ValueError("a session that holds nothing logs nobody in: give the data of a login")
    if hasattr(client, "session_transaction"):
        _transact(client, data)
        return None
    if hasattr(client, "handler"):
        _log_in_to_django(client, data)
        return None
    middleware = middleware_of(client if app is None else app)

    async def log_in() -> list[str]:
        return await _begun(middleware, data, https=_https(client))

    if hasattr(client, "aclose"):
        return _taken(client, middleware, log_in())
    _take(client, middleware, _run(client, middleware, log_in))
    return None


async def _begun(middleware: SessionMiddleware, data: Mapping[str, Any], *, https: bool) -> list[str]:
    """The Set-Cookie lines of a new session."""
    session = AsyncSession(middleware, {"headers": [], "scheme": "https" if https else "http"})
    session.update(data)
    await session.save()
    return middleware.service.set_cookies(session)


async def _taken(client: Any, middleware: SessionMiddleware, log_in: Awaitable[list[str]]) -> None:
    _take(client, middleware, await log_in)


def _transact(client: Any, data: Mapping[str, Any]) -> None:
    with client.session_transaction() as session:
        if not isinstance(session, SyncSession):
            raise LookupError(
                f"the application's session is a {type(session).__name__}: give it sessile.integrations.flask.Sessions"
            )
        session.regenerate(empty=True)
        session.update(data)
    if session.record is None:
        raise StoreUnavailable(f"the login was not saved: {session.outcome}")


def _log_in_to_django(client: Any, data: Mapping[str, Any]) -> None:
    django()
    from django.conf import settings

    from sessile.integrations.django import SessionStore

    session = SessionStore()
    session.update(data)
    session.create()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key


def _run(client: Any, middleware: SessionMiddleware, log_in: Callable[[], Awaitable[list[str]]]) -> list[str]:
    """In the event loop of the application where the client keeps it running, otherwise in one of its own."""
    portal = getattr(client, "portal", None)
    if not hasattr(portal, "call"):
        portal = getattr(client, "blocking_portal", None)
    if portal is not None:
        cookies: list[str] = portal.call(log_in)
        return cookies

    async def alone() -> list[str]:
        try:
            return await log_in()
        finally:
            await middleware.store.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, alone()).result()


def _take(client: Any, middleware: SessionMiddleware, cookies: list[str]) -> None:
    """Let the client's jar take the cookie from a response, so that a later one replaces it."""
    policy, host = middleware.service.flow.cookie, client.base_url.host
    if not policy.reaches(host):
        raise ValueError(f"the cookie's Domain is {policy.domain}, and the client asks {host}: give it another base_url")
    if policy.secure is True and not _https(client):
        raise ValueError("the cookie is Secure, and the client asks by http: give it base_url='https://...'")
    library = import_module(type(client.cookies).__module__.partition(".")[0])
    request = library.Request("GET", client.base_url)
    client.cookies.extract_cookies(library.Response(200, headers=[("set-cookie", line) for line in cookies], request=request))


def _https(client: Any) -> bool:
    return str(client.base_url.scheme) == "https"
