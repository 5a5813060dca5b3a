"""What the code of a service in Python writes too late, elsewhere, or so that it is not kept."""

from pathlib import Path

import pytest

from sessile.doctor.findings import Confirmed, Noted, RuledOut, Unseen
from tests.doctor.causes.frameworks import django, flask, seen
from tests.doctor.causes.python_code.fastapi import fastapi
from tests.doctor.facts_builder import facts, judge


class TestCookieOnOtherResponse:
    CAUSE = "set-cookie-on-other-response"

    @pytest.mark.parametrize(
        ("signature", "body", "kind"),
        [
            ("response: Response", 'response.set_cookie("sid", s)\n    return JSONResponse({"ok": True})', Confirmed),
            (
                "response: Response",
                'answer = RedirectResponse("/")\n    response.set_cookie(key="sid", value=s)\n    return answer',
                Confirmed,
            ),
            ("response: Response", 'response.set_cookie("sid", s)\n    return {"ok": True}', RuledOut),
            ("response: Response", 'response.set_cookie("sid", s)\n    return response', RuledOut),
            (
                "response: Response",
                'response.set_cookie("sid", s)\n    return JSONResponse({}, headers=response.headers)',
                RuledOut,
            ),
            ("response: Response", 'if bad:\n        return JSONResponse({}, 401)\n    response.set_cookie("sid", s)', RuledOut),
            ("response: Response", 'response.set_cookie("theme", "dark")\n    return JSONResponse({})', RuledOut),
            ("other", 'response = JSONResponse({})\n    response.set_cookie("sid", s)\n    return response', RuledOut),
        ],
    )
    def test_only_the_response_that_is_returned_is_sent(self, tmp_path: Path, signature: str, body: str, kind: type) -> None:
        files = fastapi(f'@app.post("/login")\nasync def login({signature}):\n    {body}\n')
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files)), kind)

    def test_without_code_nobody_can_tell(self) -> None:
        assert isinstance(judge(self.CAUSE, facts()), Unseen)


class TestReadElsewhere:
    ROUTER = """
class Router:
    def db_for_read(self, model, **hints):
        {reads}

    def db_for_write(self, model, **hints):
        {writes}
"""

    @pytest.mark.parametrize(
        ("reads", "kind"),
        [
            ('return "replica"', Noted),
            ('return "default"', Unseen),
            ('return "default" if model._meta.app_label == "sessions" else "replica"', Unseen),
        ],
    )
    def test_a_router(self, tmp_path: Path, reads: str, kind: type) -> None:
        files = django() | {"shop/routers.py": self.ROUTER.format(reads=reads, writes='return "default"')}
        assert isinstance(judge("find-replica-lag", seen(tmp_path, files)), kind)


class TestChangedAfterResponse:
    @pytest.mark.parametrize(
        "how", ["tasks.add_task(remember, request)", "JSONResponse({}, background=BackgroundTask(remember, request))"]
    )
    def test_a_background_task_comes_too_late(self, tmp_path: Path, how: str) -> None:
        body = f"""
def remember(request):
    request.session["user"] = 1


@app.post("/login")
def login(request: Request):
    {how}
"""
        assert isinstance(judge("save-changed-after-response", seen(tmp_path, fastapi(body))), Confirmed)

    def test_a_task_that_leaves_the_session_alone(self, tmp_path: Path) -> None:
        body = """
def mail(user):
    send(user)


@app.post("/login")
def login(request: Request):
    tasks.add_task(mail, 1)
    request.session["user"] = 1
"""
        assert not isinstance(judge("save-changed-after-response", seen(tmp_path, fastapi(body))), Confirmed)


def test_a_user_inside_a_value_of_another_name_is_a_login(tmp_path: Path) -> None:
    auth, cart = flask(login='session["auth"]["uid"] = 1'), flask(login='session["cart"]["tea"] = 1')
    assert isinstance(judge("save-nested-change-lost", seen(tmp_path / "auth", auth)), Confirmed)
    assert isinstance(judge("save-nested-change-lost", seen(tmp_path / "cart", cart)), Noted)
