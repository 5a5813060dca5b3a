"""What stands before, after and around session(): its place, and the middleware beside it."""

from sessile.doctor.findings import Confirmed, Noted, RuledOut, Unseen
from tests.doctor.causes.code.express import HEALTHY, IN_MEMORY, ME, SESSION, WITH_PASSPORT, Case, swap


def limit(option: str) -> str:
    """A rate limit before what follows."""
    return f"\nimport {{ rateLimit }} from 'express-rate-limit'\napp.use(rateLimit({{ {option} }}))"


CASES: list[Case] = [
    ("boot-session-after-routes", "after all routes", swap(SESSION, "") + SESSION, Confirmed),
    (
        "boot-session-after-routes",
        "passport's session before it",
        swap(SESSION, f"app.use(passport.session())\n{SESSION}"),
        Noted,
    ),
    ("boot-session-after-routes", "after one of the routes", swap(SESSION, f"{ME}\n{SESSION}"), Noted),
    (
        "boot-session-after-routes",
        "after a route that needs none",
        swap(SESSION, f"app.get('/up', (q, s) => s.end())\n{SESSION}"),
        RuledOut,
    ),
    ("boot-session-on-subpath", "on /api", swap("app.use(session(", "app.use('/api', session("), Confirmed),
    ("boot-session-on-subpath", "on a path that is not told", swap("app.use(session(", "app.use(PREFIX, session("), RuledOut),
    (
        "boot-session-on-subpath",
        "on the path of all routes",
        swap("'/login'", "'/api/login'", swap("'/me'", "'/api/me'", swap("app.use(session(", "app.use('/api', session("))),
        RuledOut,
    ),
    ("boot-session-middleware-twice", "the first without a store", swap(SESSION, f"{IN_MEMORY}\n{SESSION}"), Confirmed),
    ("boot-session-middleware-twice", "the same twice", swap(SESSION, f"{SESSION}\n{SESSION}"), Noted),
    (
        "boot-session-middleware-twice",
        "one or the other",
        swap(SESSION, f"if (process.env.NODE_ENV === 'production') {{ {SESSION} }} else {{ {IN_MEMORY} }}"),
        RuledOut,
    ),
    (
        "boot-regenerate-lacking",
        "cookie-session with passport",
        swap(SESSION, "app.use(cookieSession({ keys: [process.env.KEY] }))", WITH_PASSPORT),
        Confirmed,
    ),
    (
        "boot-regenerate-lacking",
        "cookie-session without passport",
        swap(SESSION, "app.use(cookieSession({ keys: [process.env.KEY] }))"),
        RuledOut,
    ),
    ("verify-cookie-parser-secret", "another secret", swap(SESSION, f"app.use(cookieParser('other'))\n{SESSION}"), Noted),
    (
        "verify-cookie-parser-secret",
        "the same secret",
        swap(SESSION, f"app.use(cookieParser(process.env.SESSION_SECRET))\n{SESSION}"),
        RuledOut,
    ),
    ("verify-cookie-parser-secret", "none", swap(SESSION, f"app.use(cookieParser())\n{SESSION}"), RuledOut),
    ("verify-cookie-parser-secret", "after the session", swap(SESSION, f"{SESSION}\napp.use(cookieParser('other'))"), RuledOut),
    (
        "verify-cookie-parser-secret",
        "and the header is taken away",
        swap(SESSION, f"app.use(cookieParser('other'), (req, res, next) => {{ delete req.headers.cookie; next() }})\n{SESSION}"),
        Confirmed,
    ),
    ("agree-cors-wildcard", "with credentials", swap(SESSION, f"app.use(cors({{ credentials: true }}))\n{SESSION}"), Noted),
    ("agree-cors-wildcard", "without credentials", swap(SESSION, f"app.use(cors())\n{SESSION}"), Unseen),
    (
        "agree-cors-credentials-not-allowed",
        "origins alone",
        swap(SESSION, f"app.use(cors({{ origin: PAGE }}))\n{SESSION}"),
        Noted,
    ),
    (
        "agree-cors-credentials-not-allowed",
        "origins and credentials",
        swap(SESSION, f"app.use(cors({{ origin: PAGE, credentials: true }}))\n{SESSION}"),
        Unseen,
    ),
    ("agree-rate-limit-answers-401", "its status", HEALTHY + limit("statusCode: 401"), Confirmed),
    ("agree-rate-limit-answers-401", "its handler", HEALTHY + limit("handler: (q, res) => res.status(401).end()"), Confirmed),
    ("agree-rate-limit-answers-401", "429", HEALTHY + limit("limit: 401"), RuledOut),
]
