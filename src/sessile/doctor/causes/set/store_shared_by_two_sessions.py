"""Two session() calls share one store object, so that one's cookies get the other's Path, SameSite and life.

Symptom: the site's login works until the admin's session is added; its cookie has the admin's attributes and does not
    come back.
Evidence: two signed cookies of different names bear the same attributes, and one of them was set by a request outside its
    own Path, which express-session by itself never does: each session() call overwrites the store's `generate`.
Tell apart: a proxy that rewrites Path (proxy_cookie_path) changes all cookies alike, too; it leaves SameSite and Max-Age
    alone, and the service asked directly sets another Path. With one session cookie it is send-path-mismatch.
Fix: one store object for each session() call; they may share the pool and the table. Rows keep the attributes that they
    were made with, until the next login.
"""

from sessile.doctor.causes import mixing, unsent
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Unseen

ENTRIES = ("shared-store-instance-mixes-options",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Give each session() call a store object of its own, on the same pool and table",
    changes=(
        Change(
            "Express",
            "const store = new PgStore({ pool })\n"
            "app.use('/admin', session({ name: 'admin.sid', store, cookie: { path: '/admin', sameSite: 'strict' } }))\n"
            "app.use(session({ name: 'site.sid', store }))",
            "app.use('/admin', session({ name: 'admin.sid', store: new PgStore({ pool }), "
            "cookie: { path: '/admin', sameSite: 'strict' } }))\n"
            "app.use(session({ name: 'site.sid', store: new PgStore({ pool }) }))",
        ),
        Change(
            "sessile (Starlette, FastAPI, Flask)",
            "SessionMiddleware(app, store=store, cookie=CookiePolicy(name='site.sid'))",
            "SessionMiddleware(app, store=store, cookie=CookiePolicy(name='site.sid'))   # a store may be shared here",
        ),
    ),
)
LINKS = {"cookie does not come back": Level.ALWAYS, "cookie not kept": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    if found := mixing.mixed(facts):
        return Confirmed(found, certainty=0.95)
    unknown = unsent.nothing(facts)
    return unknown if isinstance(unknown, Unseen) else RuledOut("no two session cookies bear attributes that only one can have")
