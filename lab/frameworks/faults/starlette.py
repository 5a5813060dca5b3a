"""Faults of services on Starlette and FastAPI."""

from lab.frameworks.faults.fault import FrameworkFault, procfile

STARLETTE_SECRET = 'secret_key=os.environ["SECRET_KEY"], https_only=False, max_age=14 * 24 * 3600'
DICTIONARY = """
import secrets

sessions = {}


@app.post("/api/auth/login")
async def login(request: Request):
    sid = secrets.token_urlsafe(24)
    sessions[sid] = USERS[(await request.json())["email"]]
    answer = JSONResponse({"ok": True})
    answer.set_cookie("sid", sid, httponly=True, samesite="lax")
    return answer


@app.get("/api/me")
async def me(request: Request):
    user = sessions.get(request.cookies.get("sid"))
    return {"userId": user} if user else JSONResponse({"error": "not logged in"}, 401)


"""
WHO = """
from starlette.middleware.base import BaseHTTPMiddleware


class WhoIsIt(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        request.state.user = request.session.get("userId")
        return await call_next(request)


app.add_middleware(WhoIsIt)
"""
VISITOR = """

@app.middleware("http")
async def visitor(request, call_next):
    response = await call_next(request)
    response.headers["Set-Cookie"] = "visitor=1; Path=/"
    return response
"""
FAULTS = (
    FrameworkFault(
        name="starlette-set-cookie-replaced",
        kind="starlette",
        cause="set-cookie-header-replaced",
        edits={"main.py": (('\n\n@app.get("/health")', VISITOR + '\n\n@app.get("/health")'),)},
        kinds=("source", "all"),
    ),
    FrameworkFault(
        name="starlette-secret-per-start",
        kind="starlette",
        cause="verify-secret-random-per-boot",
        edits={"main.py": ((STARLETTE_SECRET, "secret_key=os.urandom(24).hex()"),)},
        starts=2,
        secret=None,
    ),
    FrameworkFault(
        name="starlette-secret-fallback",
        kind="starlette",
        cause="verify-secret-random-per-boot",
        edits={"main.py": (('os.environ["SECRET_KEY"]', 'os.environ.get("SECRET_KEY") or os.urandom(24).hex()'),)},
        starts=2,
        secret=None,
        kinds=("all",),
    ),
    FrameworkFault(
        name="starlette-nested",
        kind="starlette",
        cause="save-nested-change-lost",
        edits={"main.py": (('    request.session["userId"] = USERS', '    request.session.get("user", {})["id"] = USERS'),)},
    ),
    FrameworkFault(
        name="starlette-order",
        kind="starlette",
        cause="boot-session-middleware-missing",
        edits={"main.py": (('\n\n@app.get("/health")', WHO + '\n\n@app.get("/health")'),)},
        kinds=("source", "log", "all"),
    ),
    FrameworkFault(
        name="starlette-middleware-missing",
        kind="starlette",
        cause="boot-session-middleware-missing",
        edits={"main.py": ((f"app.add_middleware(SessionMiddleware, {STARLETTE_SECRET})\n", ""),)},
        kinds=("source", "log", "all"),
    ),
    FrameworkFault(
        name="starlette-two-keys",
        kind="starlette",
        cause="verify-two-keys-for-one-cookie",
        edits={
            "main.py": (
                (
                    '\n\n@app.get("/health")',
                    '\napp.add_middleware(SessionMiddleware, secret_key="of another part")\n\n\n@app.get("/health")',
                ),
            )
        },
    ),
    FrameworkFault(
        name="starlette-none-insecure",
        kind="starlette",
        cause="keep-same-site-none-insecure",
        edits={"main.py": (("https_only=False", 'https_only=False, same_site="none"'),)},
    ),
    FrameworkFault(
        name="fastapi-dictionary",
        kind="starlette",
        cause="find-process-memory",
        edits={"main.py": (('@app.post("/api/auth/login")', DICTIONARY + '@app.post("/old/login")'),)},
        files=procfile("starlette", 3),
        workers=3,
    ),
    FrameworkFault(
        name="starlette-no-rows",
        kind="starlette",
        cause="find-session-in-cookie",
        noted=True,
        kinds=("all",),
    ),
    FrameworkFault(
        name="fastapi-cookie-on-other-response",
        kind="starlette",
        cause="set-cookie-on-other-response",
        edits={
            "main.py": (
                ("async def login(request: Request):", "async def login(request: Request, response: Response):"),
                (
                    '    request.session["userId"] = USERS[body["email"]]\n    return {"ok": True}',
                    '    response.set_cookie("session_token", "t" * 32)\n    return JSONResponse({"ok": True})',
                ),
                ("import FastAPI, Request", "import FastAPI, Request, Response"),
            )
        },
    ),
)
