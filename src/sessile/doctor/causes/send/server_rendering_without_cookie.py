"""The server that renders the page asks the API without the user's cookie.

Symptom: what the browser loads by script knows the user, and the part that a server renders says "log in"; a session that
    such a call begins dies on the server.
Evidence: while a page is answered that was asked for with the cookie, a request comes from a server's library (User-Agent
    node, undici, axios, python-httpx) without any cookie, and is turned away. From the browser alone only this shows: the
    page is for nobody, and scripts' requests with the same cookie are let in.
Tell apart: by User-Agent and address of the request that was turned away. A page that a framework or a CDN keeps for all
    is agree-page-cached-by-framework. An app with no browser is send-native-client.
Fix: pass the browser's Cookie header on with each call of the server, and its Set-Cookie back; keep such pages out of
    shared caches.
"""

from sessile.doctor.causes import rendering, unsent
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.visits import visits

ENTRIES = ("ssr-fetch-without-cookie",)
UNPROVOKED = "It needs a front end that renders on its server; it is tested on recordings."
REMEDY = Remedy(
    "Pass the browser's Cookie header on with each call that the rendering server makes, and Set-Cookie back",
    changes=(
        Change(
            "Next.js (a server component)",
            "await fetch(`${api}/me`)",
            "import { headers } from 'next/headers'\n"
            "await fetch(`${api}/me`, { cache: 'no-store', headers: { cookie: (await headers()).get('cookie') ?? '' } })",
        ),
        Change(
            "Express", "await fetch(`${api}/me`)", "await fetch(`${api}/me`, { headers: { cookie: req.headers.cookie ?? '' } })"
        ),
        Change(
            "Starlette and FastAPI",
            'await client.get(f"{api}/me")',
            'await client.get(f"{api}/me", headers={"Cookie": request.headers.get("cookie", "")})',
        ),
    ),
)
LINKS = {"cookie comes back in vain": Level.SOMETIMES, "cookie does not come back": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    for visit in visits(facts):
        for one in rendering.renderings(visit):
            opened = visit.wire.evidence(one.page, f"{one.page} is asked for with {visit.name}")
            says = f"{one.call} comes from {one.library}, which renders the page meanwhile, without any cookie"
            return Confirmed((opened, visit.wire.evidence(one.call, says)), certainty=0.97)
    for visit in visits(facts):
        if page := rendering.shown_to_nobody(visit):
            says = f"{page} is answered for nobody although it carries {visit.name}, with which scripts' requests are let in"
            return Undecided((visit.wire.evidence(page, says),))
    unknown = unsent.nothing(facts)
    return unknown if isinstance(unknown, Unseen) else RuledOut("no page is shown to nobody where its scripts know the user")
