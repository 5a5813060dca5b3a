"""A service on Express as code, whole and healthy, and whatever a test changes about it."""

from collections.abc import Callable
from pathlib import Path

from sessile.doctor.facts import Environment, Facts, Log, Unknown
from sessile.doctor.facts.database import Database
from tests.doctor.evidence.source.reading import read
from tests.doctor.facts_builder import NOW

SESSION = """app.use(session({
  secret: process.env.SESSION_SECRET,
  store: new PgStore({ pool }),
  resave: false,
  saveUninitialized: false,
  rolling: true,
  cookie: { secure: 'auto', maxAge: 14 * 24 * 60 * 60 * 1000 },
}))"""
LOGIN = """app.post('/login', async (req, res, next) => {
  const user = await check(req.body)
  if (!user) return res.sendStatus(401)
  req.session.regenerate((err) => {
    if (err) return next(err)
    req.session.userId = user.id
    req.session.save((err) => (err ? next(err) : res.redirect('/')))
  })
})"""
ME = "app.get('/me', (req, res) => res.json({ id: req.session.userId }))"
HEALTHY = f"""import express from 'express'
import session from 'express-session'
import connectPgSimple from 'connect-pg-simple'
import cookieParser from 'cookie-parser'
import cors from 'cors'
import cookieSession from 'cookie-session'
import passport from 'passport'
import pg from 'pg'
const PgStore = connectPgSimple(session)
const pool = new pg.Pool({{ connectionString: process.env.DATABASE_URL }})
const app = express()
app.set('trust proxy', 1)
{SESSION}
{LOGIN}
{ME}
"""
PASSPORT = """app.use(passport.initialize())
app.use(passport.session())
passport.serializeUser((user, done) => done(null, user.id))
passport.deserializeUser((id, done) => done(null, { id }))
app.post('/login', passport.authenticate('local'), (req, res) => res.json({ ok: true }))"""
WITH_PASSPORT = HEALTHY.replace(LOGIN, PASSPORT)
PACKAGE = '{"dependencies": {"passport": "^0.7.0", "express": "^5.1.0"}}'
COOKIE = "cookie: { secure: 'auto', maxAge: 14 * 24 * 60 * 60 * 1000 }"
STORE = "store: new PgStore({ pool })"
SECRET = "process.env.SESSION_SECRET"
CHANGE = "req.session.userId = user.id"
IN_MEMORY = "app.use(session({ secret: process.env.SESSION_SECRET, resave: false, saveUninitialized: false }))"
Case = tuple[str, str, str, type]
"""The id of a cause, what is special, the code, and what must be found."""

Change = Callable[[str], str]


def swap(old: str, new: str, code: str = HEALTHY) -> str:
    """The code with one part replaced, which must be in it."""
    if old not in code:
        raise LookupError(old)
    return code.replace(old, new)


def option(written: str, *, instead: str = "  resave: false,") -> str:
    """The healthy service with an option added to session(), or put in another's place."""
    return swap(instead, f"{instead if instead == '  resave: false,' else ''}\n  {written}")


def login(body: str) -> str:
    """The healthy service with another login, of which this is the body."""
    return swap(LOGIN, f"app.post('/login', async (req, res, next) => {{ const user = await check(req.body); {body} }})")


def facts(
    folder: Path,
    code: str,
    *logs: Log,
    environments: tuple[Environment, ...] = (),
    database: Database | None = None,
    package: str = PACKAGE,
) -> Facts:
    """The facts of such a service, read from its code."""
    return Facts(
        now=NOW,
        database=database or Unknown("no database URL was given"),
        environments=environments,
        logs=logs,
        sources=(read(folder, app=code, package=package),),
    )
