// The peer: Express with express-session on connect-pg-simple, set up as their READMEs advise.
import { readFileSync } from 'node:fs';
import connectPgSimple from 'connect-pg-simple';
import express from 'express';
import session from 'express-session';
import pg from 'pg';

const FOURTEEN_DAYS_MS = 14 * 24 * 60 * 60 * 1000;

const { SESSIONS, DATABASE_URL, SESSION_SECRET, POOL_MAX, PORT } = process.env;
const profile = JSON.parse(readFileSync(new URL('../profile.json', import.meta.url)));

const app = express();
app.disable('x-powered-by');

function withoutSessions() {
  app.get('/me', (req, res) => {
    res.json({ userId: 1, name: profile.name });
  });
}

function withSessions() {
  const PgStore = connectPgSimple(session);
  const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL_MAX) });
  app.use(session({
    store: new PgStore({ pool, disableTouch: SESSIONS === 'untouched' }),
    secret: SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: FOURTEEN_DAYS_MS, sameSite: 'lax' },
  }));

  app.get('/me', requireUser, (req, res) => {
    res.json({ userId: req.session.userId, name: req.session.name });
  });

  app.get('/count', requireUser, (req, res) => {
    req.session.count += 1;
    res.json({ count: req.session.count });
  });

  app.post('/login', (req, res) => {
    Object.assign(req.session, { userId: 1, ...profile });
    res.json({ userId: 1 });
  });
}

function requireUser(req, res, next) {
  if (!req.session.userId) return res.status(401).json({ error: 'not logged in' });
  next();
}

if (SESSIONS === 'none') withoutSessions();
else withSessions();

app.listen(Number(PORT), '127.0.0.1', (err) => {
  if (err) throw err;
});
