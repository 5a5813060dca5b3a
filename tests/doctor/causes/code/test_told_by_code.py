"""What the code of a service tells of each cause by itself: certain faults, what is only possible, and the near misses."""

import re
from pathlib import Path

import pytest

from sessile.doctor.causes import catalogue
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence, Verdict
from sessile.doctor.evidence.project import project
from sessile.doctor.evidence.source import javascript
from sessile.doctor.facts import Environment, Facts
from sessile.doctor.findings import Confirmed, Finding, Noted, RuledOut, Undecided, Unseen
from tests.doctor.causes.code.express import (
    HEALTHY,
    LOGIN,
    ME,
    SESSION,
    WITH_PASSPORT,
    facts,
    login,
    option,
    swap,
)
from tests.doctor.facts_builder import BOOT, LOGIN as LOGGED_IN, NOW, UNAUTHORIZED, environment, judge, log

LAB = Path(__file__).parents[4] / "lab"
COOKIE = "cookie: { secure: 'auto', maxAge: 14 * 24 * 60 * 60 * 1000 }"
STORE = "store: new PgStore({ pool })"
SECRET = "process.env.SESSION_SECRET"
CHANGE = "req.session.userId = user.id"
IN_MEMORY = "app.use(session({ secret: process.env.SESSION_SECRET, resave: false, saveUninitialized: false }))"
BEFORE = "app.post('/in', (req, res, next) => {{ req.session.{} = 1; req.login(u, next) }})"
COUNTER = "app.get('/n', (req, res) => { req.session.n = 1; res.end() })"
SUFFERING = log(BOOT, LOGGED_IN, UNAUTHORIZED, login_then_401=6)


BACK = "\napp.get('/auth/callback', (req, res) => res.json(req.session.state))"
BY_LINK = "\napp.get('/logout', (req, res) => req.session.destroy(() => res.redirect('/')))"
PREFETCH = """\nconst page = '<link rel="prefetch" href="/logout">'"""
LATE = f"\nasync function begin(req, user) {{ await audit(user); {CHANGE} }}"


def switch(then: str, guard: str = "requireUser, ") -> str:
    """A route that begins another session, for users or for anybody."""
    return f"\napp.post('/org', {guard}(req, res, next) => {{ req.session.regenerate((err) => {{ {then} }}) }})"


def idle(condition: str) -> str:
    """A guard with a limit of idling of its own."""
    begins = "const gone = Date.now() - req.session.seen"
    return f"\napp.use((req, res, next) => {{ {begins}; if ({condition}) return res.sendStatus(401); next() }})"


TWO_FACTOR = "\napp.post('/code', (req, res, next) => req.login(pending(req), next))"


def own_callback(then: str) -> str:
    """A login with passport whose callback is the service's own."""
    callback = f"(err, user) => {{ if (!user) return res.redirect('/login'); {then} }}"
    handler = f"(req, res, next) => {{ passport.authenticate('local', {callback})(req, res, next) }}"
    return swap("passport.authenticate('local'), (req, res) => res.json({ ok: true })", handler, WITH_PASSPORT)


def failing(does: str) -> str:
    """A handler of errors."""
    return f"\napp.use((err, req, res, next) => {{ {does} res.status(500).end() }})"


def handler(does: str, mount: str = "post('/code', requireUser, ") -> str:
    """A handler that is no login, by default a route of users."""
    return f"\napp.{mount}(req, res, next) => {{ {does} }})"


def nulled(mount: str, unset: str = "destroy") -> str:
    """A handler that sets the session to null, where the middleware is told what that means."""
    return option(f"unset: '{unset}',") + handler("req.session = null; next()", mount)


WRONG_CODE = "if (req.body.code !== req.session.code) return req.session.destroy(() => res.sendStatus(403)); res.end()"
PUBLIC = "use('/public', "
EVERY_COOKIE = "for (const name in req.cookies) if (name !== 'lang') res.clearCookie(name); res.end()"
ENDED, CLEARED = "find-ended-by-handler", "send-cleared-by-other-response"


def limit(option: str) -> str:
    """A rate limit before what follows."""
    return f"\nimport {{ rateLimit }} from 'express-rate-limit'\napp.use(rateLimit({{ {option} }}))"


CASES: list[tuple[str, str, str, type]] = [
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
    ("boot-memory-store", "no store", swap(SESSION, IN_MEMORY), Confirmed),
    ("boot-memory-store", "an undefined one", swap(STORE, "store: undefined"), Confirmed),
    ("boot-memory-store", "a store of one's own", swap(STORE, "store: new MyStore()"), Unseen),
    ("boot-memory-store", "options put together elsewhere", swap(SESSION, "app.use(session({ ...options }))"), Unseen),
    ("boot-store-option-misnamed", "a store that a function makes", swap(STORE, "store: storeOf(app)"), Unseen),
    ("boot-store-option-misnamed", "pgPool", swap(STORE, "store: new PgStore({ pgPool: pool })"), Undecided),
    ("boot-store-option-misnamed", "an undefined pool", swap(STORE, "store: new PgStore({ pool: undefined })"), Undecided),
    ("boot-store-option-misnamed", "nothing at all, which means DATABASE_URL", swap(STORE, "store: new PgStore({})"), RuledOut),
    ("boot-store-option-misnamed", "conString", swap(STORE, "store: new PgStore({ conString: url, ttl: 9 })"), RuledOut),
    ("boot-option-at-wrong-level", "maxAge on the session", swap(COOKIE, "maxAge: 3600000"), Noted),
    ("boot-option-at-wrong-level", "the store's on the session", swap(STORE, "conString: process.env.DATABASE_URL"), Noted),
    ("boot-option-at-wrong-level", "proxy on the cookie", swap(COOKIE, "cookie: { proxy: true, maxAge: 3600000 }"), Noted),
    ("boot-option-at-wrong-level", "both", swap(COOKIE, "maxAge: 1, cookie: { maxAge: 3600000 }"), RuledOut),
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
    ("save-response-before-save", "a redirect", login(f"{CHANGE}; res.redirect('/')"), Noted),
    (
        "save-response-before-save",
        "a save that nothing waits for",
        login(f"{CHANGE}; req.session.save(); res.redirect('/')"),
        Noted,
    ),
    ("save-response-before-save", "JSON, whose end waits for the save", login(f"{CHANGE}; res.json({{}})"), RuledOut),
    (
        "save-error-swallowed",
        "a callback that does not look",
        login(f"{CHANGE}; req.session.save(() => res.redirect('/'))"),
        Noted,
    ),
    ("save-regenerate-not-awaited", "beside it", login(f"req.session.regenerate(() => {{}}); {CHANGE}; res.json({{}})"), Noted),
    ("save-changed-after-response", "the user", login(f"res.json({{}}); await audit(); {CHANGE}"), Confirmed),
    (
        "save-changed-after-response",
        "the user, in one branch of two",
        login(f"if (late) {{ res.json({{}}); {CHANGE}; return }}\n{CHANGE}; res.json({{}})"),
        Noted,
    ),
    ("save-changed-after-response", "a counter", login("res.json({}); req.session.count = 1"), Noted),
    ("save-session-replaced", "replaced", login("req.session = { userId: user.id }; res.json({})"), Confirmed),
    ("save-session-replaced", "assigned to", login("Object.assign(req.session, { userId: user.id }); res.json({})"), RuledOut),
    (
        "save-changed-after-response",
        "the user, in a function that nothing waits for",
        login("begin(req, user); res.json({})") + LATE,
        Confirmed,
    ),
    (
        "save-changed-after-response",
        "the user, in a function that is waited for",
        login("await begin(req, user); res.json({})") + LATE,
        RuledOut,
    ),
    (
        "save-changed-after-response",
        "the user, at once in a function that goes on without",
        login("begin(req, user); res.json({})") + LATE.replace("await audit(user); ", ""),
        RuledOut,
    ),
    ("read-user-left-behind", "a switch for users", HEALTHY + switch("req.session.org = org; res.end()"), Confirmed),
    ("read-user-left-behind", "a switch for anybody", HEALTHY + switch("req.session.org = org; res.end()", ""), Noted),
    ("read-user-left-behind", "the user put back", HEALTHY + switch("req.session.userId = userId; res.end()"), RuledOut),
    ("read-user-left-behind", "all put back", HEALTHY + switch("Object.assign(req.session, old); res.end()"), RuledOut),
    ("read-user-left-behind", "put back by a loop", HEALTHY + switch("for (const k in old) req.session[k] = old[k]"), RuledOut),
    ("read-user-left-behind", "put back elsewhere", HEALTHY + switch("req.session.org = org; keep(req, old)"), RuledOut),
    ("read-user-left-behind", "a logout", HEALTHY + switch("res.redirect('/')"), RuledOut),
    ("read-user-left-behind", "nobody logs in", swap(LOGIN, switch("req.session.org = 1; res.end()")), RuledOut),
    ("find-ended-by-error-handler", "any error", HEALTHY + failing("req.session.destroy(() => {});"), Confirmed),
    ("find-ended-by-error-handler", "if there is one", HEALTHY + failing("if (req.session) req.session.destroy();"), Confirmed),
    ("find-ended-by-error-handler", "a logout", HEALTHY + failing("if (req.user) { req.logout(() => {}) }"), Confirmed),
    (
        "find-ended-by-error-handler",
        "a forged token",
        HEALTHY + failing("if (err.code === 'EBADCSRFTOKEN') req.session.destroy();"),
        Noted,
    ),
    ("find-ended-by-error-handler", "none", HEALTHY + failing(""), RuledOut),
    (ENDED, "a wrong code", HEALTHY + handler(WRONG_CODE), Noted),
    (ENDED, "a path", HEALTHY + handler("if (req.path === '/x') { req.logout(next) } else next()", "use("), Noted),
    (ENDED, "set to null", nulled(PUBLIC), Noted),
    (ENDED, "set to null, and the row kept", nulled(PUBLIC, "keep"), RuledOut),
    (ENDED, "a logout by null", nulled("post('/logout', "), RuledOut),
    (ENDED, "a logout of another name", HEALTHY + handler("req.session.destroy(() => res.end())", "post('/bye', "), RuledOut),
    (ENDED, "an account's end", HEALTHY + handler(WRONG_CODE, "post('/account/close', "), RuledOut),
    (ENDED, "a guard", HEALTHY + handler("if (!req.session.userId) { req.session.destroy(next) } else next()", "use("), RuledOut),
    (ENDED, "an age", HEALTHY + handler("if (tooOld(req.session)) { req.session.destroy(next) } else next()", "use("), RuledOut),
    (ENDED, "a failed login", swap("return res.sendStatus(401)", "return req.session.destroy(next)"), RuledOut),
    (ENDED, "an error", HEALTHY + handler("try { f(req.body) } catch { req.session.destroy(next) }"), RuledOut),
    (ENDED, "where nothing else answered", HEALTHY + handler("if (known(req)) return next(); req.logout(f)", "use("), RuledOut),
    (CLEARED, "by its name", HEALTHY + handler("res.clearCookie('connect.sid'); res.end()", "get('/config', "), Noted),
    (CLEARED, "every cookie", HEALTHY + handler(EVERY_COOKIE, "get('/config', "), Noted),
    (
        CLEARED,
        "every cookie of the header",
        HEALTHY + handler("parse(req.headers.cookie).forEach((name) => res.clearCookie(name)); res.end()", "get('/config', "),
        Noted,
    ),
    (CLEARED, "another one", HEALTHY + handler("res.clearCookie('old.sid'); res.end()", "get('/config', "), Unseen),
    (CLEARED, "of a session renamed since", option("name: 'sid',") + handler("res.clearCookie('connect.sid')"), Unseen),
    (CLEARED, "at a logout", HEALTHY + handler("req.session.destroy(() => res.clearCookie('connect.sid'))"), Unseen),
    (CLEARED, "of a guest", HEALTHY + handler("if (!req.session.userId) res.clearCookie('connect.sid'); next()", "use("), Unseen),
    ("agree-rate-limit-answers-401", "its status", HEALTHY + limit("statusCode: 401"), Confirmed),
    ("agree-rate-limit-answers-401", "its handler", HEALTHY + limit("handler: (q, res) => res.status(401).end()"), Confirmed),
    ("agree-rate-limit-answers-401", "429", HEALTHY + limit("limit: 401"), RuledOut),
    (
        "set-cookie-domain-unparseable",
        "an address",
        swap(COOKIE, "cookie: { domain: 'https://shop.example' }"),
        Confirmed,
    ),
    ("set-cookie-domain-unparseable", "a host", swap(COOKIE, "cookie: { domain: '.shop.example' }"), Unseen),
    ("agree-idle-timer", "seconds", HEALTHY + idle("Date.now() - req.session.seen > 30 * 60"), Confirmed),
    ("agree-idle-timer", "seconds by a name", HEALTHY + "\nconst IDLE = 900" + idle("gone >= IDLE"), Confirmed),
    ("agree-idle-timer", "milliseconds", HEALTHY + idle("Date.now() - req.session.seen > 30 * 60 * 1000"), Unseen),
    ("agree-idle-timer", "seconds on both sides", HEALTHY + idle("(Date.now() - req.session.seen) / 1000 > 30 * 60"), Unseen),
    ("agree-idle-timer", "seconds kept", HEALTHY + idle("Date.now() / 1000 - req.session.seen > 30 * 60"), Unseen),
    ("find-logged-out-by-link", "fetched beforehand", HEALTHY + BY_LINK + PREFETCH, Confirmed),
    ("find-logged-out-by-link", "by Next.js", HEALTHY + BY_LINK + PREFETCH.replace('link rel="prefetch"', "Link"), Confirmed),
    ("find-logged-out-by-link", "by nobody", HEALTHY + BY_LINK, Noted),
    (
        "find-logged-out-by-link",
        "switched off",
        HEALTHY + BY_LINK + PREFETCH.replace("link rel", "Link prefetch={false} rel"),
        Noted,
    ),
    ("find-logged-out-by-link", "a POST", HEALTHY + BY_LINK.replace("get", "post") + PREFETCH, RuledOut),
    ("find-logged-out-by-link", "a page before it", HEALTHY + "\napp.get('/logout', (req, res) => res.render('sure'))", RuledOut),
    ("read-login-not-called", "a callback that answers", own_callback("res.redirect('/')"), Confirmed),
    ("read-login-not-called", "beside a login that does", own_callback("res.redirect('/')") + TWO_FACTOR, Noted),
    ("read-login-not-called", "one that logs in", own_callback("req.logIn(user, (err) => res.redirect('/'))"), RuledOut),
    ("read-login-not-called", "one that leaves it to another", own_callback("finish(req, res, user)"), RuledOut),
    ("read-login-not-called", "one that gives a token", own_callback("res.json({ token: jwt.sign({ id: user.id }) })"), RuledOut),
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
    (
        "agree-bound-to-client",
        "by a name",
        swap(ME, "app.use((req, res, n) => { const mark = hash(req.ip); if (req.session.mark !== mark) res.end(); else n() })"),
        Noted,
    ),
    (
        "find-rows-removed",
        "a statement that prunes what lives",
        HEALTHY + "pool.query(`DELETE FROM session WHERE expire < NOW() + INTERVAL '${DAYS} days'`)",
        Noted,
    ),
    ("find-rows-removed", "the wrong way round", HEALTHY + "pool.query('DELETE FROM \"session\" WHERE expire > now()')", Noted),
    (
        "find-rows-removed",
        "a statement that prunes late",
        HEALTHY + "pool.query(`DELETE FROM session WHERE expire < now() - INTERVAL '1 day'`)",
        Unseen,
    ),
    ("set-genid-invalid", "a promise", option("genid: async () => 'a',"), Confirmed),
    ("set-genid-invalid", "the same for all", option("genid: () => 'a',"), Confirmed),
    ("set-genid-invalid", "a random one", option("genid: () => crypto.randomUUID(),"), RuledOut),
    ("set-genid-invalid", "one of the request", option("genid: (req) => req.get('x-id'),"), RuledOut),
    ("set-max-age-invalid", "Infinity", swap(COOKIE, "cookie: { maxAge: Infinity }"), Confirmed),
    ("set-max-age-invalid", "less than nothing", swap(COOKIE, "cookie: { maxAge: -1 }"), Confirmed),
    ("set-max-age-invalid", "Number of a word", swap(COOKIE, "cookie: { maxAge: Number('a day') }"), Confirmed),
    ("set-max-age-invalid", "null, which is none", swap(COOKIE, "cookie: { maxAge: null }"), Unseen),
    ("verify-cookie-parser-secret", "another secret", swap(SESSION, f"app.use(cookieParser('other'))\n{SESSION}"), Noted),
    (
        "verify-cookie-parser-secret",
        "the same secret",
        swap(SESSION, f"app.use(cookieParser(process.env.SESSION_SECRET))\n{SESSION}"),
        RuledOut,
    ),
    ("verify-cookie-parser-secret", "none", swap(SESSION, f"app.use(cookieParser())\n{SESSION}"), RuledOut),
    ("verify-cookie-parser-secret", "after the session", swap(SESSION, f"{SESSION}\napp.use(cookieParser('other'))"), RuledOut),
    ("read-passport-session-missing", "not mounted", swap("app.use(passport.session())\n", "", WITH_PASSPORT), Confirmed),
    (
        "read-passport-session-missing",
        "mounted by its other name",
        swap("passport.session()", "passport.authenticate('session')", WITH_PASSPORT),
        RuledOut,
    ),
    (
        "read-passport-session-missing",
        "mounted after the routes",
        swap("app.use(passport.session())\n", "", WITH_PASSPORT) + "app.use(passport.session())",
        Confirmed,
    ),
    ("read-serialize-missing", "missing", swap("passport.serializeUser", "console.log", WITH_PASSPORT), Confirmed),
    ("read-deserialize-missing", "missing", swap("passport.deserializeUser", "console.log", WITH_PASSPORT), Confirmed),
    (
        "read-passport-session-false",
        "told to keep none",
        swap("'local')", "'local', { session: false })", WITH_PASSPORT),
        Confirmed,
    ),
    (
        "read-passport-session-false",
        "for tokens beside the login",
        WITH_PASSPORT + "app.get('/api', passport.authenticate('jwt', { session: false }), h)",
        RuledOut,
    ),
    ("read-passport-regenerates", "the user's key", WITH_PASSPORT + BEFORE.format("userId"), Confirmed),
    ("read-passport-regenerates", "a cart", WITH_PASSPORT + BEFORE.format("cart"), Noted),
    ("read-resave-overwrites", "on", swap("resave: false", "resave: true"), Noted),
    ("read-resave-overwrites", "not given", swap("  resave: false,\n", ""), Noted),
    ("read-both-modify", "a counter", login(f"{CHANGE}; res.json({{}})") + COUNTER, Noted),
    ("read-both-modify", "a counter beside logins that regenerate", HEALTHY + COUNTER, RuledOut),
    (
        "find-logout-without-callback",
        "none",
        WITH_PASSPORT + "app.post('/out', (req, res) => { req.logout(); res.redirect('/') })",
        Noted,
    ),
    (
        "find-single-session",
        "deletes the others",
        login(f"await pool.query(`DELETE FROM session WHERE sess->>'userId' = $1`, [user.id]); {CHANGE}; res.json({{}})"),
        Noted,
    ),
    ("agree-bound-to-client", "its address", swap("=> res.json({ id", "=> req.session.ip !== req.ip && res.json({ id"), Noted),
    ("live-expires-fixed-at-boot", "a date", swap(COOKIE, "cookie: { expires: new Date(Date.now() + 3600000) }"), Confirmed),
    (
        "live-expires-fixed-at-boot",
        "a date beside maxAge",
        swap(COOKIE, "cookie: { expires: new Date(Date.now() + 3600000), maxAge: 3600000 }"),
        RuledOut,
    ),
    (
        "live-ttl-shorter-than-cookie",
        "a minute",
        swap(COOKIE, "cookie: {}", swap(STORE, "store: new PgStore({ pool, ttl: 60 })")),
        Confirmed,
    ),
    (
        "live-ttl-shorter-than-cookie",
        "milliseconds",
        swap(COOKIE, "cookie: {}", swap(STORE, "store: new PgStore({ pool, ttl: 7 * 24 * 60 * 60 * 1000 })")),
        Noted,
    ),
    (
        "live-ttl-shorter-than-cookie",
        "a minute that maxAge replaces",
        swap(STORE, "store: new PgStore({ pool, ttl: 60 })"),
        RuledOut,
    ),
    ("live-touch-disabled", "with rolling", swap(STORE, "store: new PgStore({ pool, disableTouch: true })"), Confirmed),
    (
        "live-touch-disabled",
        "without rolling",
        swap("rolling: true", "rolling: false", swap(STORE, "store: new PgStore({ pool, disableTouch: true })")),
        Noted,
    ),
    (
        "live-touch-disabled",
        "with resave, which saves",
        swap("resave: false", "resave: true", swap(STORE, "store: new PgStore({ pool, disableTouch: true })")),
        RuledOut,
    ),
    ("send-browser-session-cookie", "no maxAge", swap(COOKIE, "cookie: { secure: 'auto' }"), Noted),
    (
        "send-cookie-not-renewed",
        "an hour",
        swap("14 * 24 * 60 * 60 * 1000", "60 * 60 * 1000", swap("rolling: true", "rolling: false")),
        Noted,
    ),
    ("send-cookie-not-renewed", "an hour, renewed", swap("14 * 24 * 60 * 60 * 1000", "60 * 60 * 1000"), RuledOut),
    ("verify-secret-random-per-boot", "a random one", swap(SECRET, "crypto.randomBytes(32).toString('hex')"), Confirmed),
    ("verify-secret-random-per-boot", "a fixed one", swap(SECRET, "'b5c1f0d2a7e94c83'"), Unseen),
    ("verify-secret-known-default", "a default in the code", swap(SECRET, f"{SECRET} || 'keyboard cat'"), Noted),
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
    ("set-headers-already-sent", "a stream", login(f"res.write(' '); {CHANGE}; res.end()"), Noted),
    ("find-rows-removed", "a statement that empties the table", HEALTHY + "pool.query('TRUNCATE session')", Noted),
    ("find-rows-removed", "a statement that prunes", HEALTHY + "pool.query('DELETE FROM session WHERE expire < now()')", Unseen),
    ("live-max-age-in-seconds", "an hour in seconds", swap("14 * 24 * 60 * 60 * 1000", "3600"), Confirmed),
    ("live-max-age-in-seconds", "two minutes", swap("14 * 24 * 60 * 60 * 1000", "2 * 60 * 1000"), Unseen),
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
    (
        "verify-cookie-parser-secret",
        "and the header is taken away",
        swap(SESSION, f"app.use(cookieParser('other'), (req, res, next) => {{ delete req.headers.cookie; next() }})\n{SESSION}"),
        Confirmed,
    ),
]


@pytest.mark.parametrize(
    ("cause", "code", "finding"),
    [pytest.param(cause, code, finding, id=f"{cause}: {what}") for cause, what, code, finding in CASES],
)
def test_what_the_code_alone_tells(tmp_path: Path, cause: str, code: str, finding: type) -> None:
    known = facts(tmp_path, code)
    assert isinstance(judge(cause, known), finding), judge(cause, known)
    diagnosis = diagnose(known)
    if finding is Confirmed:
        assert diagnosis.verdict is Verdict.SICK
        assert diagnosis.causes[0].cause.id == cause
        assert "app.js:" in diagnosis.causes[0].evidence[0].pointer
    elif finding in (Noted, RuledOut):
        assert cause not in {suspect.cause.id for suspect in diagnosis.causes}


@pytest.mark.parametrize("code", [HEALTHY, WITH_PASSPORT], ids=["its own login", "passport"])
def test_healthy_code_gives_no_cause_and_no_remark(tmp_path: Path, code: str) -> None:
    diagnosis = diagnose(facts(tmp_path, code))
    assert [suspect.cause.id for suspect in diagnosis.causes] == []
    assert [note.id for note in diagnosis.notes] == []
    assert diagnosis.verdict is Verdict.HEALTHY


SURE = (Confidence.CONFIRMED, Confidence.VERY_LIKELY)


@pytest.mark.parametrize(
    ("cause", "code"),
    [pytest.param(cause, code, id=f"{cause}: {what}") for cause, what, code, finding in CASES if finding is Confirmed],
)
def test_without_its_own_file_no_other_cause_is_sure(tmp_path: Path, cause: str, code: str) -> None:
    others = [one for one in catalogue() if one.id != cause]
    diagnosis = diagnose(facts(tmp_path, code, SUFFERING), others)
    assert [one.cause.id for one in diagnosis.causes if one.confidence in SURE] == []
    assert diagnosis.verdict is not Verdict.HEALTHY
    assert diagnosis.next


EDITS = [
    ("boot-session-on-subpath", swap("app.use(session(", "app.use('/api', session("), "app.use(session({"),
    (
        "read-passport-session-missing",
        swap("app.use(passport.session())\n", "", WITH_PASSPORT),
        "app.use(passport.initialize())\napp.use(passport.session());",
    ),
    (
        "read-passport-session-false",
        swap("'local')", "'local', { session: false })", WITH_PASSPORT),
        "app.post('/login', passport.authenticate('local'), (req, res) => res.json({ ok: true }))",
    ),
    ("set-genid-invalid", option("genid: async () => 'a',"), ""),
    (
        "live-max-age-in-seconds",
        swap("14 * 24 * 60 * 60 * 1000", "60 * 60"),
        "cookie: { secure: 'auto', maxAge: 60 * 60 * 1000 },",
    ),
    ("live-touch-disabled", swap(STORE, "store: new PgStore({ pool, disableTouch: true })"), "store: new PgStore({ pool }),"),
    (
        "live-expires-fixed-at-boot",
        swap(COOKIE, "cookie: { expires: new Date(Date.now() + 60 * 1000) }"),
        "cookie: { maxAge: 60 * 1000 },",
    ),
    ("boot-max-age-text", swap(COOKIE, "cookie: { maxAge: '86400000' }"), "cookie: { maxAge: Number('86400000') },"),
]


@pytest.mark.parametrize(("cause", "code", "after"), EDITS, ids=[cause for cause, _, _ in EDITS])
def test_the_fix_is_an_edit_of_the_service_s_own_line(tmp_path: Path, cause: str, code: str, after: str) -> None:
    suspect = diagnose(facts(tmp_path, code)).causes[0]
    assert suspect.cause.id == cause
    own = suspect.cause.remedy.changes[0]
    assert (own.where.partition(":")[0], own.after) == ("app.js", after)
    assert own.before in code
    mended = "\n".join(after if line.strip() == own.before else line for line in code.splitlines())
    assert cause not in {one.cause.id for one in diagnose(facts(tmp_path, mended)).causes}


@pytest.mark.parametrize("folder", ["express", "code/shop", "code/passport_shop"])
def test_the_lab_s_own_services_are_healthy_by_their_code(folder: str) -> None:
    (source,) = javascript.read(project(LAB / folder))
    diagnosis = diagnose(Facts(now=NOW, sources=(source,)))
    assert [suspect.cause.id for suspect in diagnosis.causes] == []
    assert diagnosis.verdict is Verdict.HEALTHY


def test_what_code_only_allows_becomes_a_suspect_when_users_suffer(tmp_path: Path) -> None:
    code = login(f"{CHANGE}; res.redirect('/')")
    assert isinstance(judge("save-response-before-save", facts(tmp_path, code)), Noted)
    assert isinstance(judge("save-response-before-save", facts(tmp_path, code, SUFFERING)), Undecided)


SWITCH = swap(COOKIE, "cookie: { secure: process.env.COOKIE_SECURE, maxAge: 1e9 }")


@pytest.mark.parametrize(
    ("given", "finding"),
    [({"COOKIE_SECURE": "false"}, Confirmed), ({"COOKIE_SECURE": "true"}, RuledOut), ({}, RuledOut)],
    ids=["false", "true", "not set"],
)
def test_a_switch_of_the_environment_that_is_a_text(tmp_path: Path, given: dict[str, str], finding: type) -> None:
    known = facts(tmp_path, SWITCH, environments=(environment(*given, words=given),))
    assert isinstance(judge("set-env-boolean-text", known), finding)


@pytest.mark.parametrize(
    ("names", "cause_first"),
    [((), True), (("DATABASE_URL",), False)],
)
def test_a_misnamed_pool_matters_where_no_database_url_stands_in(
    tmp_path: Path, names: tuple[str, ...], cause_first: bool
) -> None:
    code = swap(STORE, "store: new PgStore({ pgPool: pool })")
    known = facts(tmp_path, code, environments=(environment("PORT", *names),))
    found = judge("boot-store-option-misnamed", known)
    assert isinstance(found, Confirmed if cause_first else Noted)


def test_node_env_decides_over_the_store_and_the_flags(tmp_path: Path) -> None:
    code = swap(STORE, "store: process.env.NODE_ENV === 'production' ? new PgStore({ pool }) : undefined")

    def found(node_env: str | None) -> tuple[Finding, Finding]:
        words = {"NODE_ENV": node_env} if node_env else {}
        given = Environment(source=".env", names=("PORT", *words), node_env=node_env, words=words)
        known = facts(tmp_path, code, SUFFERING, environments=(given,))
        return judge("boot-memory-store", known), judge("set-node-env-unset", known)

    assert [type(one) for one in found("development")] == [Confirmed, Noted]
    assert isinstance(found("production")[1], RuledOut)
    assert not isinstance(found(None)[0], Confirmed)


def test_no_secret_of_the_code_is_shown(tmp_path: Path) -> None:
    code = swap("process.env.SESSION_SECRET", "process.env.SESSION_SECRET || 'hunter2-hunter2'")
    code = swap(SESSION.splitlines()[0], f"app.use(cookieParser('hunter3-hunter3'))\n{SESSION.splitlines()[0]}", code)
    code = swap("connectionString: process.env.DATABASE_URL", "connectionString: 'postgres://app:hunter4@db.example/shop'", code)
    known = facts(tmp_path, code)
    assert "hunter" not in repr(known)
    assert "hunter" not in repr(diagnose(known))


def test_every_cause_told_by_code_has_a_test() -> None:
    folder = Path(__file__).parents[1]
    tests = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("test_*.py"))
    told = {cause.id for cause in catalogue() if _looks_at_code(cause.judge.__module__)}
    assert len(told) > 30
    assert {cause for cause in told if f'"{cause}"' not in tests} == set()


def _looks_at_code(module: str) -> bool:
    path = Path(__file__).parents[4] / "src" / Path(*module.split(".")).with_suffix(".py")
    imports = r"^from sessile\.doctor\.causes import .*\bcode\b"
    return path.is_file() and re.search(imports, path.read_text(encoding="utf-8"), re.MULTILINE) is not None
