"""A login on FastAPI, its session in Starlette's signed cookie."""

import os

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.middleware.sessions import SessionMiddleware

USERS = {"ana@example.com": 1, "ben@example.com": 2, "chandra@example.com": 3, "dana@example.com": 4}

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key=os.environ["SECRET_KEY"], https_only=False, max_age=14 * 24 * 3600)


@app.get("/health")
async def health():
    return {"ok": True}


@app.post("/api/auth/login")
async def login(request: Request):
    body = await request.json()
    if body["email"] not in USERS or body["password"] != "demo":
        return JSONResponse({"error": "wrong password"}, 401)
    request.session["userId"] = USERS[body["email"]]
    return {"ok": True}


@app.get("/api/me")
async def me(request: Request):
    user = request.session.get("userId")
    return {"userId": user} if user else JSONResponse({"error": "not logged in"}, 401)


@app.post("/api/onboarding")
async def onboarding(request: Request):
    if not request.session.get("userId"):
        return JSONResponse({"error": "not logged in"}, 401)
    request.session["company"] = (await request.json())["company"]
    return {"ok": True}
