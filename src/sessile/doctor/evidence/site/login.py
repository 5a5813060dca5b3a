"""The one attempt to log in: its request, with whatever CSRF token there is, and whether it was refused."""

import json
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

from sessile.doctor.evidence.exchange import said_in_response
from sessile.doctor.evidence.exchange.bodies import SHORT
from sessile.doctor.evidence.site import page
from sessile.doctor.evidence.site.page import Page
from sessile.doctor.evidence.site.plan import Plan
from sessile.doctor.evidence.site.visitor import Done, Step, Visitor
from sessile.doctor.facts.exchange import Role, Sign

_TOKEN_FIELDS = ("x-csrf-token", "csrf-token", "x-xsrf-token")
LONGEST: Final = 65_536
"""Characters of an answer in which it says what else it wants."""
_FACTOR: Final = "(?:2fa|mfa|otp|factor)"
_WANTED: Final = "(?:requir|need|pending|challenge)"
_SECOND: Final = re.compile(
    rf"\"[^\"]*(?:{_FACTOR}[^\"]*{_WANTED}|{_WANTED}[^\"]*{_FACTOR})[^\"]*\"\s*:\s*(?!false|null)"
    r"|:\s*\"[^\"]*(?:(?<![a-z0-9])(?:2fa|mfa|t?otp)(?![a-z0-9])"
    r"|(?:two|second|multi)[-_ ]?factor|one[-_ ]time|verification[-_ ]?code)",
    re.IGNORECASE,
)
_SENT: Final = re.compile(
    r"magic[-_ ]?link|check your (?:e-?mail|inbox)|\b(?:sent|mailed|e-?mailed)\b[^\"]{0,60}\b(?:link|e-?mail|code)\b",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(r"\"(?:(?:access|id|auth|refresh|bearer)_?)?(?:token|jwt)\"\s*:\s*\"[^\"]{16}", re.IGNORECASE)
_WHY = {
    Sign.CSRF: "it misses a CSRF token, or does not accept the one that the page gave",
    Sign.LIMITED: "it says that there were too many attempts",
    Sign.REFUSED: "it says that the name or the password is wrong",
}


def request(plan: Plan, visitor: Visitor, pages: Sequence[Done]) -> Step:
    """The login as a browser would send it from the page that was opened."""
    url = plan.login or plan.site
    read = [one for one in (_page(done) for done in pages) if one]
    given = {key: value.reveal() for key, value in plan.data}
    opened = f"{plan.origin}/" if plan.origin else pages[-1].url if pages else plan.site
    fields = tuple(token for token in [_token(visitor, url, read, pages)] if token)
    if plan.form:
        form = next((form for one in reversed(read) if (form := one.form_for(url))), None)
        body = urlencode({**(form.hidden if form else {}), **given})
        media = ("Content-Type", "application/x-www-form-urlencoded")
        return Step(
            "login",
            url,
            Role.LOGIN,
            "POST",
            opened,
            plan.origin is not None,
            (media, *fields),
            body.encode("utf-8", "surrogateescape"),
        )
    media = ("Content-Type", "application/json")
    return Step("login", url, Role.LOGIN, "POST", opened, True, (media, *fields), json.dumps(given).encode())


def token(visitor: Visitor, url: str, pages: Sequence[Done]) -> tuple[str, str] | None:
    """The header with a CSRF token that a later request to that URL carries."""
    return _token(visitor, url, [one for one in (_page(done) for done in pages) if one], pages)


_FOR_GOOD = (301, 308)


def refusal(login: Done, plan: Plan) -> str:
    """Why the login was not taken, in words that follow "the login"; "" if it was."""
    if login.answer is None:
        return f"got no response, because {login.exchange.error}"
    if login.status >= 400:
        signs = said_in_response(login.answer.text, login.status, Role.LOGIN)
        why = next((words for sign, words in _WHY.items() if sign in signs), _usual(login.status))
        return f"was answered {login.status}: {why}"
    if Sign.REFUSED in _signs(login):
        return f"was answered {login.status}, but {_WHY[Sign.REFUSED]}, or that it failed otherwise"
    if login.status in _FOR_GOOD and urljoin(login.url, login.answer.first("location")) == login.url:
        return f"was answered {login.status} with a redirect to the very same address, so no login is ever reached"
    if _asks_again(login, plan):
        return "led back to the login page: is the name or the password wrong, or a field's name?"
    return ""


def unfinished(landed: Sequence[Done]) -> str:
    """What a login that was taken still lacks, in words that follow "the login"; "" for nothing that its answers tell."""
    answers = [done for done in landed if done.answer]
    sets = any(done.answer.first("set-cookie") for done in answers if done.answer)
    if any(_asks_for_code(done) for done in answers):
        return "asks for a second factor, which a probe does not have"
    if not sets and any(_in_json(done, _SENT) for done in answers):
        return "is completed by a link or a code that was sent to the user"
    if not sets and any(_in_json(done, _TOKEN) for done in answers):
        return "is answered with a token and without a cookie, so the page sends it itself, which a probe does not"
    return ""


def _asks_for_code(done: Done) -> bool:
    shown = _page(done)
    return bool(shown and shown.code) or _in_json(done, _SECOND)


def _in_json(done: Done, pattern: "re.Pattern[str]") -> bool:
    answer = done.answer
    return answer is not None and "json" in answer.first("content-type").lower() and bool(pattern.search(answer.text[:LONGEST]))


def _usual(status: int) -> str:
    if status >= 500:
        return "the service itself failed; its log says why"
    return {
        401: "is the name or the password wrong?",
        403: "is the user allowed, and does the site want a CSRF token?",
        404: "is --login the address that the form sends to?",
        405: "is --login the address that the form sends to?",
        415: "it takes no JSON, or no form: try with --form, or without",
        419: "it misses a CSRF token",
        422: "is a field of --data missing, or named differently?",
        400: "is a field of --data missing, or named differently? A login by form needs --form",
        429: "it says that there were too many attempts",
    }.get(status, "the service refuses it")


def _asks_again(login: Done, plan: Plan) -> bool:
    """Whether the answer is the login form once more."""
    answer = login.answer
    if answer is None:
        return False
    if 300 <= login.status < 400:
        target = urlsplit(answer.first("location"))
        return bool(target.path) and target.path == urlsplit(plan.login or "").path
    shown = _page(login)
    return bool(shown and any(form.password for form in shown.forms))


def _signs(login: Done) -> frozenset[Sign]:
    answer = login.answer
    short = answer is not None and len(answer.body) <= SHORT and not 300 <= login.status < 400
    return said_in_response(answer.text, login.status, Role.LOGIN) if answer and short else frozenset()


def _page(done: Done) -> Page | None:
    if done.answer is None:
        return None
    return page.read(done.url, done.answer.text, done.answer.first("content-type").lower())


def _token(visitor: Visitor, url: str, read: Sequence[Page], pages: Sequence[Done]) -> tuple[str, str] | None:
    """Of a cookie (double submit), else of a response's header, a meta tag, a hidden field, or a member of JSON."""
    if repeated := page.token_of_cookies(visitor.cookies_for(url)):
        return repeated
    sent = (done.answer.first(name) for done in reversed(pages) if done.answer for name in _TOKEN_FIELDS)
    found = next((one for one in sent if one), None) or next((one.token for one in reversed(read) if one.token), None)
    return ("X-CSRF-Token", found) if found else None
