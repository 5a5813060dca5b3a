"""Django's session middleware, with an outage told from a logout."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest, HttpResponse

from sessile.errors import StoreError
from sessile.integrations.django.configuration import sessions
from sessile.integrations.django.store import SessionStore
from sessile.integrations.outage import BODY, HEADERS

ENGINE = "sessile.integrations.django"


class SessionMiddleware(DjangoSessionMiddleware):
    """In the place of Django's own. If the store does not answer, the response is 503 with `Retry-After`, and no cookie is
    touched. A wrong setting fails the start: raises ConfigurationError.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        if settings.SESSION_ENGINE == ENGINE:
            sessions()

    def process_request(self, request: HttpRequest) -> None:
        """See Django's own; a cookie of the name before counts, too."""
        super().process_request(request)
        if isinstance(request.session, SessionStore):
            before = request.COOKIES.get(sessions().service.flow.cookie.name_before or "")
            if before is not None:
                request.session.take_before(before)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:  # noqa: ARG002 - Django's
        """The view needed its session, and the store failed."""
        return _unavailable() if isinstance(exception, StoreError) else None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """See Django's own."""
        if getattr(request.session, "outage", None) is None:
            try:
                return _without_name_before(request, super().process_response(request, response))
            except StoreError:
                return _unavailable()
        return _unavailable() if response.status_code >= 500 else response


def _without_name_before(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Remove the cookie of the name before, where the browser has today's or needs none."""
    session, policy = request.session, sessions().service.flow.cookie
    left = session.renamed if isinstance(session, SessionStore) else None
    served = policy.name in response.cookies or policy.name in request.COOKIES or session.is_empty()
    if left is not None and policy.name_before is not None and served:
        response.delete_cookie(policy.name_before, left.path, left.domain, settings.SESSION_COOKIE_SAMESITE)
    return response


def _unavailable() -> HttpResponse:
    return HttpResponse(BODY, status=503, headers=dict(HEADERS))
