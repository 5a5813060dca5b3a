"""Faults of how session(), its store and its cookie are set up."""

from typing import Final

from lab.code.faults.fault import CodeFault
from lab.code.faults.lines import COOKIE, SESSION, STORE, moved
from lab.code.service import CodeScene
from lab.scene import SECRET


def _put_a_new_secret_first(scene: CodeScene) -> None:
    app = scene.folder / "app.js"
    whole = app.read_text(encoding="utf-8")
    app.write_text(whole.replace("process.env.SESSION_SECRET,", "process.env.SESSION_SECRETS.split(','),"), encoding="utf-8")
    scene.restart()


FAULTS: Final = (
    CodeFault(
        "secret-list-with-a-blank",
        "verify-secret-list-untrimmed",
        env={"SESSION_SECRETS": f"Zc7kM2pQ9xW4nR6tB8vL1yH3sJ5dF0gA, {SECRET}"},
        meet=_put_a_new_secret_first,
    ),
    CodeFault("session-after-routes", "boot-session-after-routes", moved()),
    CodeFault("session-on-subpath", "boot-session-on-subpath", (("app.use(session(", "app.use('/admin', session("),)),
    CodeFault(
        "store-of-each-request",
        "find-store-made-per-request",
        (
            (SESSION, SESSION.replace("app.use(", "app.use((req, res, next) => ").replace("}));", "})(req, res, next));")),
            (f"  {STORE},\n", ""),
        ),
        also=("boot-memory-store",),
    ),
    CodeFault(
        "session-twice",
        "boot-session-middleware-twice",
        ((SESSION, f"app.use(session({{ secret: 'dev', resave: false, saveUninitialized: false }}));\n{SESSION}"),),
        restarts=1,
        also=("boot-memory-store", "find-sessions-kept-elsewhere"),
    ),
    CodeFault(
        "store-undefined",
        "boot-memory-store",
        ((STORE, "store: process.env.NOPE && new PgStore({ pool })"),),
        restarts=1,
        also=("find-sessions-kept-elsewhere",),
    ),
    CodeFault(
        "store-option-misnamed",
        "boot-store-option-misnamed",
        ((STORE, "store: new PgStore({ pgPool: pool })"), ("process.env.DATABASE_URL", "process.env.SHOP_URL")),
        url="SHOP_URL",
        also=("reach-url-missing",),
    ),
    CodeFault("max-age-on-session", "boot-option-at-wrong-level", ((COOKIE, "maxAge: 3600000"),)),
    CodeFault(
        "max-age-text", "boot-max-age-text", ((COOKIE, "cookie: { maxAge: process.env.MAX_AGE }"),), env={"MAX_AGE": "86400000"}
    ),
    CodeFault("max-age-infinite", "set-max-age-invalid", ((COOKIE, "cookie: { maxAge: Infinity }"),)),
    CodeFault(
        "expires-fixed",
        "live-expires-fixed-at-boot",
        ((COOKIE, "cookie: { expires: new Date(Date.now() - 1000) }"),),
        also=("live-lifetime-too-short",),
    ),
    CodeFault("genid-async", "set-genid-invalid", (("name: 'shop.sid',", "genid: async () => 'a',"),)),
    CodeFault(
        "secure-as-text",
        "set-env-boolean-text",
        ((COOKIE, "cookie: { secure: process.env.COOKIE_SECURE, maxAge: 86400000 }"),),
        env={"COOKIE_SECURE": "false"},
    ),
    CodeFault("url-misspelt", "reach-url-missing", (("process.env.DATABASE_URL", "process.env.DATABSE_URL"),)),
    CodeFault(
        "client-in-failed-transaction",
        "save-transaction-aborted",
        (
            (STORE, "store: new PgStore({ pool: client })"),
            (
                "const PgStore",
                "const client = await pool.connect();\nawait client.query('BEGIN');\n"
                "await client.query('SELECT 1 FROM carts').catch((err) => console.error(err.message));\nconst PgStore",
            ),
        ),
    ),
    CodeFault("touch-disabled", "live-touch-disabled", ((STORE, "store: new PgStore({ pool, disableTouch: true })"),)),
    CodeFault(
        "ttl-of-a-second",
        "live-ttl-shorter-than-cookie",
        ((STORE, "store: new PgStore({ pool, ttl: 1 })"), (COOKIE, "cookie: {}")),
    ),
    CodeFault(
        "cookie-parser-secret",
        "verify-cookie-parser-secret",
        (
            (
                SESSION,
                "app.use(cookieParser('another secret'));\n"
                "app.use((req, res, next) => { delete req.headers.cookie; next(); });\n" + SESSION,
            ),
        ),
    ),
)
