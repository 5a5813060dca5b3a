// Every setting of the service, read once from the environment.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import dotenv from 'dotenv';

const env = process.env;

if (env.DOTENV_PATH) dotenv.config({ path: env.DOTENV_PATH });

const KNOWN_DEFAULT_SECRET = 'your-secret-key-change-in-production';
const SEVEN_DAYS_MS = 7 * 24 * 60 * 60 * 1000;

const list = (value) => value?.split(',').map((item) => item.trim()).filter(Boolean);
const flag = (value, fallback = false) => (value === undefined ? fallback : value === '1' || value === 'true');
const number = (value, fallback) => (value ? Number(value) : fallback);

function oneOf(name, choices) {
  const value = env[name] || choices[0];
  if (!choices.includes(value)) throw new Error(`${name} must be one of ${choices.join(', ')}; it is "${value}"`);
  return value;
}

function fallbackSecret() {
  switch (oneOf('SECRET_FALLBACK', ['none', 'random', 'default'])) {
    case 'random': return randomBytes(32).toString('hex');
    case 'default': return KNOWN_DEFAULT_SECRET;
    default: return undefined;
  }
}

function sessionSecret() {
  if (env.SESSION_SECRETS) return list(env.SESSION_SECRETS);
  if (env.SESSION_SECRET_FILE) return readFileSync(env.SESSION_SECRET_FILE, 'utf8');
  return env.SESSION_SECRET || fallbackSecret();
}

function cookieSecure(value) {
  return value === 'auto' ? 'auto' : flag(value);
}

function trustProxy(value) {
  if (value === undefined || value === '' || value === 'false' || value === '0') return false;
  if (value === 'true') return true;
  return /^\d+$/.test(value) ? Number(value) : value;
}

export default {
  host: env.HOST || '0.0.0.0',
  port: number(env.PORT, 3000),
  corsOrigins: list(env.CORS_ORIGIN) ?? ['http://localhost:5173'],
  corsCredentials: flag(env.CORS_CREDENTIALS, true),
  trustProxy: trustProxy(env.TRUST_PROXY),

  log: {
    instance: env.INSTANCE || '',
    format: oneOf('LOG_FORMAT', ['plain', 'json']),
    errors: oneOf('LOG_ERRORS', ['full', 'message']),
    user: oneOf('LOG_USER', ['email', 'id']),
  },

  database: {
    connectionString: env.DATABASE_URL,
    max: number(env.POOL_MAX, 10),
    connectionTimeoutMillis: number(env.CONNECTION_TIMEOUT_MS, 0),
  },

  table: { name: env.TABLE_NAME || 'session', schema: env.SCHEMA_NAME },
  bootDdl: oneOf('BOOT_DDL', ['none', 'if-not-exists-plus-alter', 'same-but-fatal', 'inline-plus-alter']),
  bootEndsPool: flag(env.BOOT_ENDS_POOL),

  store: oneOf('STORE', ['postgres', 'memory', 'redis']),
  redis: { url: env.REDIS_URL, prefix: env.REDIS_PREFIX },
  createTableIfMissing: flag(env.CREATE_TABLE),
  pruneSeconds: number(env.PRUNE_SECONDS),

  secret: sessionSecret(),
  secretWarning: flag(env.SECRET_WARNING) && !env.SESSION_SECRET && !env.SESSION_SECRETS && !env.SESSION_SECRET_FILE,

  save: oneOf('SAVE', ['explicit', 'implicit']),
  regenerate: flag(env.REGENERATE),
  resave: flag(env.RESAVE),
  saveUninitialized: flag(env.SAVE_UNINITIALIZED),
  rolling: flag(env.ROLLING),
  errorHandler: oneOf('ERROR_HANDLER', ['own', 'express']),
  answersEarly: flag(env.ANSWERS_EARLY),
  adminSharesStore: flag(env.ADMIN_SHARES_STORE),

  cookie: {
    name: env.COOKIE_NAME || 'ofa.sid',
    options: {
      httpOnly: true,
      secure: cookieSecure(env.COOKIE_SECURE),
      sameSite: env.COOKIE_SAMESITE || 'lax',
      domain: env.COOKIE_DOMAIN,
      path: env.COOKIE_PATH || '/',
      maxAge: env.COOKIE_MAXAGE_MS === 'none' ? undefined : number(env.COOKIE_MAXAGE_MS, SEVEN_DAYS_MS),
    },
  },
};
