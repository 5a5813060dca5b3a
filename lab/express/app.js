// A login and onboarding service on Express, express-session and connect-pg-simple.
import { promisify } from 'node:util';
import connectPgSimple from 'connect-pg-simple';
import { RedisStore } from 'connect-redis';
import cors from 'cors';
import express from 'express';
import session from 'express-session';
import pg from 'pg';
import { createClient } from 'redis';
import * as log from './log.js';
import settings from './settings.js';
import { prepareTable } from './table.js';
import { authenticate } from './users.js';

const SHUTDOWN_LIMIT_MS = 3000;

const pool = new pg.Pool(settings.database);
pool.on('error', (err) => log.error('Unexpected error on idle client', err));

if (settings.secretWarning) log.warn('SESSION_SECRET is not set, using a fallback');

if (settings.store === 'postgres') await prepareTable(pool);
if (settings.bootEndsPool) await pool.end();

async function redisClient() {
  const client = createClient({ url: settings.redis.url });
  client.on('error', (err) => log.error('Redis client error', err));
  await client.connect();
  return client;
}

const redis = settings.store === 'redis' ? await redisClient() : undefined;

function sessionStore() {
  if (settings.store === 'memory') return undefined;
  if (redis) return new RedisStore({ client: redis, prefix: settings.redis.prefix });
  const PgStore = connectPgSimple(session);
  return new PgStore({
    pool,
    tableName: settings.table.name,
    schemaName: settings.table.schema,
    createTableIfMissing: settings.createTableIfMissing,
    pruneSessionInterval: settings.pruneSeconds,
  });
}

const store = sessionStore();
const app = express();
app.disable('x-powered-by');
app.set('trust proxy', settings.trustProxy);
app.use(log.access);
app.use(cors({ origin: settings.corsOrigins, credentials: settings.corsCredentials }));
app.use(express.json());

app.get('/health', (req, res) => {
  res.json({ status: 'ok' });
});

const siteSession = session({
  name: settings.cookie.name,
  secret: settings.secret,
  store,
  resave: settings.resave,
  saveUninitialized: settings.saveUninitialized,
  rolling: settings.rolling,
  cookie: settings.cookie.options,
});

if (settings.adminSharesStore) {
  app.use('/admin', session({
    name: 'admin.sid',
    secret: settings.secret,
    store,
    resave: false,
    saveUninitialized: true,
    cookie: { path: '/admin', sameSite: 'strict' },
  }));
}
app.use(siteSession);

function requireUser(req, res, next) {
  if (req.session.userId) return next();
  res.status(401).json({ error: 'Session expired. Please log in again.' });
}

const regenerate = (req) => promisify((done) => req.session.regenerate(done))();
const save = (req) => promisify((done) => req.session.save(done))();

app.post('/api/auth/login', async (req, res) => {
  const user = authenticate(req.body?.email, req.body?.password);
  if (!user) return res.status(401).json({ error: 'Wrong e-mail or password' });

  if (settings.answersEarly) res.json({ user: { name: user.name } });
  if (settings.regenerate) await regenerate(req);
  req.session.userId = user.id;
  req.session.name = user.name;

  if (settings.save === 'explicit') {
    try {
      await save(req);
    } catch (err) {
      log.error('Session save error:', err);
      return res.status(500).json({ error: 'Failed to save session' });
    }
    log.info(`✅ Session saved for user: ${user[settings.log.user]}`);
  }
  if (!res.headersSent) res.json({ user: { name: user.name } });
});

app.get('/api/me', requireUser, (req, res) => {
  const { name, company = null } = req.session;
  res.json({ user: { name, company } });
});

app.post('/api/onboarding', requireUser, (req, res) => {
  req.session.company = req.body?.company;
  res.json({ saved: true });
});

app.get('/account', (req, res) => {
  if (!req.session.userId) return res.redirect('/login');
  res.type('html').send('<!doctype html><title>account</title>');
});

app.post('/payment/callback', (req, res) => {
  if (!req.session.userId) return res.redirect(303, '/login');
  res.redirect(303, '/account');
});

app.all('/admin', (req, res) => {
  res.json({ admin: true });
});

app.post('/api/auth/logout', (req, res, next) => {
  req.session.destroy((err) => {
    if (err) return next(err);
    const { maxAge, ...attributes } = settings.cookie.options;
    res.clearCookie(settings.cookie.name, { ...attributes, secure: req.secure });
    res.json({ loggedOut: true });
  });
});

app.get('/count', (req, res) => {
  req.session.count = (req.session.count ?? 0) + 1;
  res.json({ count: req.session.count });
});

if (settings.errorHandler === 'own') {
  app.use((err, req, res, next) => {
    if (res.headersSent) return next(err);
    log.error('Unhandled error:', err);
    res.status(err.status ?? 500).json({ error: 'Internal server error' });
  });
}

const server = app.listen(settings.port, settings.host, (err) => {
  if (err) throw err;
  log.info(`Server running on port ${server.address().port}`);
});

async function close() {
  await store?.close?.();
  if (!pool.ending) await pool.end();
  if (redis) await redis.close();
  log.info('Server stopped');
}

function shutDown() {
  setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref();
  server.close(close);
}

process.once('SIGTERM', shutDown);
process.once('SIGINT', shutDown);
