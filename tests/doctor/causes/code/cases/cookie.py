"""What the cookie is told: its life, its path, its domain, whom it is sent to."""

from sessile.doctor.findings import Confirmed, Noted, RuledOut, Unseen
from tests.doctor.causes.code.express import COOKIE, ME, Case, swap

BACK = "\napp.get('/auth/callback', (req, res) => res.json(req.session.state))"


CASES: list[Case] = [
    ("boot-max-age-text", "text in the code", swap(COOKIE, "cookie: { maxAge: '86400000' }"), Confirmed),
    ("boot-max-age-text", "text of the environment", swap(COOKIE, "cookie: { maxAge: process.env.MAX_AGE }"), Noted),
    (
        "boot-max-age-text",
        "a number of the environment",
        swap(COOKIE, "cookie: { maxAge: Number(process.env.MAX_AGE) }"),
        RuledOut,
    ),
    (
        "boot-max-age-text",
        "a product of the environment",
        swap(COOKIE, "cookie: { maxAge: process.env.DAYS * 86400000 }"),
        RuledOut,
    ),
    ("set-max-age-invalid", "Infinity", swap(COOKIE, "cookie: { maxAge: Infinity }"), Confirmed),
    ("set-max-age-invalid", "less than nothing", swap(COOKIE, "cookie: { maxAge: -1 }"), Confirmed),
    ("set-max-age-invalid", "Number of a word", swap(COOKIE, "cookie: { maxAge: Number('a day') }"), Confirmed),
    ("set-max-age-invalid", "null, which is none", swap(COOKIE, "cookie: { maxAge: null }"), Unseen),
    ("live-max-age-in-seconds", "an hour in seconds", swap("14 * 24 * 60 * 60 * 1000", "3600"), Confirmed),
    ("live-max-age-in-seconds", "two minutes", swap("14 * 24 * 60 * 60 * 1000", "2 * 60 * 1000"), Unseen),
    ("live-expires-fixed-at-boot", "a date", swap(COOKIE, "cookie: { expires: new Date(Date.now() + 3600000) }"), Confirmed),
    (
        "live-expires-fixed-at-boot",
        "a date beside maxAge",
        swap(COOKIE, "cookie: { expires: new Date(Date.now() + 3600000), maxAge: 3600000 }"),
        RuledOut,
    ),
    (
        "set-cookie-domain-unparseable",
        "an address",
        swap(COOKIE, "cookie: { domain: 'https://shop.example' }"),
        Confirmed,
    ),
    ("set-cookie-domain-unparseable", "a host", swap(COOKIE, "cookie: { domain: '.shop.example' }"), Unseen),
    ("send-path-mismatch", "routes outside", swap(COOKIE, "cookie: { path: '/account' }"), Confirmed),
    (
        "send-path-mismatch",
        "routes below",
        swap("'/login'", "'/api/login'", swap("'/me'", "'/api/me'", swap(COOKIE, "cookie: { path: '/api' }"))),
        Unseen,
    ),
    (
        "send-path-mismatch",
        "a route outside that needs no session",
        swap("'/login'", "'/api/login'", swap(ME, "app.get('/up', (q, s) => s.end())", swap(COOKIE, "cookie: { path: '/api' }"))),
        Unseen,
    ),
    ("send-strict-after-external-link", "Strict, and a way back", swap(COOKIE, "cookie: { sameSite: 'strict' }") + BACK, Noted),
    ("send-strict-after-external-link", "Lax, and a way back", swap(COOKIE, "cookie: { sameSite: 'lax' }") + BACK, Unseen),
    ("send-strict-after-external-link", "Strict alone", swap(COOKIE, "cookie: { sameSite: 'strict' }"), Unseen),
    ("send-browser-session-cookie", "no maxAge", swap(COOKIE, "cookie: { secure: 'auto' }"), Noted),
    (
        "send-cookie-not-renewed",
        "an hour",
        swap("14 * 24 * 60 * 60 * 1000", "60 * 60 * 1000", swap("rolling: true", "rolling: false")),
        Noted,
    ),
    ("send-cookie-not-renewed", "an hour, renewed", swap("14 * 24 * 60 * 60 * 1000", "60 * 60 * 1000"), RuledOut),
    (
        "set-secure-without-trust-proxy",
        "for https alone",
        swap("app.set('trust proxy', 1)\n", "", swap("'auto'", "true")),
        Noted,
    ),
    ("set-secure-without-trust-proxy", "and the proxy is trusted", swap("'auto'", "true"), Unseen),
    (
        "set-secure-without-trust-proxy",
        "and session() trusts it itself",
        swap("app.set('trust proxy', 1)\n", "", swap("cookie: { secure: 'auto'", "proxy: true, cookie: { secure: true")),
        Unseen,
    ),
]
