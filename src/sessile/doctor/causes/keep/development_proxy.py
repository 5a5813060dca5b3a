"""The development server passes on a cookie that names the backend's Domain, so the browser on localhost drops it.

Symptom: login works on the deployed site and not in development, through the proxy of Vite, webpack or Next.js.
Evidence: the login's answer comes from localhost, and its Set-Cookie has the Domain of the backend: InvalidDomain.
Tell apart: where the page asks the backend by its absolute URL, the request does not go to localhost at all: then it
    is cross-site (SameSite, CORS). A Secure cookie is no trouble on http://localhost in Chromium; Safari drops it.
Fix: let the proxy rewrite Domain, or name it in production only; ask by relative URLs. Production's cookie stays as it
    is, so nobody is logged out there.
"""

from sessile.doctor.causes import foreign_domain
from sessile.doctor.causes.foreign_domain import Kind
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Finding, Level, Remedy

ENTRIES = ("dev-proxy-cookie",)
REMEDY = Remedy(
    "Let the development proxy rewrite the cookie's Domain, or name it in production only",
    changes=(
        Change(
            "Vite (vite.config.js)",
            "proxy: { '/api': 'https://api.shop.example' }",
            "proxy: { '/api': { target: 'https://api.shop.example', changeOrigin: true, cookieDomainRewrite: '' } }",
        ),
        Change(
            "webpack-dev-server",
            "proxy: [{ context: ['/api'], target: 'https://api.shop.example' }]",
            "proxy: [{ context: ['/api'], target: 'https://api.shop.example', cookieDomainRewrite: '' }]",
        ),
        Change(
            "nginx",
            "proxy_pass https://api.shop.example;",
            "proxy_pass https://api.shop.example;\nproxy_cookie_domain api.shop.example $host;",
        ),
        Change("Express", "cookie: { domain: 'shop.example' }", "cookie: { domain: process.env.COOKIE_DOMAIN || undefined }"),
        Change(
            "Starlette and FastAPI",
            'CookiePolicy(domain="shop.example")',
            'CookiePolicy(domain=os.environ.get("COOKIE_DOMAIN"))',
        ),
    ),
)
LINKS = {"cookie not kept": Level.ALWAYS, "cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    return foreign_domain.judge(
        facts,
        Kind.DEVELOPMENT,
        "no login on a developer's machine sets a cookie with another host's Domain",
        lambda domain: f"The development proxy passes on a cookie with Domain={domain}",
    )
