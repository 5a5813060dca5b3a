"""A service on FastAPI as code, and a log of people who were turned away."""

from sessile.doctor.facts.logs import Kind
from tests.doctor.facts_builder import BOOT, line, log

HEAD = """
from fastapi import FastAPI, BackgroundTasks, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.background import BackgroundTask

app = FastAPI()
"""
BOUNCED = log(BOOT, line(Kind.LOGIN, "", "POST /login 200"), line(Kind.UNAUTHORIZED, "", "GET /me 401"))


def fastapi(body: str) -> dict[str, str]:
    return {"main.py": HEAD + body}
