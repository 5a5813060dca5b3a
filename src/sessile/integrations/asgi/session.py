"""The session in an application's hands: a dict, with what is awaited."""

import contextlib
from collections.abc import Awaitable, Generator, Mapping
from typing import Protocol

from sessile.errors import CookieTooLate
from sessile.integrations.asgi.protocol import Connection, Headers, Scope, header, https
from sessile.integrations.service import RequestSession
from sessile.session.session import Session


class Keeper(Protocol):
    """What a session's own methods need: the middleware that keeps it.

    `tracks_access`: the framework says by `mark_accessed` whenever the request uses the session, as Starlette does.
    """

    tracks_access: bool

    async def save(self, session: "AsyncSession") -> None: ...

    async def check(self, session: "AsyncSession") -> bool: ...

    async def destroy(self, session: "AsyncSession") -> None: ...

    def regenerate(self, session: "AsyncSession", *, empty: bool) -> None: ...


class AsyncSession(RequestSession):
    """A request's session: a dict, with `.id`, `.outcome`, and what is awaited.

    `answered` once the response's head is on its way, or the WebSocket is accepted: from then on no cookie can be set.
    """

    __slots__ = ("_https", "accessed", "answered", "headers", "keeper", "scheme")

    def __init__(self, keeper: Keeper, scope: Scope) -> None:
        Session.__init__(self)
        self.keeper = keeper
        # Not the scope itself, which holds this session: such a circle is left to the garbage collector, a fifth of all the work.
        self.headers: Headers = scope["headers"]
        self.scheme: str = scope.get("scheme", "http")
        self.accessed = False
        self.answered = False
        self._https: bool | None = None

    @property
    def https(self) -> bool:
        """See `RequestSession`."""
        if self._https is None:
            self._https = https(self.scheme, self.headers)
        return self._https

    @property
    def host(self) -> str:
        """See `RequestSession`."""
        return header(self.headers, b"host").decode("latin-1")

    @property
    def varies(self) -> bool:
        """Whether the response may differ by the session's cookie: where the request is known to have used it, and where one was
        found and nothing tells whether it was used.
        """
        return self.accessed or (self.record is not None and not self.keeper.tracks_access)

    def mark_accessed(self) -> None:
        """Say that the request uses its session; Starlette's `request.session` does."""
        self.accessed = True

    def become(self, put: object) -> None:
        """Hold what the application has put in this session's place, as Litestar's `set_session` and `clear_session` do: a dict
        or a view; anything else empties it.
        """
        self.clear()
        if isinstance(put, Mapping):
            self.update(put)
        else:
            with contextlib.suppress(TypeError):
                self.assign(put)

    def regenerate(self, *, empty: bool = False) -> Awaitable[None]:
        """Give the session a new id, as every login must: the old row goes, in the transaction that writes the new one.

        The data stays unless `empty`. It is written with the response, or by `save`. It is done when this returns, so a handler
        that cannot await need not. Raises CookieTooLate once the response has started, or the WebSocket is accepted.
        """
        if self.answered:
            raise CookieTooLate(
                "a session gets a new id before its response starts, or its WebSocket is accepted: no cookie follows"
            )
        self.keeper.regenerate(self, empty=empty)
        return _Done()

    async def save(self) -> None:
        """Write the changes now; when this returns they are committed.

        Raises SessionGone if the session was deleted meanwhile, CookieTooLate for a session that begins after its response has
        started, UnserializableError for a value that cannot be stored, and StoreError (StoreUnavailable, StoreRefused,
        SaveUnknown) if the store did not take it.
        """
        self.reachable()
        if self.answered and self and self.record is None:
            raise CookieTooLate("a session begins before its response starts, or its WebSocket is accepted: no cookie follows")
        await self.keeper.save(self)

    async def check(self) -> bool:
        """Look again whether the session lives; False once it was logged out, revoked or is expired, or where none was stored.

        It is then empty, and `outcome` says why. It costs one look-up, shared by all of the same moment. What others wrote
        meanwhile is not taken in. Raises StoreError if the store cannot tell.
        """
        self.reachable()
        return await self.keeper.check(self)

    async def destroy(self) -> None:
        """Delete the session, here and in the store, and let the browser forget its cookie. Raises StoreError."""
        self.reachable()
        await self.keeper.destroy(self)


class _Done:
    """What is awaited of something that is done."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


def session_of(connection: Connection) -> AsyncSession:
    """The session of a request or WebSocket, typed; `request.session` is the same object. Raises RuntimeError without the
    middleware.
    """
    session = connection.scope.get("session")
    if not isinstance(session, AsyncSession):
        raise RuntimeError("no session here: add sessile.SessionMiddleware to the application")
    session.accessed = True
    return session
