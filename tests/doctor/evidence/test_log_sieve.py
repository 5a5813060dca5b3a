"""The sieve's patterns may find too much, never too little: whatever the reading understands, they find."""

import io

import pytest

from sessile.doctor.evidence.log_sample import Pace
from sessile.doctor.evidence.logs import collect
from sessile.doctor.facts.logs import Kind
from tests.doctor.evidence.test_log_formats import ACCESS

SIEVED = Pace(whole=0, telling=1 << 62)
PADDING = "GET /assets/index.js 200 1.2 ms\n" * 1000
COLOURED = (
    "GET {path} \x1b[32m{status}\x1b[0m 3.123 ms - 30",
    '{{"message":"\\u001b[0mGET {path} \\u001b[32m{status}\\u001b[0m 3.123 ms"}}',
    '{{"message":"127.0.0.1:5000 - \\"GET {path} HTTP/1.1\\" {status}"}}',
    '{{"res":{{"statusCode":{status}}},"req":{{"method":"GET","url":"{path}"}},"msg":"request completed"}}',
    "method=GET path={path} host=x status={status}",
    '10.1.2.3 "GET {path} 1.1" {status} 30',
)


@pytest.mark.parametrize("form", ACCESS + COLOURED)
@pytest.mark.parametrize("path", ["/api/me", "/whoami/", "/profile?tab=1", "/users/current"])
@pytest.mark.parametrize(("status", "kind"), [(200, Kind.AUTHORIZED), (304, Kind.AUTHORIZED), (401, Kind.UNAUTHORIZED)])
def test_every_form_of_a_request_is_found(form: str, path: str, status: int, kind: Kind) -> None:
    line = form.format(method="GET", path=path, status=status) + "\n"
    logs = collect("app.log", text=io.BytesIO((PADDING + line + PADDING).encode()), pace=SIEVED)
    assert [(event.kind, event.first.line) for log in logs for event in log.events] == [(kind, 1001)]


@pytest.mark.parametrize("answered", ["/api/orders 401", "/api/orders \\u001b[33m401\\u001b[0m"])
def test_what_docker_wraps_as_json_is_read(answered: str) -> None:
    line = f'{{"log":"GET {answered} 3.123 ms - 30\\n","stream":"stdout","time":"2026-11-23T10:00:00.1Z"}}\n'
    (log,) = collect("app.log", text=io.BytesIO(line.encode()))
    assert [(event.kind, event.values) for event in log.events] == [(Kind.UNAUTHORIZED, ("/api/orders",))]
