"""The CORS rules and real Chromium agree: whether a page gets the answer, and the name of the rule that fails."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from time import sleep
from typing import Any

import pytest

from lab.cookies.chromium import Chromium
from lab.cookies.servers import Servers
from sessile.doctor import cors
from sessile.doctor.evidence.exchange import address_of
from sessile.doctor.facts.exchange import Exchange, Headers, Request, Response

PAGE, API = "http://shop.test", "http://api.other.test"
Fields = tuple[tuple[str, str], ...]
ORIGINS = (
    (PAGE,),
    ("*",),
    (),
    (f"{PAGE}/",),
    ("https://shop.test",),
    (f"{PAGE}:8080",),
    ("null",),
    (PAGE, PAGE),
    (f"{PAGE}, {API}",),
)
CREDENTIALS = ("true", "", "True", "false")
STATUSES = (200, 204, 301, 401, 404)
METHODS = ("PUT", "GET, POST", "*", "put", "")
NAMES = ("X-Csrf", "*", "content-type", "")


def settings(origins: tuple[str, ...], credentials: str, *more: tuple[str, str]) -> Fields:
    fields = [("Access-Control-Allow-Origin", origin) for origin in origins]
    return tuple((name, value) for name, value in (*fields, ("Access-Control-Allow-Credentials", credentials), *more) if value)


ANSWERS = [(200, settings(*given)) for given in product(ORIGINS, CREDENTIALS)]
PREFLIGHTS = [
    *((status, settings((PAGE,), "true", ("Access-Control-Allow-Methods", "PUT"))) for status in STATUSES),
    *((204, settings(origins, "true", ("Access-Control-Allow-Methods", "PUT"))) for origins in ORIGINS),
    *(
        (204, settings((origin,), "true", ("Access-Control-Allow-Methods", methods), ("Access-Control-Allow-Headers", names)))
        for origin, methods, names in product((PAGE, "*"), METHODS, NAMES)
    ),
]
SITUATIONS = [*ANSWERS, *PREFLIGHTS]
ASKED: dict[str, dict[str, Any]] = {
    "GET": {},
    "PUT": {"method": "PUT"},
    "POST with a header": {"method": "POST", "headers": {"X-Csrf": "1"}},
    "POST with Authorization": {"method": "POST", "headers": {"Authorization": "Basic eDp5"}},
}
OF_PREFLIGHTS = {"PreflightInvalidStatus", "PreflightDisallowedRedirect"}


class Service(Servers):
    """A page, and a service that answers in each situation as it is laid down; the query gives its number."""

    def _answer(self, method: str, target: str, headers: dict[bytes, bytes], body: bytes) -> bytes:
        path, _, number = target.partition("?")
        if not number:
            return super()._answer(method, "/done?page", headers, body)
        status, fields = SITUATIONS[int(number)]
        if path == "/preflighted" and method != "OPTIONS":
            status, fields = 200, settings((PAGE,), "true")
        lines = [f"{name}: {value}" for name, value in (*fields, ("Cache-Control", "no-store"), ("Content-Length", "0"))]
        if 300 <= status < 400:
            lines.append(f"Location: {target}")
        return "\r\n".join([f"HTTP/1.1 {status} -", "Content-Type: text/html", *lines, "", ""]).encode()


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of Chromium that shows the page."""

    chromium: Chromium
    session: str

    def fails(self, path: str, options: dict[str, Any]) -> str:
        """Chromium's own name for what is wrong with a call, "" if the page gets the answer."""
        script = f"fetch({json.dumps(API + path)}, {json.dumps(options)}).then(() => false, () => true)"
        run = self.chromium.call("Runtime.evaluate", self.session, expression=script, awaitPromise=True, returnByValue=True)
        return self._named() if run["result"]["value"] else ""

    def _named(self) -> str:
        while True:
            params = self.chromium.events.get(timeout=10)["params"]
            if "corsErrorStatus" in params:
                error: str = params["corsErrorStatus"]["corsError"]
                return error


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    with Service() as service, Chromium(service, third_party=True) as chromium:
        target = chromium.call("Target.createTarget", url=f"{PAGE}/")["targetId"]
        session = chromium.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        chromium.call("Network.enable", session)
        for _ in range(200):
            if chromium.call("Runtime.evaluate", session, expression="location.href")["result"]["value"] == f"{PAGE}/":
                break
            sleep(0.02)
        yield Tab(chromium, session)


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("credentials", ["include", "omit"])
def test_chromium_decides_alike(tab: Tab, what: str, credentials: str) -> None:
    options, differing, rules = ASKED[what], [], set()
    for number, (status, fields) in enumerate(SITUATIONS):
        if (number < len(ANSWERS)) == bool(options):
            continue
        rule = _rule(fields, status, options, credentials == "include")
        path = f"/preflighted?{number}" if options else f"/plain?{number}"
        seen = tab.fails(path, {**options, "credentials": credentials})
        if not _agree(rule, seen) and not _lenient(fields, what, rule, seen):
            differing.append((status, fields, rule, seen))
        rules.add(rule)
    assert differing == []
    assert len(rules) >= 3


def _rule(fields: Fields, status: int, options: dict[str, Any], credentials: bool) -> str:
    """What the rules say of a situation: the name of the one that fails, or ""."""
    headers = Headers(tuple((name.lower(), value) for name, value in fields))
    if not options:
        refusal = cors.check(PAGE, headers, credentials=credentials)
        return refusal.rule.value if refusal else ""
    address = address_of(f"{API}/preflighted")
    assert address is not None
    names = ",".join(options.get("headers", ())).lower()
    asked = (("origin", PAGE), ("access-control-request-method", options["method"]), ("access-control-request-headers", names))
    exchange = Exchange(
        pointer="",
        started=0,
        request=Request(method="OPTIONS", address=address, headers=Headers(tuple(pair for pair in asked if pair[1]))),
        response=Response(status=status, headers=headers),
    )
    refusal = cors.check_preflight(exchange, credentials=credentials)
    return refusal.rule.value if refusal else ""


def _agree(rule: str, seen: str) -> bool:
    """Chromium says Preflight before the rules of the answer, and reads an origin that is none at all before it compares."""
    same = seen if seen in OF_PREFLIGHTS else seen.removeprefix("Preflight")
    return rule == same or (rule == "AllowOriginMismatch" and same == "InvalidAllowOriginValue")


def _lenient(fields: Fields, what: str, rule: str, seen: str) -> bool:
    """Chromium still lets Authorization go under *, which the standard forbids (Fetch, CORS non-wildcard request-header name)."""
    under_star = ("Access-Control-Allow-Headers", "*") in fields and what.endswith("Authorization")
    return under_star and rule == "HeaderDisallowedByPreflightResponse" and seen == ""
