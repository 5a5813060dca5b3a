"""Another site sends the user back by a form with POST, and the cookie stays behind.

Symptom: after the payment, the 3-D Secure page or the single sign-on (SAML) the user is logged out for good.
Evidence: a POST of another site opens a page, such as /payment/callback (Origin of the gateway, Sec-Fetch-Site: cross-site),
    without the session cookie: SameSiteLax, SameSiteStrict or SameSiteUnspecifiedTreatedAsLax. With saveUninitialized
    the answer sets a new session cookie over the good one.
Tell apart: a callback by GET carries a Lax cookie. A cookie that says nothing of SameSite goes along with a POST for two
    minutes in Chromium, so a quick payment works and a slow one does not. A script's POST is send-cross-site-same-site.
Fix: let the callback work without a session: find the order by the gateway's id, check the signature, and answer with a 303
    to a page of your own, which is then opened by GET. Do not save sessions that hold nothing. SameSite=None; Secure comes
    second: it opens every form of the service to other sites.
"""

from sessile.doctor.causes import withheld
from sessile.doctor.causes.withheld import Withheld
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy

ENTRIES = ("samesite-lax-cross-site-post",)
REMEDY = Remedy(
    "Let the callback find the order without a session, and answer 303 to a page opened by GET",
    changes=(
        Change(
            "Express",
            "session({ saveUninitialized: true })\napp.post('/payment/callback', (req, res) => finish(req.session.orderId, res))",
            "session({ saveUninitialized: false })\n"
            "app.post('/payment/callback', async (req, res) => {\n"
            "  const order = await orderOf(verified(req.body))\n"
            "  res.redirect(303, `/orders/${order.id}`)\n"
            "})",
        ),
        Change(
            "Starlette and FastAPI",
            'order = await find(request.session["order_id"])',
            'order = await order_of(verified(await request.form()))\nreturn RedirectResponse(f"/orders/{order.id}", 303)',
        ),
        Change(
            "Flask",
            'order = find(session["order_id"])',
            'order = order_of(verified(request.form))\nreturn redirect(f"/orders/{order.id}", 303)',
        ),
    ),
)
LINKS = {"cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    found = next((one for one in withheld.withheld(facts) if one.opens_page and one.posts and not one.by_scheme), None)
    if found:
        return Confirmed((*found.evidence, *_overwritten(found)))
    return withheld.nothing(facts, "no form of another site was sent without the cookie")


def _overwritten(one: Withheld) -> tuple[Evidence, ...]:
    if not withheld.renewed(one.visit, one.exchange):
        return ()
    says = f"its answer sets a new {one.visit.name} over the one of the login"
    return (one.visit.wire.evidence(one.exchange, says),)
