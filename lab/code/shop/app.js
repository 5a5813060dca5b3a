// A login service as people write it: Express, express-session and connect-pg-simple in one file. The lab breaks it by editing it.
import connectPgSimple from 'connect-pg-simple';
import cookieParser from 'cookie-parser';
import express from 'express';
import session from 'express-session';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const PgStore = connectPgSimple(session);
const app = express();
app.set('trust proxy', 1);

app.use((req, res, next) => {
  const began = Date.now();
  res.on('finish', () => console.log(`${new Date().toISOString()} ${req.method} ${req.originalUrl} ${res.statusCode} ${Date.now() - began} ms`));
  next();
});
app.use(express.json());

app.get('/health', (req, res) => res.json({ status: 'ok' }));

app.use(session({
  name: 'shop.sid',
  secret: process.env.SESSION_SECRET,
  store: new PgStore({ pool }),
  resave: false,
  saveUninitialized: false,
  rolling: true,
  cookie: { secure: 'auto', maxAge: 14 * 24 * 60 * 60 * 1000 },
}));

const users = ['ana', 'ben', 'chandra', 'dana'].map((name, at) => ({ id: at + 1, name, email: `${name}@example.com` }));

function check({ email, password }) {
  return password === 'demo' ? users.find((user) => user.email === email) : undefined;
}

function requireUser(req, res, next) {
  if (!req.session.userId) return res.status(401).json({ error: 'Session expired. Please log in again.' });
  next();
}

app.post('/api/auth/login', (req, res, next) => {
  const user = check(req.body);
  if (!user) return res.status(401).json({ error: 'Wrong e-mail or password' });
  req.session.regenerate((err) => {
    if (err) return next(err);
    req.session.userId = user.id;
    req.session.save((err) => {
      if (err) return next(err);
      res.json({ ok: true });
    });
  });
});

app.get('/api/me', requireUser, (req, res) => res.json({ id: req.session.userId }));

app.post('/api/onboarding', requireUser, (req, res) => {
  req.session.company = req.body.company;
  res.json({ saved: true });
});

app.post('/api/auth/logout', (req, res, next) => {
  req.session.destroy((err) => (err ? next(err) : res.json({ ok: true })));
});

app.use((err, req, res, next) => {
  console.error(`${new Date().toISOString()} Unhandled error:`, err);
  if (res.headersSent) return next(err);
  res.status(500).json({ error: 'Internal server error' });
});

const server = app.listen(process.env.PORT, process.env.HOST, () => {
  console.log(`${new Date().toISOString()} Server running on port ${server.address().port}`);
});
process.once('SIGTERM', () => process.exit(0));
