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

AS_OBJECT = "read-user-looked-up-as-object"
VERIFIES = "\npassport.use(new Strategy(async (email, password, done) => done(null, (await check(email)) || false)))"
WITH_USER = "\npassport.use(new Strategy((email, password, done) => { const user = check(email); done(null, user || false) }))"


def kept(stored: str, found: str, more: str = "") -> str:
    """A login with passport that keeps and finds its users in such a way."""
    code = swap("(user, done) => done(null, user.id)", f"(user, done) => done(null, {stored})", WITH_PASSPORT)
    return swap("(id, done) => done(null, { id })", found, code) + more


CASES: list[Case] = [
    (
        AS_OBJECT,
        "by its id",
        kept("{ id: user.id, role: user.role }", "async (id, done) => done(null, await byId(id))"),
        Confirmed,
    ),
    (
        AS_OBJECT,
        "in a query",
        kept("{ id: user.id }", "async (id, done) => { const { rows } = await pool.query(SQL, [id]); done(null, rows[0]) }"),
        Confirmed,
    ),
    (AS_OBJECT, "compared", kept("{ id: 1 }", "(id, done) => done(null, users.find((u) => u.id === id) || null)"), Confirmed),
    (AS_OBJECT, "in a map", kept("{ id: user.id }", "(id, done) => done(null, users.get(id))"), Confirmed),
    (
        AS_OBJECT,
        "of Prisma",
        kept("{ id: 1 }", "async (id, done) => done(null, await u.findUnique({ where: { id } }))"),
        Confirmed,
    ),
    (AS_OBJECT, "the whole user", kept("user", "(id, done) => done(null, users.get(id))", WITH_USER), Confirmed),
    (AS_OBJECT, "what a strategy answers", kept("user", "(id, done) => done(null, users.get(id))", VERIFIES), RuledOut),
    (AS_OBJECT, "whole, and no strategy", kept("user", "(id, done) => done(null, users.get(id))"), RuledOut),
    (
        AS_OBJECT,
        "whole, with mongoose",
        kept("user", "(id, done) => User.findById(id).then((u) => done(null, u))", WITH_USER + "\nimport User from 'mongoose'"),
        RuledOut,
    ),
    (AS_OBJECT, "its id taken", kept("{ id: user.id }", "async (user, done) => done(null, await byId(user.id))"), RuledOut),
    (AS_OBJECT, "destructured", kept("{ id: user.id }", "async ({ id }, done) => done(null, await byId(id))"), RuledOut),
    (
        AS_OBJECT,
        "destructured later",
        kept("user", "(kept, done) => { const { id } = kept; byId(id, done) }", WITH_USER),
        RuledOut,
    ),
    (AS_OBJECT, "handed on", kept("{ id: user.id }", "(user, done) => done(null, user)"), RuledOut),
    (
        AS_OBJECT,
        "both",
        kept("{ id: 1 }", "async (id, done) => done(null, await byId(typeof id === 'object' ? id.id : id))"),
        RuledOut,
    ),
    (AS_OBJECT, "an id", kept("user.id", "async (id, done) => done(null, await byId(id))"), RuledOut),
    (
        AS_OBJECT,
        "a look-up that takes objects",
        kept("{ id: 1 }", "async (id, done) => done(null, await byId(id))", "\nfunction byId(key) { return users[key.id] }"),
        RuledOut,
    ),
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
