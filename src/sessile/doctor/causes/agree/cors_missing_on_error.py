"""Errors are answered without the CORS headers, so the page cannot tell what went wrong and takes the user for logged out.

Symptom: a 429, 500 or 502 appears in the page as "network error", and the page shows the login form.
Evidence: good answers of the service allow the page's origin, and an answer of 400 or more does not.
Tell apart: where good answers do not allow the origin either, agree-cors-origin-not-allowed is the cause. What made the
    error is to be found in the service's log; this hides it.
Fix: let CORS stand outermost, before rate limits, guards and error handlers, and let the proxy add the headers to its
    own errors.
"""

from sessile.doctor import cors
from sessile.doctor.causes import crossing
from sessile.doctor.causes.crossing import Crossing, asks_to_log_in
from sessile.doctor.cors import Rule
from sessile.doctor.facts import Facts
from sessile.doctor.facts.exchange import Role
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Noted, Remedy, Undecided

ENTRIES = ("cors-missing-on-error",)
UNPROVOKED = (
    "A browser's own recording has nothing of an answer that it kept from the page; it is tested on recordings in the"
    " form of Chromium's."
)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Put CORS first, so that errors carry its headers, too",
    changes=(
        Change(
            "Express",
            "app.use(rateLimit())\napp.use(cors({ origin: 'https://shop.example', credentials: true }))",
            "app.use(cors({ origin: 'https://shop.example', credentials: true }))\napp.use(rateLimit())",
        ),
        Change(
            "Starlette and FastAPI (wrapped around the app: an error of 500 passes no middleware that was added)",
            "app.add_middleware(CORSMiddleware, allow_origins=['https://shop.example'], allow_credentials=True)",
            "app = CORSMiddleware(app, allow_origins=['https://shop.example'], allow_credentials=True)",
        ),
        Change(
            "nginx",
            "add_header Access-Control-Allow-Origin $allowed_origin;",
            "add_header Access-Control-Allow-Origin $allowed_origin always;\n"
            "add_header Access-Control-Allow-Credentials true always;\nadd_header Vary Origin always;",
        ),
    ),
)


SOON = 5000.0
"""Within so many milliseconds after the error a page asks for the login because of it."""
LINKS = {crossing.WITHHELD: Level.ALWAYS, crossing.ONLY_PREFLIGHTED: Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    rules = (Rule.MISSING, Rule.WILDCARD, Rule.MISMATCH)
    errors = [one for one in crossing.refused(facts, *rules) if one.exchange.status >= 400 and not one.preflight]
    readable = [one for one in crossing.crossings(facts) if one.refusal is None and not one.preflight]
    lacking = [one for one in errors if any(_would_do(good, one) for good in readable)]
    if harmful := [one for one in lacking if _harms(one)]:
        return Confirmed(harmful[0].evidence, certainty=harmful[0].certainty)
    if lacking:
        return Noted(
            lacking[0].evidence, "the page sees an error that it cannot read; nothing shows that it logs the user out for it"
        )
    return Undecided(errors[0].evidence) if errors else crossing.nothing(facts)


def _would_do(good: Crossing, error: Crossing) -> bool:
    """Whether the page could read the error if it had the headers of a good answer to it."""
    response = good.exchange.response
    here, there = (one.exchange.request.address.origin for one in (good, error))
    asked = crossing.credentials(error.exchange) is not False
    return response is not None and here == there and cors.check(error.origin, response.headers, credentials=asked) is None


def _harms(crossed: Crossing) -> bool:
    """Whether it answers the question who is logged in, or the page turns to the login at once."""
    ended = crossed.exchange.ended or crossed.exchange.started
    after = [one for one in crossed.wire.exchanges if 0 <= one.started - ended <= SOON]
    return crossed.exchange.role is not Role.OTHER or any(asks_to_log_in(one) for one in after)
