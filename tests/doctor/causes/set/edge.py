"""A proxy that ends TLS in front of a service, and says or does not say by which scheme the visitor came."""

import contextlib
import http.client
from collections.abc import Iterator
from pathlib import Path

import trustme
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.doctor.evidence.site.service import serving

METHODS = ["GET", "POST"]


@contextlib.contextmanager
def edge(service: str, directory: Path, *, says: str | None, strips: bool = False, host: str) -> Iterator[tuple[int, Path]]:
    """The proxy's port and its authority's certificate; `says` is the X-Forwarded-Proto, None for no such field."""
    authority = trustme.CA()
    trusted, own = directory / "authority.pem", directory / "edge.pem"
    authority.cert_pem.write_to_path(str(trusted))
    authority.issue_cert(host).private_key_and_cert_chain_pem.write_to_path(str(own))

    async def passed_on(request: Request) -> Response:
        return await run_in_threadpool(_ask, service, request, await request.body(), says, strips)

    app = Starlette(routes=[Route("/{path:path}", passed_on, methods=METHODS)])
    with serving(app, certificate=own) as port:
        yield port, trusted


def _ask(service: str, request: Request, body: bytes, says: str | None, strips: bool) -> Response:
    connection = http.client.HTTPConnection(service.removeprefix("http://"), timeout=10)
    fields = {name: value for name, value in request.headers.items() if name not in ("connection", "accept-encoding")}
    if says:
        fields["x-forwarded-proto"] = says
    try:
        connection.request(request.method, request.url.path, body or None, fields)
        answer = connection.getresponse()
        response = Response(answer.read(), answer.status)
        for name, value in answer.getheaders():
            dropped = strips and name.lower() == "set-cookie"
            if not dropped and name.lower() not in ("content-length", "transfer-encoding", "connection", "keep-alive"):
                response.headers.append(name, value)
    finally:
        connection.close()
    return response
