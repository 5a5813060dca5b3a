"""Each fault: the edit that makes it, how people meet it, and the cause that the doctor must name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from lab.code.service import CodeScene, Edit
from lab.scene import SECRET

Act = Callable[[CodeScene], None]


@dataclass(frozen=True)
class CodeFault:
    """One fault, or a healthy control where `cause` is "".

    `also` are causes that are true as well, and may stand first where the code was not seen.
    `note` is the remark that must stand in the report where the code logs nobody out by itself. `meet` acts once the first
    people were there, `restarts` follow. `env` is what the .env file says besides the secret and
    the database, which has the name `url` there.
    """

    name: str
    cause: str
    edits: tuple[Edit, ...] = ()
    shop: str = "shop"
    also: tuple[str, ...] = ()
    note: str = ""
    env: dict[str, str] = field(default_factory=dict)
    url: str = "DATABASE_URL"
    meet: Act | None = None
    restarts: int = 0


SESSION: Final = """app.use(session({
  name: 'shop.sid',
  secret: process.env.SESSION_SECRET,
  store: new PgStore({ pool }),
  resave: false,
  saveUninitialized: false,
  rolling: true,
  cookie: { secure: 'auto', maxAge: 14 * 24 * 60 * 60 * 1000 },
}));
"""
STORE: Final = "store: new PgStore({ pool })"
COOKIE: Final = "cookie: { secure: 'auto', maxAge: 14 * 24 * 60 * 60 * 1000 }"
LOGIN: Final = """  req.session.regenerate((err) => {
    if (err) return next(err);
    req.session.userId = user.id;
    req.session.save((err) => {
      if (err) return next(err);
      res.json({ ok: true });
    });
  });
"""
LISTEN: Final = "const server = app.listen"
LOCAL: Final = "passport.authenticate('local')"
GUARD: Final = "  if (!req.session.userId)"


def _moved() -> tuple[Edit, ...]:
    """The session middleware behind all routes."""
    return ((SESSION, ""), (LISTEN, f"{SESSION}{LISTEN}"))


def _login(*lines: str) -> tuple[Edit, ...]:
    return ((LOGIN, "".join(f"  {line}\n" for line in lines)),)


def _slow_saves(scene: CodeScene) -> None:
    scene.sql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.4); RETURN NEW; END'",
        "CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON session FOR EACH ROW EXECUTE FUNCTION slow()",
    )


def _users_loaded_anew(scene: CodeScene) -> None:
    scene.sql(
        "UPDATE session SET sess = jsonb_set(sess::jsonb, '{passport,user}', '99') WHERE sid = (SELECT min(sid) FROM session)"
    )


def _mend_cookie(scene: CodeScene) -> None:
    """A deploy with other options for the cookie, which is renewed with every answer."""
    app = scene.folder / "app.js"
    app.write_text(app.read_text(encoding="utf-8").replace(COOKIE, f"cookie: {{ sameSite: 'lax', {COOKIE[len('cookie: {') :]}"))
    scene.restart()


def _users_lost_for_a_moment(scene: CodeScene) -> None:
    """Everybody asks while the users cannot be looked up, which the service takes for users who do not exist."""
    (scene.folder / "trouble").touch()
    scene.people_come_back()
    (scene.folder / "trouble").unlink()


REDIRECT: Final = "if (req.query.go) res.redirect(303, '/api/me');"
PASSPORT: Final = "passport_shop"
DESERIALIZE: Final = "passport.deserializeUser((id, done) => done(null, users.find((user) => user.id === id) || null));\n"
LOGOUT: Final = "req.logout((err) => (err ? next(err) : res.json({ ok: true })));"
FAULTS: Final = (
    CodeFault("session-after-routes", "boot-session-after-routes", _moved()),
    CodeFault("session-on-subpath", "boot-session-on-subpath", (("app.use(session(", "app.use('/admin', session("),)),
    CodeFault(
        "session-twice",
        "boot-session-middleware-twice",
        ((SESSION, f"app.use(session({{ secret: 'dev', resave: false, saveUninitialized: false }}));\n{SESSION}"),),
        restarts=1,
        also=("boot-memory-store",),
    ),
    CodeFault("store-undefined", "boot-memory-store", ((STORE, "store: process.env.NOPE && new PgStore({ pool })"),), restarts=1),
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
    CodeFault("expires-fixed", "live-expires-fixed-at-boot", ((COOKIE, "cookie: { expires: new Date(Date.now() - 1000) }"),)),
    CodeFault("genid-async", "set-genid-invalid", (("name: 'shop.sid',", "genid: async () => 'a',"),)),
    CodeFault(
        "secure-as-text",
        "set-env-boolean-text",
        ((COOKIE, "cookie: { secure: process.env.COOKIE_SECURE, maxAge: 86400000 }"),),
        env={"COOKIE_SECURE": "false"},
    ),
    CodeFault(
        "changed-after-response",
        "save-changed-after-response",
        _login("res.json({ ok: true });", "setTimeout(() => { req.session.userId = user.id; }, 20);"),
    ),
    CodeFault(
        "helper-not-awaited",
        "save-changed-after-response",
        (
            *_login("begin(req, user);", "res.json({ ok: true });"),
            (
                "function requireUser",
                "async function begin(req, user) {\n  await pool.query('SELECT 1');\n  req.session.userId = user.id;\n}\n\n"
                "function requireUser",
            ),
        ),
    ),
    CodeFault(
        "user-left-behind",
        "read-user-left-behind",
        (
            (
                "  req.session.company = req.body.company;\n  res.json({ saved: true });",
                "  const { company } = req.body;\n  req.session.regenerate(() => {\n    req.session.company = company;\n"
                "    res.json({ saved: true });\n  });",
            ),
        ),
    ),
    CodeFault(
        "idle-limit-in-seconds",
        "agree-idle-timer",
        (
            (
                GUARD,
                "  if (Date.now() - req.session.seen > 1) return res.status(401).end();\n"
                "  req.session.seen = Date.now();\n" + GUARD,
            ),
        ),
    ),
    CodeFault(
        "logout-fetched-beforehand",
        "find-logged-out-by-link",
        (
            (
                "app.post('/api/auth/logout'",
                "app.get('/account', (req, res) => res.send('<link rel=\"prefetch\" href=\"/logout\">'));\n"
                "app.get('/logout', (req, res) => req.session.destroy(() => res.redirect('/')));\napp.post('/api/auth/logout'",
            ),
        ),
    ),
    CodeFault(
        "ended-by-error-handler",
        "find-ended-by-error-handler",
        (("  if (res.headersSent)", "  if (req.session) req.session.destroy(() => {});\n  if (res.headersSent)"),),
    ),
    CodeFault("url-misspelt", "reach-url-missing", (("process.env.DATABASE_URL", "process.env.DATABSE_URL"),)),
    CodeFault("users-loaded-anew", "read-user-unknown", ((" || null));", "));"),), PASSPORT, meet=_users_loaded_anew),
    CodeFault(
        "bigint-in-session",
        "save-not-serializable",
        (("req.session.userId = user.id;", "req.session.userId = BigInt(user.id);"),),
    ),
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
    CodeFault(
        "session-replaced", "save-session-replaced", _login("req.session = { userId: user.id };", "res.json({ ok: true });")
    ),
    CodeFault("touch-disabled", "live-touch-disabled", ((STORE, "store: new PgStore({ pool, disableTouch: true })"),)),
    CodeFault(
        "ttl-of-a-second",
        "live-ttl-shorter-than-cookie",
        ((STORE, "store: new PgStore({ pool, ttl: 1 })"), (COOKIE, "cookie: {}")),
    ),
    CodeFault(
        "bound-to-address",
        "agree-bound-to-client",
        (
            (GUARD, "  if (req.session.ip !== req.ip || !req.session.userId)"),
            ("req.session.userId = user.id;", "req.session.userId = user.id; req.session.ip = 'of the first proxy';"),
        ),
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
    CodeFault("passport-session-missing", "read-passport-session-missing", (("app.use(passport.session());\n", ""),), PASSPORT),
    CodeFault(
        "passport-serialize-missing",
        "read-serialize-missing",
        (("passport.serializeUser((user, done) => done(null, user.id));\n", ""),),
        PASSPORT,
    ),
    CodeFault("passport-deserialize-missing", "read-deserialize-missing", ((DESERIALIZE, ""),), PASSPORT),
    CodeFault(
        "passport-deserialize-fails",
        "read-deserialize-fails",
        ((DESERIALIZE, "passport.deserializeUser((id, done) => done(null, users.byId[id]));\n"),),
        PASSPORT,
    ),
    CodeFault(
        "passport-session-false",
        "read-passport-session-false",
        ((LOCAL, "passport.authenticate('local', { session: false })"),),
        PASSPORT,
    ),
    CodeFault(
        "passport-on-cookie-session",
        "boot-regenerate-lacking",
        ((SESSION, "app.use(cookieSession({ keys: [process.env.SESSION_SECRET] }));\n"),),
        PASSPORT,
    ),
    CodeFault(
        "passport-user-erased",
        "read-user-erased",
        (
            ("import pg from 'pg';", "import pg from 'pg';\nimport { existsSync } from 'node:fs';"),
            (DESERIALIZE, DESERIALIZE.replace("users.find", "!existsSync('trouble') && users.find")),
        ),
        PASSPORT,
        meet=_users_lost_for_a_moment,
    ),
    CodeFault(
        "passport-login-not-called",
        "read-login-not-called",
        (
            (
                f"{LOCAL}, (req, res) => res.json({{ ok: true }}))",
                "(req, res, next) => {\n  passport.authenticate('local', (err, user) => {\n"
                "    if (err) return next(err);\n    res.status(user ? 200 : 401).json({ ok: !!user });\n"
                "  })(req, res, next);\n})",
            ),
        ),
        PASSPORT,
    ),
    CodeFault("passport-after-routes", "boot-session-after-routes", _moved(), PASSPORT),
    CodeFault(
        "passport-regenerates",
        "read-passport-regenerates",
        (
            (
                f"{LOCAL}, (req, res) => res.json({{ ok: true }}))",
                "passport.authenticate('local', { session: false }), (req, res, next) => {\n"
                "  req.session.userId = req.user.id;\n"
                "  req.login(req.user, (err) => (err ? next(err) : res.json({ ok: true })));\n})",
            ),
            ("if (!req.isAuthenticated())", "if (!req.session.userId)"),
        ),
        PASSPORT,
    ),
)
CONTROLS: Final = (
    CodeFault(
        "redirect-before-save",
        "",
        _login("req.session.userId = user.id;", REDIRECT, "else res.json({ ok: true });"),
        note="save-response-before-save",
        meet=_slow_saves,
    ),
    CodeFault("healthy", ""),
    CodeFault("healthy-with-passport", "", shop=PASSPORT),
    CodeFault(
        "node-env-of-development",
        "",
        ((COOKIE, "cookie: { secure: process.env.NODE_ENV === 'production', maxAge: 86400000 }"),),
        env={"NODE_ENV": "development"},
        note="set-node-env-unset",
    ),
    CodeFault(
        "change-beside-regenerate",
        "",
        _login("req.session.regenerate(() => {});", "req.session.userId = user.id;", "res.json({ ok: true });"),
        note="save-regenerate-not-awaited",
    ),
    CodeFault("resave", "", (("resave: false", "resave: true"),), note="read-resave-overwrites"),
    CodeFault(
        "json-before-save", "", _login("req.session.userId = user.id;", "res.json({ ok: true });"), note="read-both-modify"
    ),
    CodeFault("browser-session", "", ((COOKIE, "cookie: {}"),), note="send-browser-session-cookie"),
    CodeFault(
        "an-hour-not-renewed",
        "",
        (("rolling: true,\n", ""), ("14 * 24 * 60 * 60 * 1000", "60 * 60 * 1000")),
        note="send-cookie-not-renewed",
    ),
    CodeFault(
        "a-route-before",
        "",
        ((SESSION, f"app.get('/who', (req, res) => res.json(req.session?.userId));\n{SESSION}"),),
        note="boot-session-after-routes",
    ),
    CodeFault(
        "logout-without-callback", "", ((LOGOUT, "req.logout(); res.end();"),), PASSPORT, note="find-logout-without-callback"
    ),
    CodeFault(
        "single-session",
        "",
        (
            (
                "    req.session.userId = user.id;",
                """    pool.query(`DELETE FROM session WHERE sess->>'userId' = $1`, [0]);
    req.session.userId = user.id;""",
            ),
        ),
        note="find-single-session",
    ),
    CodeFault("cookie-options-changed", "", meet=_mend_cookie, note="set-row-attributes-stale"),
    CodeFault("secret-in-code", "", (("secret: process.env.SESSION_SECRET", f"secret: '{SECRET}'"),)),
)
