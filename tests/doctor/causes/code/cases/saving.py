"""What a login and its neighbours write to the session, and when."""

from sessile.doctor.findings import Confirmed, Noted, RuledOut
from tests.doctor.causes.code.express import CHANGE, HEALTHY, LOGIN, Case, login, swap

LATE = f"\nasync function begin(req, user) {{ await audit(user); {CHANGE} }}"


def switch(then: str, guard: str = "requireUser, ") -> str:
    """A route that begins another session, for users or for anybody."""
    return f"\napp.post('/org', {guard}(req, res, next) => {{ req.session.regenerate((err) => {{ {then} }}) }})"


COUNTER = "app.get('/n', (req, res) => { req.session.n = 1; res.end() })"


CASES: list[Case] = [
    ("save-response-before-save", "a redirect", login(f"{CHANGE}; res.redirect('/')"), Noted),
    (
        "save-response-before-save",
        "a save that nothing waits for",
        login(f"{CHANGE}; req.session.save(); res.redirect('/')"),
        Noted,
    ),
    ("save-response-before-save", "JSON, whose end waits for the save", login(f"{CHANGE}; res.json({{}})"), RuledOut),
    (
        "save-error-swallowed",
        "a callback that does not look",
        login(f"{CHANGE}; req.session.save(() => res.redirect('/'))"),
        Noted,
    ),
    ("save-regenerate-not-awaited", "beside it", login(f"req.session.regenerate(() => {{}}); {CHANGE}; res.json({{}})"), Noted),
    ("save-changed-after-response", "the user", login(f"res.json({{}}); await audit(); {CHANGE}"), Confirmed),
    (
        "save-changed-after-response",
        "the user, in one branch of two",
        login(f"if (late) {{ res.json({{}}); {CHANGE}; return }}\n{CHANGE}; res.json({{}})"),
        Noted,
    ),
    ("save-changed-after-response", "a counter", login("res.json({}); req.session.count = 1"), Noted),
    (
        "save-changed-after-response",
        "the user, in a function that nothing waits for",
        login("begin(req, user); res.json({})") + LATE,
        Confirmed,
    ),
    (
        "save-changed-after-response",
        "the user, in a function that is waited for",
        login("await begin(req, user); res.json({})") + LATE,
        RuledOut,
    ),
    (
        "save-changed-after-response",
        "the user, at once in a function that goes on without",
        login("begin(req, user); res.json({})") + LATE.replace("await audit(user); ", ""),
        RuledOut,
    ),
    ("save-session-replaced", "replaced", login("req.session = { userId: user.id }; res.json({})"), Confirmed),
    ("save-session-replaced", "assigned to", login("Object.assign(req.session, { userId: user.id }); res.json({})"), RuledOut),
    ("read-user-left-behind", "a switch for users", HEALTHY + switch("req.session.org = org; res.end()"), Confirmed),
    ("read-user-left-behind", "a switch for anybody", HEALTHY + switch("req.session.org = org; res.end()", ""), Noted),
    ("read-user-left-behind", "the user put back", HEALTHY + switch("req.session.userId = userId; res.end()"), RuledOut),
    ("read-user-left-behind", "all put back", HEALTHY + switch("Object.assign(req.session, old); res.end()"), RuledOut),
    ("read-user-left-behind", "put back by a loop", HEALTHY + switch("for (const k in old) req.session[k] = old[k]"), RuledOut),
    ("read-user-left-behind", "put back elsewhere", HEALTHY + switch("req.session.org = org; keep(req, old)"), RuledOut),
    ("read-user-left-behind", "a logout", HEALTHY + switch("res.redirect('/')"), RuledOut),
    ("read-user-left-behind", "nobody logs in", swap(LOGIN, switch("req.session.org = 1; res.end()")), RuledOut),
    ("read-both-modify", "a counter", login(f"{CHANGE}; res.json({{}})") + COUNTER, Noted),
    ("read-both-modify", "a counter beside logins that regenerate", HEALTHY + COUNTER, RuledOut),
    ("set-headers-already-sent", "a stream", login(f"res.write(' '); {CHANGE}; res.end()"), Noted),
]
