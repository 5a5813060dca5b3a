// An Express service whose handlers wait, the session loaded, until they are told to go on.
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

const require = createRequire(new URL('../express/package.json', import.meta.url));
const connectPgSimple = require('connect-pg-simple');
const express = require('express');
const session = require('express-session');
const pg = require('pg');

const { DATABASE_URL, SESSION_SECRET, COOKIE_NAME, INSTANCE } = process.env;
const FOURTEEN_DAYS_MS = 14 * 24 * 60 * 60 * 1000;

const pool = new pg.Pool({ connectionString: DATABASE_URL, application_name: INSTANCE });
pool.on('error', (err) => console.error('Unexpected error on idle client', err.message));

class Gate {
  arrival = new Promise((resolve) => { this.arrive = resolve; });
  opening = new Promise((resolve) => { this.open = resolve; });
}

const gates = new Map();

function gateOf(name) {
  if (!gates.has(name)) gates.set(name, new Gate());
  return gates.get(name);
}

const app = express();
app.use(express.json());

app.get('/gates/:name', async (req, res) => {
  await gateOf(req.params.name).arrival;
  res.end();
});

app.post('/gates/:name', (req, res) => {
  gateOf(req.params.name).open();
  gates.delete(req.params.name);
  res.end();
});

app.use(session({
  name: COOKIE_NAME,
  secret: SESSION_SECRET,
  store: new (connectPgSimple(session))({ pool, pruneSessionInterval: false }),
  resave: false,
  saveUninitialized: false,
  cookie: { maxAge: FOURTEEN_DAYS_MS },
}));

const destroy = (req) => promisify((done) => req.session.destroy(done))();
const regenerate = (req) => promisify((done) => req.session.regenerate(done))();
const save = (req) => promisify((done) => req.session.save(done))();

async function act(req, { op, key, value }) {
  if (op === 'logout') return destroy(req);
  if (op === 'login') await regenerate(req);
  if (op === 'unset') delete req.session[key];
  else if (op !== 'read') req.session[key] = value;
  if (op !== 'read') await save(req);
}

app.post('/steps', async (req, res) => {
  const { cookie, ...loaded } = req.session;
  const told = { id: req.sessionID, loaded };
  if (req.body.gate) {
    const { arrive, opening } = gateOf(req.body.gate);
    arrive();
    await opening;
  }
  try {
    await act(req, req.body);
    res.json({ ...told, becomes: req.sessionID });
  } catch (err) {
    console.error('Session save error:', err.message);
    res.status(500).json(told);
  }
});

app.use((err, req, res, next) => {
  console.error('Unhandled error:', err.message);
  res.status(500).end();
});

const server = app.listen(0, '127.0.0.1', () => console.log(`Server running on port ${server.address().port}\n`));
process.once('SIGTERM', () => process.exit(0));
