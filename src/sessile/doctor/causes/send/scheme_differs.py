"""Page and service are of one domain, one over http and one over https, which browsers take for two sites.

Symptom: a page on http calls the service on https, logs in, and the next call is answered 401.
Evidence: the registrable domain of page and service is the same and the scheme is not: SchemefulSameSiteLax,
    SchemefulSameSiteStrict or SchemefulSameSiteUnspecifiedTreatedAsLax.
Tell apart: two registrable domains are send-cross-site-same-site, whatever their schemes are. The other way round, a
    page on https that asks http, is blocked as mixed content, and a Secure cookie is not sent there.
Fix: https everywhere: redirect every http URL, and switch Strict-Transport-Security on.
"""

from sessile.doctor.causes import withheld
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy

ENTRIES = ("schemeful-same-site",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Serve the page over https, too",
    changes=(
        Change(
            "Express",
            "app.use(express.static('public'))",
            "app.set('trust proxy', 1)\n"
            "app.use((req, res, next) => req.secure ? next() : res.redirect(308, `https://${req.hostname}${req.originalUrl}`))\n"
            "app.use(express.static('public'))",
        ),
        Change("Starlette and FastAPI", "app = FastAPI()", "app = FastAPI()\napp.add_middleware(HTTPSRedirectMiddleware)"),
        Change("Django", "SECURE_SSL_REDIRECT = False", "SECURE_SSL_REDIRECT = True"),
        Change("the page", "http://shop.example", "https://shop.example"),
    ),
)
LINKS = {"cookie not kept": Level.ALWAYS, "cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    if found := next((one for one in withheld.withheld(facts) if one.by_scheme), None):
        return Confirmed(found.evidence)
    return withheld.nothing(facts, "no page and service of one domain differ in http and https where the cookie is missing")
