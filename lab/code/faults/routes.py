"""Faults of the service's own routes: what they write to a session, and what ends it."""

from typing import Final

from lab.code.faults.fault import CodeFault
from lab.code.faults.lines import login

GUARD: Final = "  if (!req.session.userId)"
BOUND: Final = (
    (GUARD, "  if (req.session.ip !== req.ip || !req.session.userId)"),
    ("req.session.userId = user.id;", "req.session.userId = user.id; req.session.ip = 'of the first proxy';"),
)
LATE: Final = ("set-headers-already-sent",)
"""What changes the session after the answer leaves neither its row nor its cookie."""
FAULTS: Final = (
    CodeFault(
        "changed-after-response",
        "save-changed-after-response",
        login("res.json({ ok: true });", "setTimeout(() => { req.session.userId = user.id; }, 20);"),
        also=LATE,
    ),
    CodeFault(
        "helper-not-awaited",
        "save-changed-after-response",
        (
            *login("begin(req, user);", "res.json({ ok: true });"),
            (
                "function requireUser",
                "async function begin(req, user) {\n  await pool.query('SELECT 1');\n  req.session.userId = user.id;\n}\n\n"
                "function requireUser",
            ),
        ),
        also=LATE,
    ),
    CodeFault(
        "user-left-behind",
        "read-user-left-behind",
        (
            (
                "  req.session.company = req.body.company;\n  res.json({ saved: true });",
                "  const { company } = req.body;\n  req.session.regenerate(() => {\n    req.session.company = company;\n"
                "    res.json({ saved: true });\n  });",
            ),
        ),
    ),
    CodeFault(
        "guard-asks-other-key",
        "read-guard-asks-other-key",
        (
            ("app.get('/api/me', requireUser", "app.get('/api/me', requireMember"),
            (
                "function requireUser",
                "function requireMember(req, res, next) {\n  if (!req.session.memberId) return res.status(401).end();\n"
                "  next();\n}\n\n"
                "function requireUser",
            ),
        ),
    ),
    CodeFault(
        "cookie-not-decoded",
        "verify-cookie-not-decoded",
        (
            ("import session from", "import signature from 'cookie-signature';\nimport session from"),
            (
                GUARD,
                "  const sent = /shop\\.sid=([^;]+)/.exec(req.headers.cookie ?? '')?.[1] ?? '';\n"
                "  if (!signature.unsign(sent.slice(2), process.env.SESSION_SECRET)) return res.status(401).end();\n" + GUARD,
            ),
        ),
    ),
    CodeFault(
        "idle-limit-in-seconds",
        "agree-idle-timer",
        (
            (
                GUARD,
                "  if (Date.now() - req.session.seen > 1) return res.status(401).end();\n"
                "  req.session.seen = Date.now();\n" + GUARD,
            ),
        ),
    ),
    CodeFault(
        "logout-fetched-beforehand",
        "find-logged-out-by-link",
        (
            (
                "app.post('/api/auth/logout'",
                "app.get('/account', (req, res) => res.send('<link rel=\"prefetch\" href=\"/logout\">'));\n"
                "app.get('/logout', (req, res) => req.session.destroy(() => res.redirect('/')));\napp.post('/api/auth/logout'",
            ),
        ),
    ),
    CodeFault(
        "ended-by-error-handler",
        "find-ended-by-error-handler",
        (("  if (res.headersSent)", "  if (req.session) req.session.destroy(() => {});\n  if (res.headersSent)"),),
    ),
    CodeFault(
        "bigint-in-session",
        "save-not-serializable",
        (("req.session.userId = user.id;", "req.session.userId = BigInt(user.id);"),),
    ),
    CodeFault(
        "session-replaced", "save-session-replaced", login("req.session = { userId: user.id };", "res.json({ ok: true });")
    ),
    CodeFault("bound-to-address", "agree-bound-to-client", BOUND),
    CodeFault("bound-to-address-unrenewed", "agree-bound-to-client", (*BOUND, ("  rolling: true,\n", ""))),
)
