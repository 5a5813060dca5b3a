"""Faults of services on Flask."""

from lab.frameworks.faults.fault import FrameworkFault, procfile

FLASK_SECRET = '    SECRET_KEY=os.environ["SECRET_KEY"],\n'
HOOK = """@app.before_request
def guard():
    if request.endpoint not in ("login", "health"):
        session.clear()


"""
FAULTS = (
    FrameworkFault(
        name="flask-secret-per-process",
        kind="flask",
        cause="verify-secret-random-per-boot",
        edits={"app.py": ((FLASK_SECRET, "    SECRET_KEY=os.urandom(24),\n"),)},
        files=procfile("flask", 3),
        workers=3,
        secret=None,
    ),
    FrameworkFault(
        name="flask-secret-missing",
        kind="flask",
        cause="boot-secret-missing",
        edits={"app.py": ((FLASK_SECRET, ""),)},
        secret=None,
        kinds=("source", "log", "all"),
    ),
    FrameworkFault(
        name="flask-domain-public-suffix",
        kind="flask",
        cause="keep-domain-is-public-suffix",
        edits={"app.py": (('"Lax",', '"Lax",\n    SESSION_COOKIE_DOMAIN=".onrender.com",'),)},
    ),
    FrameworkFault(
        name="flask-none-insecure",
        kind="flask",
        cause="keep-same-site-none-insecure",
        edits={"app.py": (('"Lax",', '"None",'),)},
    ),
    FrameworkFault(
        name="flask-nested",
        kind="flask",
        cause="save-nested-change-lost",
        edits={"app.py": (('    session["company"] = request', '    session.get("cart", {})["company"] = request'),)},
        noted=True,
    ),
    FrameworkFault(
        name="flask-hash-per-start",
        kind="flask",
        cause="read-hash-of-each-start",
        edits={
            "app.py": (
                (
                    '    session["userId"] = USERS',
                    '    session["agent"] = hash(request.user_agent.string)\n    session["userId"] = USERS',
                ),
                (
                    '    user = session.get("userId")',
                    '    if session.get("agent") != hash(request.user_agent.string):\n        session.clear()\n'
                    '    user = session.get("userId")',
                ),
            )
        },
        starts=2,
    ),
    FrameworkFault(
        name="flask-hook-clears",
        kind="flask",
        cause="find-ended-by-hook",
        edits={"app.py": (('@app.get("/health")', HOOK + '@app.get("/health")'),)},
        kinds=("all",),
    ),
    FrameworkFault(
        name="flask-lifetime-of-the-environment",
        kind="flask",
        cause="live-lifetime-too-short",
        edits={"app.py": (('\n\n@app.get("/health")', '\napp.config.from_prefixed_env()\n\n\n@app.get("/health")'),)},
        files={".env": "FLASK_PERMANENT_SESSION_LIFETIME=14\n"},
        starts=2,
        changed={"FLASK_PERMANENT_SESSION_LIFETIME": "14"},
    ),
)
