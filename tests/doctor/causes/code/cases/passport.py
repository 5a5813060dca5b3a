"""How passport is set up, and how its logins and logouts are written."""

from sessile.doctor.findings import Confirmed, Noted, RuledOut
from tests.doctor.causes.code.express import WITH_PASSPORT, Case, swap

TWO_FACTOR = "\napp.post('/code', (req, res, next) => req.login(pending(req), next))"


def own_callback(then: str) -> str:
    """A login with passport whose callback is the service's own."""
    callback = f"(err, user) => {{ if (!user) return res.redirect('/login'); {then} }}"
    handler = f"(req, res, next) => {{ passport.authenticate('local', {callback})(req, res, next) }}"
    return swap("passport.authenticate('local'), (req, res) => res.json({ ok: true })", handler, WITH_PASSPORT)


BEFORE = "app.post('/in', (req, res, next) => {{ req.session.{} = 1; req.login(u, next) }})"


CASES: list[Case] = [
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
    (
        "find-logout-without-callback",
        "none",
        WITH_PASSPORT + "app.post('/out', (req, res) => { req.logout(); res.redirect('/') })",
        Noted,
    ),
    ("read-login-not-called", "a callback that answers", own_callback("res.redirect('/')"), Confirmed),
    ("read-login-not-called", "beside a login that does", own_callback("res.redirect('/')") + TWO_FACTOR, Noted),
    ("read-login-not-called", "one that logs in", own_callback("req.logIn(user, (err) => res.redirect('/'))"), RuledOut),
    ("read-login-not-called", "one that leaves it to another", own_callback("finish(req, res, user)"), RuledOut),
    ("read-login-not-called", "one that gives a token", own_callback("res.json({ token: jwt.sign({ id: user.id }) })"), RuledOut),
]
