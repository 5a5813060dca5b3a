"""An option stands where nobody reads it: a cookie's on the session, the store's on the session, or the reverse.

Symptom: an option "does nothing": the login ends with the browser although maxAge is set, the cookie is not Secure or has
    no Domain, the store asks another database.
Evidence: in the code, `session({ maxAge })` for `cookie: { maxAge }`, `cookie: { proxy }`, `session({ conString })` for
    `new PgStore({ conString })`. The rows say the same: their originalMaxAge is null although the code gives one.
Tell apart: an option at its place that is not used is one of a middleware that steps aside, or of another start.
Fix: move the option. Rows that are there keep the attributes that they were saved with.
"""

from collections.abc import Iterator
from typing import Final

from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Setting, Step
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy

ENTRIES = ("options-at-wrong-level",)
REMEDY = Remedy(
    "Move the option to where it is read; the next login takes it on",
    changes=(
        Change(
            "Express",
            "session({ secret, store, maxAge: 86400000, secure: true })",
            "session({ secret, store, cookie: { maxAge: 86400000, secure: true } })",
        ),
        Change(
            "Express, the store's options",
            "session({ secret, conString, ttl })",
            "session({ secret, store: new PgStore({ conString, ttl }) })",
        ),
    ),
)
LINKS = {
    "no cookie came": Level.USUALLY,
    "login, then 401": Level.SOMETIMES,
    "cookie does not come back": Level.SOMETIMES,
    "same user logs in again and again": Level.SOMETIMES,
}
COOKIE: Final = frozenset(("maxAge", "expires", "secure", "httpOnly", "sameSite", "domain", "path", "partitioned"))
SESSION: Final = frozenset(("proxy", "resave", "rolling", "saveUninitialized", "secret", "store", "name", "genid", "unset"))
STORE: Final = frozenset(
    (
        "conString",
        "conObject",
        "pool",
        "pgPromise",
        "ttl",
        "tableName",
        "schemaName",
        "createTableIfMissing",
        "pruneSessionInterval",
    )
)
WHY: Final = "the code says what it wants in a place where nobody reads it; nothing given shows that users suffer from it"


def judge(facts: Facts) -> Finding:
    proof = tuple(
        source.evidence(setting.place, says)
        for source in code.express(facts)
        for step in code.sessions(source)
        for setting, says in _misplaced(step)
    )
    if not proof:
        return code.absent(facts, "the session's, the cookie's and the store's options stand where they are read")
    if ended := _end_with_the_browser(facts):
        return Confirmed((*proof, ended), certainty=code.BOTH)
    return code.possible(facts, LINKS, proof, WHY)


def _misplaced(step: Step) -> Iterator[tuple[Setting, str]]:
    names = {setting.name for setting in step.settings}
    for setting in step.settings:
        if setting.name in COOKIE and f"cookie.{setting.name}" not in names:
            yield setting, f"`{setting.name}` on the session is not read, `cookie.{setting.name}` is"
        if setting.name in STORE:
            yield setting, f"`{setting.name}` on the session is not read, the store's is"
        inner = setting.name.removeprefix("cookie.")
        if inner != setting.name and inner in SESSION and inner not in names:
            yield setting, f"`{inner}` on the cookie is not read, the session's is"


def _end_with_the_browser(facts: Facts) -> Evidence | None:
    """The rows whose cookie ends with the browser, where the code gives maxAge in the wrong place."""
    rows = facts.rows
    misplaced = any(setting for _, _, setting in code.options(facts, "maxAge", "expires"))
    if rows is None or not misplaced or not rows.browser_sessions or rows.browser_sessions < rows.read:
        return None
    says = f"all {rows.read} rows that were read have no originalMaxAge, so their cookies end with the browser"
    return Evidence(says, "postgres", "sess.cookie.originalMaxAge")
