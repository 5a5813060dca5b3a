"""What a handler makes anew at each request, an id among it, beside what is made once and only called there."""

from sessile.doctor.findings import Confirmed, Noted, RuledOut
from tests.doctor.causes.code.express import SESSION, Case, swap

EMPTY = "find-store-made-per-request"
CROWDED = "reach-connections-exhausted"
CALLED = "app.use((req, res, next) => {}(req, res, next))"
OWN_STORE = "new PgStore({ conString: process.env.DATABASE_URL })"


def mounted(middleware: str) -> str:
    """The healthy service with another way to its session."""
    return swap(SESSION, middleware)


def layer(options: str, *, before: str = "", called: str = "layer()") -> str:
    """A service whose middleware a function makes."""
    return mounted(f"function layer() {{ {before} return session({{ secret: S, {options} }}) }}\n{CALLED.format(called)}")


IN_A_MAP = """const layers = new Map()
app.use((req, res, next) => {
  let layer = layers.get(req.hostname)
  if (!layer) { layer = session({ secret: S }); layers.set(req.hostname, layer) }
  layer(req, res, next)
})"""
KEPT_BY_NAME = """const layers = {}
app.use((req, res, next) => {
  const layer = layers[req.hostname] || session({ secret: S })
  layers[req.hostname] = layer
  layer(req, res, next)
})"""
KEPT_LATER = """const layers = new Map()
app.use((req, res, next) => {
  const layer = session({ secret: S })
  layers.set(req.hostname, layer)
  layer(req, res, next)
})"""
MADE_ONCE = "const once = layer()\nfunction layer() { return session({ secret: S }) }\n" + CALLED.format("once")
REMEMBERED = "let made\nfunction layer() { if (!made) { made = session({ secret: S }) } return made }\n" + CALLED.format(
    "layer()"
)
HANDED_OUT = "const once = session({ secret: S })\nfunction layer() { return once }\n" + CALLED.format("layer()")
ROTATED = "find-id-changed-per-request"
ANEW = "req.session.regenerate((err) => { if (err) return next(err); req.session.userId = userId; next() })"
KEPT = "const { userId } = req.session; "
ALL_KEPT = "const old = req.session; const { userId } = old; "
ALL_ANEW = "req.session.regenerate(() => { Object.assign(req.session, old); next() })"


def rotating(body: str, mount: str = "app.use({})") -> str:
    """The healthy service with one more middleware behind the session's."""
    return swap(SESSION, f"{SESSION}\n{mount.format(f'function rotate(req, res, next) {{ {body} }}')}")


CASES: list[Case] = [
    (ROTATED, "of every user", rotating(f"{KEPT}if (!userId) return next(); {ANEW}"), Noted),
    (ROTATED, "in an if", rotating(f"{KEPT}if (req.session && userId) {{ {ANEW} }} else next()"), Noted),
    (ROTATED, "in an else", rotating(f"{KEPT}if (!req.session.userId) {{ next() }} else {{ {ANEW} }}"), Noted),
    (ROTATED, "without a condition", rotating(KEPT + ANEW), Noted),
    (
        ROTATED,
        "awaited",
        rotating(f"{KEPT}await new Promise((ok) => req.session.regenerate(ok)); req.session.userId = userId; next()").replace(
            "function rotate", "async function rotate"
        ),
        Noted,
    ),
    (ROTATED, "with all its keys", rotating(f"{ALL_KEPT}if (!req.session.userId) return next(); {ALL_ANEW}"), Noted),
    (ROTATED, "by a path", rotating(KEPT + ANEW, "app.use('/', {})"), Noted),
    (ROTATED, "at the login", rotating(KEPT + ANEW, "app.use('/login', {})"), RuledOut),
    (ROTATED, "of one route", rotating(KEPT + ANEW, "app.post('/role', {})"), RuledOut),
    (ROTATED, "by age", rotating(f"{KEPT}if (Date.now() - req.session.since < 9e5) return next(); {ANEW}"), RuledOut),
    (ROTATED, "once", rotating(f"{KEPT}if (req.session.rotated) return next(); {ANEW}"), RuledOut),
    (ROTATED, "where it was asked for", rotating(f"{KEPT}if (req.session.stale) {{ {ANEW} }} else next()"), RuledOut),
    (ROTATED, "asked for, all keys", rotating(f"{ALL_KEPT}if (!req.session.stale) return next(); {ALL_ANEW}"), RuledOut),
    (ROTATED, "of strangers", rotating(f"{KEPT}if (req.session.userId) return next(); {ANEW}"), RuledOut),
    (ROTATED, "when it posts", rotating(f"{KEPT}if (req.method === 'POST' && userId) {{ {ANEW} }} else next()"), RuledOut),
    (
        ROTATED,
        "after a look-up",
        rotating(f"{KEPT}roles.get(userId, (role) => {{ if (role === 1) return next(); {ANEW} }})"),
        RuledOut,
    ),
    (EMPTY, "at once", mounted(CALLED.format("session({ secret: S })")), Confirmed),
    (
        EMPTY,
        "by a name",
        mounted("app.use((req, res, next) => { const s = session({ secret: S }); s(req, res, next) })"),
        Confirmed,
    ),
    (EMPTY, "by a function", layer("resave: false"), Confirmed),
    (EMPTY, "a MemoryStore", layer("store: new session.MemoryStore()"), Confirmed),
    (EMPTY, "a MemoryStore by name", layer("store", before="const store = new session.MemoryStore();"), Confirmed),
    (EMPTY, "one MemoryStore for all", "const store = new session.MemoryStore()\n" + layer("store"), RuledOut),
    (EMPTY, "a store in the database", layer(f"store: {OWN_STORE}"), RuledOut),
    (EMPTY, "options that are put together", mounted(CALLED.format("session(optionsOf(req))")), RuledOut),
    (EMPTY, "a map of them", mounted(IN_A_MAP), RuledOut),
    (EMPTY, "an object of them", mounted(KEPT_BY_NAME), RuledOut),
    (EMPTY, "kept after it is made", mounted(KEPT_LATER), RuledOut),
    (EMPTY, "made once, called inside", mounted(MADE_ONCE), RuledOut),
    (EMPTY, "remembered", mounted(REMEMBERED), RuledOut),
    (EMPTY, "made once, handed out by a function", mounted(HANDED_OUT), RuledOut),
    (
        EMPTY,
        "made by a function at the start",
        mounted("function layer() { return session({ secret: S }) }\napp.use(layer())"),
        RuledOut,
    ),
    (CROWDED, "a store of its own", layer(f"store: {OWN_STORE}"), Noted),
    (CROWDED, "a pool of its own", layer("store: new PgStore({ pool: new pg.Pool() })"), Noted),
    (
        CROWDED,
        "a pool of each answer",
        swap(
            "app.get('/me', (req, res) => res",
            "app.get('/me', (req, res) => { const db = new pg.Pool(); db.query(Q) })\n(({ res }) => res",
        ),
        Noted,
    ),
]
