"""A middleware that assigns Set-Cookie: around the session's, inside it, and one that adds its cookie."""

from pathlib import Path

import pytest

from sessile.doctor.findings import Confirmed, RuledOut, Unseen
from tests.doctor.causes.frameworks import flask, seen, starlette
from tests.doctor.facts_builder import facts, judge

CAUSE = "set-cookie-header-replaced"
FUNCTION = """

@app.middleware("http")
async def visitor(request, call_next):
    response = await call_next(request)
    {statement}
    return response
"""
CLASS = """

class Visitor(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        {statement}
        return response


app.add_middleware(Visitor)
"""
ASSIGNS = 'response.headers["Set-Cookie"] = "visitor=1"'


@pytest.mark.parametrize("middleware", [FUNCTION, CLASS])
@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (ASSIGNS, Confirmed),
        ('response.headers.append("Set-Cookie", "visitor=1")', RuledOut),
        ('response.set_cookie("visitor", "1")', RuledOut),
        ('response.headers["Cache-Control"] = "no-store"', RuledOut),
    ],
)
def test_around_the_session(tmp_path: Path, middleware: str, statement: str, kind: type) -> None:
    files = starlette()
    files["main.py"] += middleware.format(statement=statement)
    assert isinstance(judge(CAUSE, seen(tmp_path, files)), kind)


def test_inside_the_session_it_takes_nothing_away(tmp_path: Path) -> None:
    files = starlette()
    files["main.py"] = files["main.py"].replace(
        "app.add_middleware(", FUNCTION.format(statement=ASSIGNS) + "\napp.add_middleware("
    )
    assert isinstance(judge(CAUSE, seen(tmp_path, files)), RuledOut)


def test_other_frameworks_and_no_code(tmp_path: Path) -> None:
    hook = (
        '\n\n@app.after_request\ndef visitor(response):\n    response.headers["Set-Cookie"] = "visitor=1"\n    return response\n'
    )
    files = flask()
    files["app.py"] += hook
    assert isinstance(judge(CAUSE, seen(tmp_path, files)), RuledOut)
    assert isinstance(judge(CAUSE, facts()), Unseen)


@pytest.mark.parametrize(
    ("code", "proven"),
    [
        ('os.environ["SECRET_KEY"] = secrets.token_hex(32)', True),
        ('os.environ["BUILD"] = secrets.token_hex(32)', False),
        ('os.environ["SECRET_KEY"] = read("/run/secrets/key")', False),
    ],
)
def test_a_variable_that_each_start_sets_anew(tmp_path: Path, code: str, proven: bool) -> None:
    files = {**flask(), "gunicorn.conf.py": f"import os, secrets\n\n\ndef post_fork(server, worker):\n    {code}\n"}
    assert isinstance(judge("verify-secret-random-per-boot", seen(tmp_path, files)), Confirmed) is proven
