"""What ends a session, or takes its cookie away, without a logout."""

from sessile.doctor.findings import Confirmed, Noted, RuledOut, Unseen
from tests.doctor.causes.code.express import CHANGE, HEALTHY, ME, Case, login, option, swap

BY_LINK = "\napp.get('/logout', (req, res) => req.session.destroy(() => res.redirect('/')))"
PREFETCH = """\nconst page = '<link rel="prefetch" href="/logout">'"""


def idle(condition: str) -> str:
    """A guard with a limit of idling of its own."""
    begins = "const gone = Date.now() - req.session.seen"
    return f"\napp.use((req, res, next) => {{ {begins}; if ({condition}) return res.sendStatus(401); next() }})"


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


CASES: list[Case] = [
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
    ("find-rows-removed", "a statement that empties the table", HEALTHY + "pool.query('TRUNCATE session')", Noted),
    ("find-rows-removed", "a statement that prunes", HEALTHY + "pool.query('DELETE FROM session WHERE expire < now()')", Unseen),
    (
        "find-single-session",
        "deletes the others",
        login(f"await pool.query(`DELETE FROM session WHERE sess->>'userId' = $1`, [user.id]); {CHANGE}; res.json({{}})"),
        Noted,
    ),
    ("agree-idle-timer", "seconds", HEALTHY + idle("Date.now() - req.session.seen > 30 * 60"), Confirmed),
    ("agree-idle-timer", "seconds by a name", HEALTHY + "\nconst IDLE = 900" + idle("gone >= IDLE"), Confirmed),
    ("agree-idle-timer", "milliseconds", HEALTHY + idle("Date.now() - req.session.seen > 30 * 60 * 1000"), Unseen),
    ("agree-idle-timer", "seconds on both sides", HEALTHY + idle("(Date.now() - req.session.seen) / 1000 > 30 * 60"), Unseen),
    ("agree-idle-timer", "seconds kept", HEALTHY + idle("Date.now() / 1000 - req.session.seen > 30 * 60"), Unseen),
    (
        "agree-bound-to-client",
        "by a name",
        swap(ME, "app.use((req, res, n) => { const mark = hash(req.ip); if (req.session.mark !== mark) res.end(); else n() })"),
        Noted,
    ),
    ("agree-bound-to-client", "its address", swap("=> res.json({ id", "=> req.session.ip !== req.ip && res.json({ id"), Noted),
]
