"""The session interface: it gives each request its session, and commits it before the response goes out."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, TypedDict, Unpack

from flask import Flask, Request, Response, request
from flask.sessions import SessionInterface, SessionMixin

from sessile.errors import ConfigurationError, StoreError
from sessile.integrations.flask.configuration import Configuration
from sessile.integrations.flask.predecessors import FlaskCookie
from sessile.integrations.flask.session import FlaskSession
from sessile.integrations.outage import BODY, HEADERS, paths
from sessile.integrations.predecessor import Predecessor
from sessile.integrations.secrets import Secret
from sessile.integrations.service import Service
from sessile.integrations.synchronous import AnyStore, SyncSessions, sync_store_of
from sessile.integrations.telemetry import OnEvent
from sessile.session.cookie import CookiePolicy

Anonymous = Callable[[Request], bool]

DEBUG_HEADER = "sessile-outcome"
ENVIRON_KEY = "sessile.session"
"""Where a request's session is at hand without Flask's taking it for used."""


class Options(TypedDict, total=False):
    """What `sessile.SessionMiddleware` takes too, and means the same by."""

    absolute: timedelta | None
    rotate: timedelta | None
    grace: timedelta
    exact_touch: bool
    hosts: Iterable[str]
    allow_weak_secret: bool
    log_user: Callable[[Mapping[str, Any]], object] | None
    report_overwritten: bool
    on_event: OnEvent | None
    debug_header: bool
    clock: Callable[[], float]


class Sessions(SessionInterface):
    """Server-side sessions for a Flask application.

    `store` is a store or a URL that names one; None takes `DATABASE_URL`. `secret` None takes `SESSION_SECRET`. `cookie` None
    takes what `SESSION_COOKIE_*` says, but that Secure follows the request where it is not switched on, and SameSite is Lax where
    it is not set. `idle` None is `PERMANENT_SESSION_LIFETIME`; `session.permanent` says whether the cookie outlives the browser.

    Whoever comes with a cookie that Flask signed with `SECRET_KEY`, or one of `SECRET_KEY_FALLBACKS`, is let in and gets a row;
    `predecessor` reads another library's cookies instead. `anonymous_in_outage` names the requests that go on without a session
    in an outage, by path or by a function of the request. `options` are those of `sessile.SessionMiddleware`.

    A session that was cleared is no more, and its cookie goes. Raises ConfigurationError.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        store: AnyStore = None,
        secret: Secret = None,
        cookie: CookiePolicy | None = None,
        idle: timedelta | None = None,
        predecessor: Predecessor | None = None,
        anonymous_in_outage: Anonymous | Iterable[str] = (),
        **options: Unpack[Options],
    ) -> None:
        self._store, self._secret, self._cookie, self._idle = store, secret, cookie, idle
        self._predecessor, self._options = predecessor, options
        self._anonymous = anonymous_in_outage if callable(anonymous_in_outage) else _by_path(anonymous_in_outage)
        self._begun = False
        self.kept: SyncSessions
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Become the application's session interface; its configuration may still change until the first request.

        Raises ConfigurationError.
        """
        self._configure(app)
        app.session_interface = self
        app.before_request_funcs.setdefault(None, []).insert(0, self._refused)
        app.register_error_handler(StoreError, self._failed)

    def open(self) -> None:
        """Connect, create the table if need be, and check it, so that a service which cannot keep sessions does not start.

        Raises ConfigurationError. It is done by the first request otherwise.
        """
        self.kept.store.open()

    def open_session(self, app: Flask, request: Request) -> FlaskSession:
        """See `flask.sessions.SessionInterface`."""
        if not self._begun:
            self._begin(app)
        kept = self.kept
        session = FlaskSession(self, request.environ, app.permanent_session_lifetime)
        request.environ[ENVIRON_KEY] = session
        cookies: str = request.environ.get("HTTP_COOKIE", "")
        if cookies and any(name in cookies for name in kept.service.names):
            try:
                kept.open(session, cookies)
            except StoreError as error:
                kept.service.stopped(session, error)
                session.unavailable = str(error)
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002 - Flask's signature
        """See `flask.sessions.SessionInterface`."""
        service, ours = self.kept.service, self._ours(session)
        try:
            if response.status_code < 500 and not service.settled(ours):
                self.kept.close(ours)
        except StoreError as error:
            service.stopped(ours, error)
            _make_unavailable(response)
        service.counted(ours)
        self._tell(ours, response)
        if response.is_streamed and response.status_code < 500:
            response.call_on_close(lambda: service.left_unsaved(ours))

    def regenerate(self, session: SessionMixin) -> None:
        """As Flask-Session has it: give a session a new id. `session.regenerate()` does the same."""
        self._ours(session).regenerate()

    def get_cookie_name(self, app: Flask) -> str:  # noqa: ARG002 - Flask's signature
        """The name of the session cookie."""
        return self.kept.service.flow.cookie.name

    def get_cookie_domain(self, app: Flask) -> str | None:  # noqa: ARG002 - Flask's signature
        """Its Domain, None where it is host-only."""
        return self.kept.service.flow.cookie.domain

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002 - Flask's signature
        """Its Path."""
        return self.kept.service.flow.cookie.path

    def _begin(self, app: Flask) -> None:
        """The configuration is read for good; what needs no database is checked and told."""
        self._begun = True
        self._configure(app)
        self.kept.service.check()

    def _configure(self, app: Flask) -> None:
        configuration = Configuration.of(app, self._cookie)
        service = Service(
            secret=self._secret,
            cookie=configuration.cookie,
            idle=self._idle or configuration.lifetime,
            predecessor=self._predecessor or _flask_cookie(app, configuration),
            ends_empty=True,
            **self._options,
        )
        self.kept = SyncSessions(service, self.kept.bare_store if hasattr(self, "kept") else sync_store_of(self._store))

    @staticmethod
    def _ours(session: SessionMixin) -> FlaskSession:
        if not isinstance(session, FlaskSession):
            raise ConfigurationError(f"{type(session).__name__} is no session of sessile: set the session interface once")
        return session

    def _refused(self) -> Response | None:
        """Answer in the view's place where the session could not be loaded, and the request does not go on without."""
        session: FlaskSession | None = request.environ.get(ENVIRON_KEY)
        outage = session is not None and session.unavailable is not None and not self._anonymous(request)
        return _make_unavailable(Response()) if outage else None

    def _failed(self, error: StoreError) -> Response:
        """The view needed the store, and it failed."""
        session: FlaskSession | None = request.environ.get(ENVIRON_KEY)
        if session is not None and not session.outcome.stopped:
            self.kept.service.stopped(session, error)
        return _make_unavailable(Response())

    def _tell(self, session: FlaskSession, response: Response) -> None:
        service = self.kept.service
        cookies = service.set_cookies(session) if response.status_code != 503 else []
        for cookie in cookies:
            response.headers.add("Set-Cookie", cookie)
        if cookies and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-cache"
        if cookies or session.accessed:
            response.vary.add("Cookie")
        if (told := service.shown(session)) is not None:
            response.headers[DEBUG_HEADER] = told


def _flask_cookie(app: Flask, configuration: Configuration) -> FlaskCookie | None:
    keys = [*(app.config["SECRET_KEY_FALLBACKS"] or ()), *([app.secret_key] if app.secret_key else [])]
    return FlaskCookie(app.config["SESSION_COOKIE_NAME"], keys, configuration.lifetime) if keys else None


def _by_path(listed: Iterable[str]) -> Anonymous:
    named = paths(listed)
    return lambda request: named(request.path)


def _make_unavailable(response: Response) -> Response:
    """Make a response the answer of an outage; no cookie is set."""
    response.status_code = 503
    response.headers.clear()
    response.headers.update(dict(HEADERS))
    response.set_data(BODY)
    return response
