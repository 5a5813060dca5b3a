"""Django's session middleware, with an outage told from a logout."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest, HttpResponse

from sessile.errors import StoreError
from sessile.integrations.django.configuration import sessions
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

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:  # noqa: ARG002 - Django's
        """The view needed its session, and the store failed."""
        return _unavailable() if isinstance(exception, StoreError) else None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """See Django's own."""
        if getattr(request.session, "outage", None) is None:
            try:
                return super().process_response(request, response)
            except StoreError:
                return _unavailable()
        return _unavailable() if response.status_code >= 500 else response


def _unavailable() -> HttpResponse:
    return HttpResponse(BODY, status=503, headers=dict(HEADERS))
