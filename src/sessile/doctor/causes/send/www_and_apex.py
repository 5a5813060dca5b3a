"""The user logs in on the domain and goes on at its www, or the other way round, and the cookie is for one of them.

Symptom: logged in on example.com and logged out on www.example.com, after a link, an OAuth callback or an email.
Evidence: the login's cookie names no Domain, the login and the request that was turned away differ in www alone, and the
    service did not redirect one to the other: DomainMismatch.
Tell apart: send-subdomain-host-only is about two other names. A cookie with Domain=example.com is for both.
Fix: one host, and a 308 redirect from the other. Domain=example.com only together with a response that removes the cookie
    without Domain: else both are sent, and the older one may win.
"""

from sessile.doctor.causes import hosts
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Finding, Level, Remedy

ENTRIES = ("www-vs-apex",)
REMEDY = Remedy(
    "Redirect every request of one host to the other with 308, and use that one in links, callbacks and emails",
    logs_out="whoever is logged in only at the host that is redirected",
    instead="for some weeks before, give the cookie Domain=shop.example in every answer (rolling: true), and remove the one"
    " without Domain in the login: both hosts know the user then",
    changes=(
        Change(
            "Express",
            "app.use(session(options))",
            "app.use((req, res, next) => req.hostname === 'www.shop.example'\n"
            "  ? res.redirect(308, `https://shop.example${req.originalUrl}`) : next())\n"
            "app.use(session(options))",
        ),
        Change(
            "Starlette and FastAPI",
            "app = FastAPI()",
            'app = FastAPI()\n\n\n@app.middleware("http")\nasync def one_host(request, call_next):\n'
            '    if request.url.hostname == "www.shop.example":\n'
            '        return RedirectResponse(request.url.replace(netloc="shop.example"), 308)\n'
            "    return await call_next(request)",
        ),
        Change("Django", "PREPEND_WWW = False", "PREPEND_WWW = True"),
        Change(
            "nginx",
            "server_name shop.example www.shop.example;",
            "server_name shop.example;\n\nserver {\n    server_name www.shop.example;\n"
            "    return 308 https://shop.example$request_uri;\n}",
        ),
    ),
)
LINKS = {"cookie does not come back": Level.ALWAYS, "sign-ins whose state was lost": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    return hosts.judge(facts, hosts.one_is_www)
