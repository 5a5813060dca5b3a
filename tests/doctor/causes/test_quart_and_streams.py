"""Quart is read as Flask is, a stream as what comes after the answer, and a service behind a proxy as one that answers."""

from pathlib import Path

import pytest

from sessile.doctor.facts.source import Framework
from sessile.doctor.findings import Confirmed, RuledOut
from tests.doctor.causes.frameworks import flask, seen, starlette
from tests.doctor.facts_builder import judge


def quart(settings: str, login: str = 'session["user"] = 1') -> dict[str, str]:
    return {name: text.replace("flask", "quart").replace("Flask", "Quart") for name, text in flask(settings, login).items()}


def test_a_secret_of_each_start_under_quart(tmp_path: Path) -> None:
    found = seen(tmp_path, quart("app.secret_key = os.urandom(24)"))
    assert [source.framework for source in found.sources] == [Framework.FLASK]
    assert isinstance(judge("verify-secret-random-per-boot", found), Confirmed)


@pytest.mark.parametrize(
    ("sent", "kind"),
    [("StreamingResponse(parts())", Confirmed), ("JSONResponse(list(parts()))", RuledOut)],
)
def test_a_login_inside_a_stream(tmp_path: Path, sent: str, kind: type) -> None:
    files = starlette()
    files["stream.py"] = (
        "from starlette.responses import JSONResponse, StreamingResponse\n\n\nasync def login(request):\n"
        f'    def parts():\n        request.session["user"] = 1\n        yield b"done"\n\n    return {sent}\n'
    )
    files["main.py"] = files["main.py"].replace('request.session["user"] = 1', "return await stream.login(request)")
    assert isinstance(judge("save-changed-after-response", seen(tmp_path, files)), kind)


def test_a_service_behind_the_proxy_of_its_compose_file_answers(tmp_path: Path) -> None:
    compose = (
        "services:\n  nginx:\n    image: nginx\n    ports: [80]\n  web:\n    build: .\n    command: gunicorn -w 3 main:app\n"
    )
    found = seen(
        tmp_path, {**starlette(), "docker-compose.yml": f"{compose}  mail:\n    build: .\n    command: python mail.py\n"}
    )
    assert [service.name for service in found.deployments.web] == ["nginx", "web"]
