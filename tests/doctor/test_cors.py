"""The CORS protocol, judged as a browser does (Fetch standard): which rule fails for which headers."""

import pytest

from sessile.doctor import cors
from sessile.doctor.cors import Rule
from sessile.doctor.evidence.exchange import address_of
from sessile.doctor.facts.exchange import Exchange, Headers, Request, Response

PAGE = "https://shop.example"
ORIGIN, CREDENTIALS = "access-control-allow-origin", "access-control-allow-credentials"
METHODS, NAMES = "access-control-allow-methods", "access-control-allow-headers"
ALLOWED = ((ORIGIN, PAGE), (CREDENTIALS, "true"))


def preflight(status: int, *answer: tuple[str, str], method: str = "PUT", names: str = "") -> Exchange:
    address = address_of("https://api.shop.example/api/cart")
    assert address is not None
    asked = [("origin", PAGE), ("access-control-request-method", method)]
    asked += [("access-control-request-headers", names)] if names else []
    return Exchange(
        pointer="entries[0]",
        started=0,
        request=Request(method="OPTIONS", address=address, headers=Headers(tuple(asked))),
        response=Response(status=status, headers=Headers(answer)),
    )


@pytest.mark.parametrize(
    ("fields", "credentials", "rule"),
    [
        (ALLOWED, True, None),
        (((ORIGIN, PAGE),), False, None),
        (((ORIGIN, "*"),), False, None),
        (((ORIGIN, "*"), (CREDENTIALS, "true")), True, Rule.WILDCARD),
        ((), False, Rule.MISSING),
        ((), True, Rule.MISSING),
        (((ORIGIN, f"{PAGE}/"), (CREDENTIALS, "true")), True, Rule.MISMATCH),
        (((ORIGIN, "http://shop.example"),), False, Rule.MISMATCH),
        (((ORIGIN, "https://Shop.example"),), False, Rule.MISMATCH),
        (((ORIGIN, "https://shop.example:443"),), False, Rule.MISMATCH),
        (((ORIGIN, "null"),), False, Rule.MISMATCH),
        (((ORIGIN, PAGE), (ORIGIN, PAGE)), False, Rule.MULTIPLE),
        (((ORIGIN, f"{PAGE}, https://other.example"),), False, Rule.MULTIPLE),
        (((ORIGIN, PAGE),), True, Rule.CREDENTIALS),
        (((ORIGIN, PAGE), (CREDENTIALS, "True")), True, Rule.CREDENTIALS),
        (((ORIGIN, PAGE), (CREDENTIALS, "false")), True, Rule.CREDENTIALS),
        (((ORIGIN, "https://***"),), True, None),
    ],
)
def test_the_first_rule_that_fails_is_named(fields: tuple[tuple[str, str], ...], credentials: bool, rule: Rule | None) -> None:
    refusal = cors.check(PAGE, Headers(fields), credentials=credentials)
    assert (refusal.rule if refusal else None) is rule


def test_a_refusal_says_with_which_values() -> None:
    refusal = cors.check(PAGE, Headers(((ORIGIN, f"{PAGE}/"),)), credentials=True)
    assert refusal is not None
    assert refusal.says == "Access-Control-Allow-Origin is https://shop.example/, and the page is of https://shop.example"


@pytest.mark.parametrize(
    ("exchange", "credentials", "rule"),
    [
        (preflight(204, *ALLOWED, (METHODS, "PUT")), True, None),
        (preflight(200, *ALLOWED, (METHODS, "GET, PUT")), True, None),
        (preflight(401, *ALLOWED, (METHODS, "PUT")), True, Rule.PREFLIGHT_STATUS),
        (preflight(404), False, Rule.PREFLIGHT_STATUS),
        (preflight(302, *ALLOWED), True, Rule.PREFLIGHT_REDIRECT),
        (preflight(204), True, Rule.MISSING),
        (preflight(204, (ORIGIN, "*"), (METHODS, "PUT")), True, Rule.WILDCARD),
        (preflight(204, (ORIGIN, PAGE), (METHODS, "PUT")), True, Rule.CREDENTIALS),
        (preflight(204, *ALLOWED), True, Rule.METHOD),
        (preflight(204, *ALLOWED, (METHODS, "put")), True, Rule.METHOD),
        (preflight(204, *ALLOWED, (METHODS, "*")), True, Rule.METHOD),
        (preflight(204, (ORIGIN, "*"), (METHODS, "*")), False, None),
        (preflight(204, *ALLOWED, method="POST"), True, None),
        (preflight(204, *ALLOWED, method="POST", names="content-type,x-csrf-token"), True, Rule.HEADER),
        (
            preflight(204, *ALLOWED, (NAMES, "Content-Type, X-Csrf"), method="POST", names="content-type,x-csrf"),
            True,
            None,
        ),
        (preflight(204, *ALLOWED, (NAMES, "*"), method="POST", names="x-csrf-token"), True, Rule.HEADER),
        (preflight(204, *ALLOWED, (NAMES, "*"), method="POST", names="x-csrf-token"), False, None),
        (preflight(204, *ALLOWED, (NAMES, "*"), method="POST", names="authorization"), False, Rule.HEADER),
    ],
)
def test_a_preflight_lets_a_request_go_or_names_the_rule(exchange: Exchange, credentials: bool, rule: Rule | None) -> None:
    refusal = cors.check_preflight(exchange, credentials=credentials)
    assert (refusal.rule if refusal else None) is rule


def test_a_preflight_without_an_answer_says_nothing() -> None:
    silent = Exchange(pointer="entries[0]", started=0, request=preflight(204).request)
    assert cors.check_preflight(silent, credentials=True) is None
