"""Faults of a service that logs in with passport."""

from typing import Final

from lab.code.faults.fault import CodeFault
from lab.code.faults.lines import SESSION, moved
from lab.code.service import CodeScene

LOCAL: Final = "passport.authenticate('local')"
PASSPORT: Final = "passport_shop"
DESERIALIZE: Final = "passport.deserializeUser((id, done) => done(null, users.find((user) => user.id === id) || null));\n"


def _users_loaded_anew(scene: CodeScene) -> None:
    scene.sql(
        "UPDATE session SET sess = jsonb_set(sess::jsonb, '{passport,user}', '99') WHERE sid = (SELECT min(sid) FROM session)"
    )


def _users_lost_for_a_moment(scene: CodeScene) -> None:
    """Everybody asks while the users cannot be looked up, which the service takes for users who do not exist."""
    (scene.folder / "trouble").touch()
    scene.people_come_back()
    (scene.folder / "trouble").unlink()


FAULTS: Final = (
    CodeFault("users-loaded-anew", "read-user-unknown", ((" || null));", "));"),), PASSPORT, meet=_users_loaded_anew),
    CodeFault("passport-session-missing", "read-passport-session-missing", (("app.use(passport.session());\n", ""),), PASSPORT),
    CodeFault(
        "passport-serialize-missing",
        "read-serialize-missing",
        (("passport.serializeUser((user, done) => done(null, user.id));\n", ""),),
        PASSPORT,
    ),
    CodeFault("passport-deserialize-missing", "read-deserialize-missing", ((DESERIALIZE, ""),), PASSPORT),
    CodeFault(
        "passport-deserialize-fails",
        "read-deserialize-fails",
        ((DESERIALIZE, "passport.deserializeUser((id, done) => done(null, users.byId[id]));\n"),),
        PASSPORT,
    ),
    CodeFault(
        "passport-keeps-object",
        "read-user-looked-up-as-object",
        (("done(null, user.id)", "done(null, { id: user.id })"),),
        PASSPORT,
    ),
    CodeFault(
        "passport-session-false",
        "read-passport-session-false",
        ((LOCAL, "passport.authenticate('local', { session: false })"),),
        PASSPORT,
    ),
    CodeFault(
        "passport-on-cookie-session",
        "boot-regenerate-lacking",
        ((SESSION, "app.use(cookieSession({ keys: [process.env.SESSION_SECRET] }));\n"),),
        PASSPORT,
    ),
    CodeFault(
        "passport-user-erased",
        "read-user-erased",
        (
            ("import pg from 'pg';", "import pg from 'pg';\nimport { existsSync } from 'node:fs';"),
            (DESERIALIZE, DESERIALIZE.replace("users.find", "!existsSync('trouble') && users.find")),
        ),
        PASSPORT,
        meet=_users_lost_for_a_moment,
    ),
    CodeFault(
        "passport-login-not-called",
        "read-login-not-called",
        (
            (
                f"{LOCAL}, (req, res) => res.json({{ ok: true }}))",
                "(req, res, next) => {\n  passport.authenticate('local', (err, user) => {\n"
                "    if (err) return next(err);\n    res.status(user ? 200 : 401).json({ ok: !!user });\n"
                "  })(req, res, next);\n})",
            ),
        ),
        PASSPORT,
    ),
    CodeFault("passport-after-routes", "boot-session-after-routes", moved(), PASSPORT),
    CodeFault(
        "passport-regenerates",
        "read-passport-regenerates",
        (
            (
                f"{LOCAL}, (req, res) => res.json({{ ok: true }}))",
                "passport.authenticate('local', { session: false }), (req, res, next) => {\n"
                "  req.session.userId = req.user.id;\n"
                "  req.login(req.user, (err) => (err ? next(err) : res.json({ ok: true })));\n})",
            ),
            ("if (!req.isAuthenticated())", "if (!req.session.userId)"),
        ),
        PASSPORT,
    ),
)
