// What the service does about the session table at start-up, in the ways real code bases do it.
import pg from 'pg';
import * as log from './log.js';
import settings from './settings.js';

const { name, schema } = settings.table;
const quoted = pg.escapeIdentifier;
const table = schema ? `${quoted(schema)}.${quoted(name)}` : quoted(name);
const key = quoted(`${name}_pkey`);
const index = quoted(`IDX_${name}_expire`);

const IF_NOT_EXISTS_PLUS_ALTER = `
  CREATE TABLE IF NOT EXISTS ${table} (
    "sid" varchar NOT NULL COLLATE "default",
    "sess" json NOT NULL,
    "expire" timestamp(6) NOT NULL
  )
  WITH (OIDS=FALSE);
  ALTER TABLE ${table} ADD CONSTRAINT ${key} PRIMARY KEY ("sid") NOT DEFERRABLE INITIALLY IMMEDIATE;
  CREATE INDEX IF NOT EXISTS ${index} ON ${table} ("expire");
`;

const INLINE_PLUS_ALTER = `
  CREATE TABLE IF NOT EXISTS ${table} (
    "sid" varchar NOT NULL COLLATE "default" PRIMARY KEY,
    "sess" json NOT NULL,
    "expire" timestamp(6) NOT NULL
  );
  ALTER TABLE ${table} ADD CONSTRAINT ${key} PRIMARY KEY ("sid");
  CREATE INDEX IF NOT EXISTS ${index} ON ${table} ("expire");
`;

async function look(pool) {
  const { rows } = await pool.query('SELECT to_regclass($1) IS NOT NULL AS found', [table]);
  const { found } = rows[0];
  if (!found && !settings.createTableIfMissing) throw new Error(`table ${table} does not exist`);
  return found;
}

async function run(pool, ddl) {
  await pool.query(ddl);
  return true;
}

const PREPARE = {
  none: look,
  'if-not-exists-plus-alter': (pool) => run(pool, IF_NOT_EXISTS_PLUS_ALTER),
  'same-but-fatal': (pool) => run(pool, IF_NOT_EXISTS_PLUS_ALTER),
  'inline-plus-alter': (pool) => run(pool, INLINE_PLUS_ALTER),
};

export async function prepareTable(pool) {
  try {
    const exists = await PREPARE[settings.bootDdl](pool);
    if (exists) log.info('Session table exists and is properly configured');
  } catch (err) {
    if (settings.bootDdl === 'same-but-fatal') throw err;
    log.warn('Session table creation warning:', err);
  }
}
