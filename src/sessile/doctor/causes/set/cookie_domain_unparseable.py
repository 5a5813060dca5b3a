"""The cookie's Domain is no host name, so the cookie cannot be written.

Symptom: in production the login answers 200 without a cookie, and leaves a row; without COOKIE_DOMAIN, as in
    development, it works. Older express-session answers 500.
Evidence: `TypeError: option domain is invalid` in the log, after the response has gone: the value has a scheme
    (https://shop.example), a port (shop.example:3000), or a line's end.
Tell apart: set-secure-without-trust-proxy shows the same on the wire and in the table, and its log says "not
    secured" instead. A Domain that can be written and is not the host's own arrives, and the browser drops it.
Fix: leave Domain out, or give the bare host. No session is lost.
"""

import re
from typing import Final

from sessile.doctor.causes import code, unset, unwritten
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Literal
from sessile.doctor.findings import Change, Finding, Level, Remedy

ENTRIES = ("cookie-domain-unparseable",)
REMEDY = Remedy(
    "Leave the cookie's Domain out, or give a bare host name",
    changes=(
        Change(
            "Express",
            "cookie: { domain: 'https://shop.example' }",
            "cookie: {}   // or, for all subdomains: { domain: 'shop.example' }",
        ),
        Change(".env", "COOKIE_DOMAIN=https://shop.example:3000", "COOKIE_DOMAIN=shop.example"),
        Change(
            "sessile (Starlette, FastAPI, Flask)",
            'CookiePolicy(domain="https://shop.example")',
            "CookiePolicy()",
        ),
    ),
)
LINKS = {
    "login without Set-Cookie": Level.ALWAYS,
    "not secured": Level.NEVER,
    "sessions never seen again": Level.USUALLY,
    "same user logs in again and again": Level.USUALLY,
}
_VARIABLE: Final = re.compile(r"COOKIE_?DOMAIN|DOMAIN_?COOKIE", re.IGNORECASE)


_WRITABLE: Final = re.compile(r"\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*", re.IGNORECASE)


def judge(facts: Facts) -> Finding:
    if (coded := _coded(facts)) and unset.unseen(facts):
        return code.certain(facts, *coded, *unset.refused_options(facts))
    return unwritten.judge(facts, "option domain is invalid", *_variables(facts))


def _variables(facts: Facts) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(f"{name} is set in {environment.source}", "environment", environment.source)
        for environment in facts.environments
        for name in environment.names
        if _VARIABLE.search(name)
    )


def _coded(facts: Facts) -> tuple[Evidence, ...]:
    """The code that asks for such a Domain, by itself or by a variable that has one."""
    found = []
    for source, _, setting in code.options(facts, "cookie.domain"):
        value = code.effective(facts, setting.value)
        if isinstance(value, Literal) and isinstance(value.value, str) and value.value and not _WRITABLE.fullmatch(value.value):
            found.append(source.evidence(setting.place, f"the cookie's Domain is {value.value}, which is no bare host"))
    return tuple(found)
