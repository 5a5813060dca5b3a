"""Healthy services, and such as only look like a fault."""

from typing import Final

from lab.code.faults.fault import CodeFault
from lab.code.faults.lines import COOKIE, SESSION, login
from lab.code.faults.passport import PASSPORT
from lab.code.service import CodeScene
from lab.scene import SECRET

REDIRECT: Final = "if (req.query.go) res.redirect(303, '/api/me');"
LOGOUT: Final = "req.logout((err) => (err ? next(err) : res.json({ ok: true })));"


def _slow_saves(scene: CodeScene) -> None:
    scene.sql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.4); RETURN NEW; END'",
        "CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON session FOR EACH ROW EXECUTE FUNCTION slow()",
    )


def _mend_cookie(scene: CodeScene) -> None:
    """A deploy with other options for the cookie, which is renewed with every answer."""
    app = scene.folder / "app.js"
    app.write_text(app.read_text(encoding="utf-8").replace(COOKIE, f"cookie: {{ sameSite: 'lax', {COOKIE[len('cookie: {') :]}"))
    scene.restart()


CONTROLS: Final = (
    CodeFault(
        "redirect-before-save",
        "",
        login("req.session.userId = user.id;", REDIRECT, "else res.json({ ok: true });"),
        note="save-response-before-save",
        meet=_slow_saves,
    ),
    CodeFault("healthy", ""),
    CodeFault("healthy-with-passport", "", shop=PASSPORT),
    CodeFault(
        "node-env-of-development",
        "",
        ((COOKIE, "cookie: { secure: process.env.NODE_ENV === 'production', maxAge: 86400000 }"),),
        env={"NODE_ENV": "development"},
        note="set-node-env-unset",
    ),
    CodeFault(
        "change-beside-regenerate",
        "",
        login("req.session.regenerate(() => {});", "req.session.userId = user.id;", "res.json({ ok: true });"),
        note="save-regenerate-not-awaited",
        wired=False,  # whom the race logs out is chance
    ),
    CodeFault("resave", "", (("resave: false", "resave: true"),), note="read-resave-overwrites"),
    CodeFault("json-before-save", "", login("req.session.userId = user.id;", "res.json({ ok: true });"), note="read-both-modify"),
    CodeFault("browser-session", "", ((COOKIE, "cookie: {}"),), note="send-browser-session-cookie"),
    CodeFault(
        "an-hour-not-renewed",
        "",
        (("rolling: true,\n", ""), ("14 * 24 * 60 * 60 * 1000", "60 * 60 * 1000")),
        note="send-cookie-not-renewed",
    ),
    CodeFault(
        "a-route-before",
        "",
        ((SESSION, f"app.get('/who', (req, res) => res.json(req.session?.userId));\n{SESSION}"),),
        note="boot-session-after-routes",
    ),
    CodeFault(
        "logout-without-callback", "", ((LOGOUT, "req.logout(); res.end();"),), PASSPORT, note="find-logout-without-callback"
    ),
    CodeFault(
        "single-session",
        "",
        (
            (
                "    req.session.userId = user.id;",
                """    pool.query(`DELETE FROM session WHERE sess->>'userId' = $1`, [0]);
    req.session.userId = user.id;""",
            ),
        ),
        note="find-single-session",
    ),
    CodeFault("cookie-options-changed", "", meet=_mend_cookie, note="set-row-attributes-stale"),
    CodeFault("secret-in-code", "", (("secret: process.env.SESSION_SECRET", f"secret: '{SECRET}'"),)),
)
