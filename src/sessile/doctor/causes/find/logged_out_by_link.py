"""A link logs out, and browsers fetch links that nobody has clicked.

Symptom: users are logged out by opening a page, by the mouse over its menu, or by a mail whose links are looked at beforehand.
Evidence: in the code, a GET of /logout ends the session, and a page has the link fetched beforehand: `<link rel="prefetch">`, or
    the `<Link>` of Next.js, which does so by itself. In the log, GET /logout right behind a page.
Tell apart: a logout by GET that nothing fetches beforehand is a remark: any other site can log users out by an image.
Fix: log out by POST, from a form's button. Whoever was logged out so logs in again.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Noted, Remedy

FREQUENCY = Frequency.RARE
ENTRIES: tuple[str, ...] = ()
REMEDY = Remedy(
    "Log out by POST, from a form's button",
    changes=(
        Change("Express", "app.get('/logout', logout)", "app.post('/logout', logout)"),
        Change(
            "the page", '<a href="/logout">Log out</a>', '<form method="post" action="/logout"><button>Log out</button></form>'
        ),
    ),
)
LINKS = {"login, then 401": Level.SOMETIMES, "turned away after the login": Level.SOMETIMES}
REMARK = "A link logs out"
WHY = "nothing that was given fetches it before anybody clicks; other sites can, by an image"


def judge(facts: Facts) -> Finding:
    links, fetched = _shown(facts, Deed.LOGS_OUT_BY_LINK), _shown(facts, Deed.FETCHES_LOGOUT)
    if links and fetched:
        return Confirmed((*links, *fetched), certainty=code.BY_CODE)
    return Noted(links, WHY, REMARK) if links else code.absent(facts, "no link logs out")


def _shown(facts: Facts, deed: Deed) -> tuple[Evidence, ...]:
    return code.shown(code.did(facts, deed), "it {deed}")
