"""The services' lines that the edits replace."""

from typing import Final

from lab.code.service import Edit

SESSION: Final = """app.use(session({
  name: 'shop.sid',
  secret: process.env.SESSION_SECRET,
  store: new PgStore({ pool }),
  resave: false,
  saveUninitialized: false,
  rolling: true,
  cookie: { secure: 'auto', maxAge: 14 * 24 * 60 * 60 * 1000 },
}));
"""
STORE: Final = "store: new PgStore({ pool })"
COOKIE: Final = "cookie: { secure: 'auto', maxAge: 14 * 24 * 60 * 60 * 1000 }"
LOGIN: Final = """  req.session.regenerate((err) => {
    if (err) return next(err);
    req.session.userId = user.id;
    req.session.save((err) => {
      if (err) return next(err);
      res.json({ ok: true });
    });
  });
"""
LISTEN: Final = "const server = app.listen"


def moved() -> tuple[Edit, ...]:
    """The session middleware behind all routes."""
    return ((SESSION, ""), (LISTEN, f"{SESSION}{LISTEN}"))


def login(*lines: str) -> tuple[Edit, ...]:
    return ((LOGIN, "".join(f"  {line}\n" for line in lines)),)
