// The service's log on stdout and stderr: lines as console.log writes them, or JSON in pino's shape.
import settings from './settings.js';

const { format, instance, errors } = settings.log;

const LEVEL = { info: 30, warn: 40, error: 50 };

function prefix() {
  const stamp = new Date().toISOString();
  return instance ? `${stamp} [${instance}]` : stamp;
}

function plain(level, message, err) {
  const line = `${prefix()} ${message}`;
  if (!err) console[level](line);
  else console[level](line, errors === 'full' ? err : err.message);
}

function serialized(err) {
  if (errors === 'message') return { message: err.message };
  const { client, ...own } = err;
  return { type: err.constructor.name, message: err.message, stack: err.stack, ...own };
}

function json(level, message, err, fields) {
  const record = { level: LEVEL[level], time: Date.now(), pid: process.pid };
  if (instance) record.instance = instance;
  Object.assign(record, fields);
  if (err) record.err = serialized(err);
  record.msg = message;
  console[level](JSON.stringify(record));
}

const write = format === 'json' ? json : plain;

export const info = (message) => write('info', message);
export const warn = (message, err) => write('warn', message, err);
export const error = (message, err) => write('error', message, err);

export function access(req, res, next) {
  const began = process.hrtime.bigint();
  res.on('finish', () => {
    const took = Number(process.hrtime.bigint() - began) / 1e6;
    if (format === 'json') {
      json('info', 'request completed', null, {
        req: { method: req.method, url: req.originalUrl },
        res: { statusCode: res.statusCode },
        responseTime: took,
      });
    } else {
      info(`${req.method} ${req.originalUrl} ${res.statusCode} ${took.toFixed(3)} ms`);
    }
  });
  next();
}
