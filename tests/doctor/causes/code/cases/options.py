"""What session() and its store are told: secrets, store, ids, saving."""

from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.causes.code.express import COOKIE, IN_MEMORY, SECRET, SESSION, STORE, Case, option, swap

CASES: list[Case] = [
    ("boot-memory-store", "no store", swap(SESSION, IN_MEMORY), Confirmed),
    ("boot-memory-store", "an undefined one", swap(STORE, "store: undefined"), Confirmed),
    ("boot-memory-store", "a store of one's own", swap(STORE, "store: new MyStore()"), Unseen),
    ("boot-memory-store", "options put together elsewhere", swap(SESSION, "app.use(session({ ...options }))"), Unseen),
    ("boot-store-option-misnamed", "a store that a function makes", swap(STORE, "store: storeOf(app)"), Unseen),
    ("boot-store-option-misnamed", "pgPool", swap(STORE, "store: new PgStore({ pgPool: pool })"), Undecided),
    ("boot-store-option-misnamed", "an undefined pool", swap(STORE, "store: new PgStore({ pool: undefined })"), Undecided),
    ("boot-store-option-misnamed", "nothing at all, which means DATABASE_URL", swap(STORE, "store: new PgStore({})"), RuledOut),
    ("boot-store-option-misnamed", "conString", swap(STORE, "store: new PgStore({ conString: url, ttl: 9 })"), RuledOut),
    ("boot-option-at-wrong-level", "maxAge on the session", swap(COOKIE, "maxAge: 3600000"), Noted),
    ("boot-option-at-wrong-level", "the store's on the session", swap(STORE, "conString: process.env.DATABASE_URL"), Noted),
    ("boot-option-at-wrong-level", "proxy on the cookie", swap(COOKIE, "cookie: { proxy: true, maxAge: 3600000 }"), Noted),
    ("boot-option-at-wrong-level", "both", swap(COOKIE, "maxAge: 1, cookie: { maxAge: 3600000 }"), RuledOut),
    ("set-genid-invalid", "a promise", option("genid: async () => 'a',"), Confirmed),
    ("set-genid-invalid", "the same for all", option("genid: () => 'a',"), Confirmed),
    (
        "set-genid-invalid",
        "one of the address",
        option("genid: (req) => createHash('md5').update(req.ip + req.get('user-agent')).digest('hex'),"),
        Confirmed,
    ),
    ("set-genid-invalid", "the address and more", option("genid: (req) => req.ip + crypto.randomUUID(),"), RuledOut),
    ("set-genid-invalid", "a random one", option("genid: () => crypto.randomUUID(),"), RuledOut),
    ("set-genid-invalid", "one of the request", option("genid: (req) => req.get('x-id'),"), RuledOut),
    ("verify-secret-random-per-boot", "a random one", swap(SECRET, "crypto.randomBytes(32).toString('hex')"), Confirmed),
    ("verify-secret-random-per-boot", "a fixed one", swap(SECRET, "'b5c1f0d2a7e94c83'"), Unseen),
    ("verify-secret-known-default", "a default in the code", swap(SECRET, f"{SECRET} || 'keyboard cat'"), Noted),
    ("read-resave-overwrites", "on", swap("resave: false", "resave: true"), Noted),
    ("read-resave-overwrites", "not given", swap("  resave: false,\n", ""), Noted),
    (
        "live-ttl-shorter-than-cookie",
        "a minute",
        swap(COOKIE, "cookie: {}", swap(STORE, "store: new PgStore({ pool, ttl: 60 })")),
        Confirmed,
    ),
    (
        "live-ttl-shorter-than-cookie",
        "milliseconds",
        swap(COOKIE, "cookie: {}", swap(STORE, "store: new PgStore({ pool, ttl: 7 * 24 * 60 * 60 * 1000 })")),
        Noted,
    ),
    (
        "live-ttl-shorter-than-cookie",
        "a minute that maxAge replaces",
        swap(STORE, "store: new PgStore({ pool, ttl: 60 })"),
        RuledOut,
    ),
    ("live-touch-disabled", "with rolling", swap(STORE, "store: new PgStore({ pool, disableTouch: true })"), Confirmed),
    (
        "live-touch-disabled",
        "without rolling",
        swap("rolling: true", "rolling: false", swap(STORE, "store: new PgStore({ pool, disableTouch: true })")),
        Noted,
    ),
    (
        "live-touch-disabled",
        "with resave, which saves",
        swap("resave: false", "resave: true", swap(STORE, "store: new PgStore({ pool, disableTouch: true })")),
        RuledOut,
    ),
]
