"""What a short body says of a login, as signs; the text itself is not kept."""

import re
from typing import Final

from sessile.doctor.facts.exchange import Content, Role, Sign

SHORT = 4096
"""Octets that a response has at most, to be looked at."""
OF_COMPLAINT = 1024
"""Characters of it in which it says what is wrong."""
FORM = 65_536
"""Octets of a request that are looked at."""

_PASSWORD = re.compile(
    r"""(?:^|[?&\s{,"'[]|%5B)"?(?:[\w-]{0,30}[_-])?(?:password|passwd|passphrase|passcode|pwd|pin|otp)\d?(?:["'\]]|%5D)?\s*[=:]"""
    r"""|name="?(?:password|passwd|pwd)""",
    re.IGNORECASE | re.MULTILINE,
)
_WITH_CREDENTIALS = re.compile(r"""withCredentials["']?\s*[:=]|["']credentials["']\s*:\s*["'](?:include|same-origin)""")
RESPONSES = {
    Sign.EXPIRED: (
        r"(?:session|token|login|cookie)[\s_-]+(?:(?:has|is|have|was)[\s_-]+)?(?:expired|timed?[\s_-]?out|no longer valid)"
        r"|expired[\s_-]+(?:session|token)|(?:session|token)expired|invalid[\s_-]+session"
    ),
    Sign.UNAUTHENTICATED: (
        r"not[\s_-]+(?:logged|signed)[\s_-]*in|un-?authori[sz]ed|unauthenticated|not[\s_-]+authenticated|no (?:active )?session"
        r"|(?:authentication|login)[\s_-]+(?:is[\s_-]+)?required|credentials were not provided"
        r"|(?:please|must|need to)[\s_]+(?:be )?(?:log|sign)(?:ged|ned)?[\s_-]*in"
    ),
    Sign.REFUSED: (
        r"(?:invalid|incorrect|wrong|bad|unknown)[\s_-]+(?:e-?mail|user(?:[\s_-]?name)?|password|credentials?|login)"
        r"|(?:credentials|password|login)[\s_-]+(?:(?:is|are|was)[\s_-]+)?(?:invalid|incorrect|wrong|failed)|invalidcredentials"
    ),
    Sign.CSRF: r"\b[cx]srf\b|authenticity token|forgery",
    Sign.LIMITED: (
        r"too[\s_-]+many|rate[\s_-]*limit|account[\s_-]+(?:is[\s_-]+)?(?:temporarily[\s_-]+)?locked|try again (?:later|in)"
    ),
}
_SAYS = {sign: re.compile(words) for sign, words in RESPONSES.items()}
STEMS = {
    Sign.EXPIRED: ("expired", "time", "no longer", "invalid"),
    Sign.UNAUTHENTICATED: ("not", "unauth", "un-auth", "no ", "required", "please", "must", "need to"),
    Sign.REFUSED: ("invalid", "incorrect", "wrong", "bad", "unknown", "failed"),
    Sign.CSRF: ("csrf", "xsrf", "authenticity", "forgery"),
    Sign.LIMITED: ("many", "rate", "locked", "again"),
}
"""One of these stands in whatever the pattern finds; to look for them first is much cheaper than to look for the pattern."""
_NOBODY = re.compile(
    r"""\s*(?:null|\{\s*\}|false|"")?\s*$"""
    r"""|[\s\S]*?"(?:user|currentUser|current_user|account|profile|session|data)"\s*:\s*(?:null|false|\{\s*\}|"")"""
    r"""|[\s\S]*?"(?:is_?)?(?:authenticated|logged_?in|signed_?in)"\s*:\s*false""",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r""""(?:id|_id|uid|sub|user_?id|user_?name|e-?mail|login)"\s*:\s*(?:"[^"]|[0-9])"""
    r"""|"(?:is_?)?(?:authenticated|logged_?in|signed_?in)"\s*:\s*true""",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"""\s*\{[^{}\[\]]*?"(?:success|succeeded|ok|authenticated|logged_?in)"\s*:\s*false\b"""
    r"""|\s*\{[^{}\[\]]*?"(?:status|result)"\s*:\s*"(?:error|fail|failed|failure|denied)\"""",
    re.IGNORECASE,
)
"""An answer in JSON that says by a member of its own that what was asked for was not done."""
_CONTENTS: Final = {
    "x-www-form-urlencoded": Content.FORM,
    "form-data": Content.MULTIPART,
    "html": Content.HTML,
    "xhtml+xml": Content.HTML,
}
_MEDIA = re.compile(r"\s*([\w.+-]+)/([\w.+-]+)")


def content_of(media_type: str) -> Content:
    """What kind of body a Content-Type names."""
    found = _MEDIA.match(media_type)
    if found is None:
        return Content.OTHER
    kind, name = found[1].lower(), found[2].lower()
    if name == "json" or name.endswith("+json"):
        return Content.JSON
    return _CONTENTS.get(name, Content.TEXT if kind == "text" else Content.OTHER)


def said_in_request(text: str) -> frozenset[Sign]:
    """The signs of a request's body."""
    text = text[:FORM]
    signs = ((Sign.CREDENTIALS, _PASSWORD), (Sign.WITH_CREDENTIALS, _WITH_CREDENTIALS))
    return frozenset(sign for sign, pattern in signs if pattern.search(text))


def said_in_response(text: str, status: int, role: Role) -> frozenset[Sign]:
    """The signs of a response's body, which is JSON or short text: why it was refused, or whom it names."""
    if role is Role.PERSONAL and 200 <= status < 300:
        # Naming nobody counts only where nobody else is named: {"user": null} beside {"id": 7} is about somebody.
        if _SOMEBODY.search(text):
            return frozenset({Sign.SOMEBODY})
        return frozenset({Sign.NOBODY}) if _NOBODY.match(text) else frozenset()
    complaint = text[:OF_COMPLAINT].lower()
    asked = _SAYS if status >= 400 else (Sign.EXPIRED, Sign.UNAUTHENTICATED, Sign.REFUSED)
    signs = {sign for sign in asked if _may_say(sign, complaint) and _SAYS[sign].search(complaint)}
    failed = role is Role.LOGIN and 200 <= status < 300 and _FAILED.match(complaint)
    return frozenset(signs | {Sign.REFUSED} if failed else signs)


def _may_say(sign: Sign, complaint: str) -> bool:
    return any(stem in complaint for stem in STEMS[sign])
