"""The cookie is kept for another top-level page: a browser keeps Partitioned cookies for each site in the address bar apart.

Symptom: logged in where the app is embedded, and not where the same app is opened in a tab; or the other way round.
Evidence: the cookie was set with Partitioned under one top-level page, and a request under another one goes out without
    it.
Tell apart: it depends on the address bar alone: in the tab where it was set, everything works. Blocked third-party
    cookies (send-third-party-blocked) are missing there, too.
Fix: decide for each context: log in once in each, or ask for the tab's cookie with the Storage Access API; where nobody
    embeds the app, leave Partitioned out, and remove the partitioned cookie in the login: both are sent otherwise.
"""

from sessile.doctor.causes import unsent
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut
from sessile.doctor.visits import visits

ENTRIES = ("partitioned-jar-mismatch",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Log in once under each top-level page, or ask for the other cookie with the Storage Access API",
    changes=(
        Change(
            "the embedded page",
            "await fetch('/api/me')",
            "button.onclick = async () => { await document.requestStorageAccess(); await fetch('/api/me') }",
        ),
        Change(
            "Express, where nobody embeds the app",
            "cookie: { partitioned: true }",
            "cookie: { sameSite: 'lax' }\n// in the login, for as long as the old cookie may live:\n"
            "res.clearCookie('connect.sid', { path: '/', secure: true, partitioned: true })",
        ),
        Change(
            "Starlette and FastAPI, where nobody embeds the app",
            "CookiePolicy(partitioned=True)",
            'CookiePolicy(same_site="lax")',
        ),
    ),
)
LINKS = {"cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    for one in unsent.unsent(facts):
        if any(cookie.name == one.visit.name for cookie in one.sending.elsewhere):
            top = one.context.top_level_site
            says = f"{one.exchange}: {one.visit.name} is Partitioned and kept for another top-level page than {top}"
            return Confirmed((unsent.set_to(one.visit), one.evidence(says)))
    logins = [visit for visit in visits(facts) if visit.cookie]
    if logins and not any(visit.cookie and visit.cookie.partitioned for visit in logins):
        return RuledOut("the session cookie is not Partitioned")
    return unsent.nothing(facts)
