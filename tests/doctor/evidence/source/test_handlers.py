"""What a handler does with its session, told from code as people write it, with the near misses beside each fault."""

from pathlib import Path

import pytest

from sessile.doctor.facts.source import Deed
from tests.doctor.evidence.source.reading import HEAD, read

CHANGE = "req.session.userId = user.id"

HANDLERS: dict[str, tuple[str, set[Deed]]] = {
    "redirects at once": (f"{CHANGE}; res.redirect('/')", {Deed.ANSWERS_BEFORE_SAVE}),
    "redirects after an if": (f"if (user) {{ {CHANGE} }} res.redirect('/')", {Deed.ANSWERS_BEFORE_SAVE}),
    "redirects inside regenerate": (
        f"req.session.regenerate(err => {{ {CHANGE}; res.redirect('/') }})",
        {Deed.ANSWERS_BEFORE_SAVE},
    ),
    "redirects in the save's callback": (
        f"{CHANGE}; req.session.save(err => {{ if (err) throw err; res.redirect('/') }})",
        set(),
    ),
    "redirects after an awaited save": (
        f"{CHANGE}; await new Promise((ok, no) => req.session.save(e => e ? no(e) : ok())); res.redirect('/')",
        set(),
    ),
    "redirects those who failed": (f"if (!user) return res.redirect('/login'); {CHANGE}; res.json({{}})", set()),
    "redirects in the other branch": (f"if (user) {{ {CHANGE}; res.json(1) }} else {{ res.redirect('/login') }}", set()),
    "redirects in the other branch, by return": (
        f"if (user) {{ {CHANGE}; return res.json(1) }} res.redirect('/login')",
        set(),
    ),
    "keeps where to return to": ("req.session.returnTo = req.url; res.redirect('/login')", set()),
    "logs out": ("req.session.userId = null; res.redirect('/login')", set()),
    "answers with JSON": (f"{CHANGE}; res.json({{ ok: true }})", set()),
    "saves without waiting": (f"{CHANGE}; req.session.save(); res.redirect('/')", {Deed.SAVES_UNAWAITED}),
    "awaits what is no promise": (f"{CHANGE}; await req.session.save(); res.redirect('/')", {Deed.SAVES_UNAWAITED}),
    "saves with a callback and answers beside it": (
        f"{CHANGE}; req.session.save(err => log(err)); res.redirect('/')",
        {Deed.SAVES_UNAWAITED},
    ),
    "answers in the callback and in the branch before": (
        f"if (!user) {{ return res.status(401).end() }} {CHANGE}"
        "; req.session.save(err => { if (err) return next(err); res.end() })",
        set(),
    ),
    "does not look at the save's error": (
        f"{CHANGE}; req.session.save(() => {{ res.redirect('/') }})",
        {Deed.IGNORES_SAVE_ERROR},
    ),
    "names the save's error and does nothing": (
        f"{CHANGE}; req.session.save((err) => {{ res.redirect('/') }})",
        {Deed.IGNORES_SAVE_ERROR},
    ),
    "regenerates without waiting": (
        f"req.session.regenerate(() => {{}}); {CHANGE}; res.json(1)",
        {Deed.REGENERATES_UNAWAITED},
    ),
    "awaits regenerate": (
        f"await new Promise(ok => req.session.regenerate(ok)); {CHANGE}; res.json(1)",
        set(),
    ),
    "changes after the answer": (f"res.json({{ ok: true }}); {CHANGE}", {Deed.CHANGES_AFTER_ANSWER}),
    "changes after the answer, later": (
        f"res.json({{ ok: true }}); setTimeout(() => {{ {CHANGE} }}, 10)",
        {Deed.CHANGES_AFTER_ANSWER},
    ),
    "changes after an awaited call after the answer": (
        f"res.status(200).json(1); await audit(user); {CHANGE}",
        {Deed.CHANGES_AFTER_ANSWER},
    ),
    "answers those who failed without braces": (f"if (!user) return res.sendStatus(401)\n {CHANGE}\n res.json(1)", set()),
    "answers those who failed and returns next": (f"if (!user) {{ res.sendStatus(401); return; }} {CHANGE}; res.json(1)", set()),
    "answers in another branch": (f"if (bad) {{ res.sendStatus(401) }} else {{ {CHANGE}; res.json(1) }}", set()),
    "answers perhaps, and changes": (f"if (early) res.json(1); {CHANGE}; if (!res.headersSent) res.json(1)", set()),
    "answers in a catch": (f"try {{ {CHANGE}; res.json(1) }} catch (e) {{ res.sendStatus(500) }}", set()),
    "replaces the session": ("req.session = { userId: user.id }; res.json(1)", {Deed.REPLACES}),
    "ends a session as cookie-session does": ("req.session = null; res.json(1)", set()),
    "logs out without a callback": ("req.logout(); res.redirect('/')", {Deed.LOGS_OUT_UNAWAITED}),
    "logs out with passport": ("req.logout(err => { if (err) return next(err); res.redirect('/') })", set()),
    "sets a key that the login discards": (
        "req.session.cart = cart; req.login(user, err => { res.json(1) })",
        {Deed.SETS_BEFORE_LOGIN},
    ),
    "keeps the session's keys at login": (
        "req.session.cart = cart; req.login(user, { keepSessionInfo: true }, err => { res.json(1) })",
        set(),
    ),
    "sets a key after the login": ("req.login(user, err => { req.session.cart = cart; res.json(1) })", set()),
    "compares the address": ("if (req.session.ip !== req.ip) return res.sendStatus(401)", {Deed.BINDS_TO_CLIENT}),
    "compares the browser": (
        "if (req.session.ua !== req.headers['user-agent']) return res.sendStatus(401)",
        {Deed.BINDS_TO_CLIENT},
    ),
    "compares the address with a list": ("if (req.ip === blocked) return res.sendStatus(403)", set()),
}
HARMLESS = {
    Deed.CHANGES, Deed.LOGS_IN, Deed.SAVES, Deed.REGENERATES, Deed.LOGS_IN_BY_LIBRARY, Deed.LOGS_OUT,
}  # fmt: skip


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler(tmp_path: Path, name: str) -> None:
    code, faults = HANDLERS[name]
    source = read(tmp_path, app=f"{HEAD}app.post('/login', async (req, res, next) => {{ {code} }})\n")
    assert {act.deed for act in source.acts} - HARMLESS == faults


@pytest.mark.parametrize(
    ("code", "deed"),
    [
        ("app.post('/login', passport.authenticate('local', { session: false }), done)", Deed.WITHOUT_SESSION),
        ("app.get('/api', passport.authenticate('jwt', { session: false }), done)", None),
        ("app.post('/login', passport.authenticate('local'), done)", Deed.LOGS_IN_BY_LIBRARY),
        ("app.use(passport.authenticate('session'))", None),
        ("passport.serializeUser((user, done) => done(null, user.id))", Deed.SERIALIZES),
        ("passport.deserializeUser((id, done) => done(null, { id }))", Deed.DESERIALIZES),
        ("""pool.query(`DELETE FROM "session" WHERE expire < now()`)""", Deed.PRUNES),
        ("pool.query(`DELETE FROM user_sessions\n WHERE expire < to_timestamp($1)`)", Deed.PRUNES),
        ("""pool.query("DELETE FROM session WHERE sess->>'userId' = $1", [id])""", Deed.ENDS_OTHERS),
        ("pool.query('TRUNCATE session')", Deed.DROPS_TABLE),
        ("pool.query('DELETE FROM sessions_of_yoga_classes_booked WHERE id = 1')", None),
        ("sequelize.sync({ force: true })", Deed.DROPS_TABLE),
        ("sequelize.sync({ alter: false })", None),
    ],
)
def test_other_code(tmp_path: Path, code: str, deed: Deed | None) -> None:
    source = read(tmp_path, app=f"{HEAD}{code}\n")
    assert {act.deed for act in source.acts} == ({deed} if deed else set())


@pytest.mark.parametrize(
    ("schema", "drops"),
    [
        ("", True),
        ("export const session = pgTable('session', {})", False),
        ("export default { tablesFilter: ['!session'] }", False),
        ("const store = new Store({ pool, tableName: 'session', createTableIfMissing: true })", True),
        ("const store = new (connectPgSimple(session))({ pool, tableName: 'session' })", True),
        ("sequelize.define('Session', { sid: STRING }, { tableName: 'session' })", False),
        ("new EntitySchema({ tableName: 'session', columns: { sid: { primary: true } } })", False),
    ],
)
def test_a_push_of_a_schema_that_does_not_know_the_table(tmp_path: Path, schema: str, drops: bool) -> None:
    package = '{\n  "scripts": {\n    "build": "drizzle-kit push --force"\n  }\n}'
    source = read(tmp_path, app=HEAD, schema=schema, package=package)
    assert [(str(act.place), act.detail) for act in source.did(Deed.DROPS_TABLE)] == (
        [("package.json:3", "drizzle-kit push")] if drops else []
    )
