"""A login on Flask, its session in Flask's signed cookie."""

import os

from flask import Flask, jsonify, request, session

USERS = {"ana@example.com": 1, "ben@example.com": 2, "chandra@example.com": 3, "dana@example.com": 4}

app = Flask(__name__)
app.config.update(
    SECRET_KEY=os.environ["SECRET_KEY"],
    SESSION_COOKIE_SAMESITE="Lax",
)


@app.get("/health")
def health():
    return jsonify(ok=True)


@app.post("/api/auth/login")
def login():
    body = request.get_json()
    if body["email"] not in USERS or body["password"] != "demo":
        return jsonify(error="wrong password"), 401
    session["userId"] = USERS[body["email"]]
    return jsonify(ok=True)


@app.get("/api/me")
def me():
    user = session.get("userId")
    return jsonify(userId=user) if user else (jsonify(error="not logged in"), 401)


@app.post("/api/onboarding")
def onboarding():
    if "userId" not in session:
        return jsonify(error="not logged in"), 401
    session["company"] = request.get_json()["company"]
    return jsonify(ok=True)
