"""Code and deployment files that are cut off, or hold anything at all: what can be read is, and nothing else is raised."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from sessile.doctor.diagnose import diagnose
from sessile.doctor.evidence import deployment, source
from sessile.doctor.evidence.gathering import Options, gather
from sessile.doctor.evidence.sorting import NotEvidence, sort
from sessile.doctor.report import json as report
from tests.doctor.causes.frameworks import django, flask, starlette
from tests.doctor.evidence.deployment.test_compose_and_commands import COMPOSE, TestDockerfile
from tests.doctor.evidence.deployment.test_nginx import SITE
from tests.doctor.evidence.deployment.test_render import BLUEPRINT

PLANTED = "PlantedSecret7Kd8fW2mX5qN"
FILES = {
    "render.yaml": BLUEPRINT,
    "compose.yaml": COMPOSE,
    "Dockerfile": TestDockerfile.TEXT,
    "nginx.conf": SITE,
    "Procfile": "web: SECRET_KEY=$(openssl rand -hex 3) gunicorn -w 3 'app:app'\n",
    "app.service": '[Service]\nEnvironment="A=b c"\nExecStart=gunicorn \\\n -w 3 app:app\n',
}
CODE = {"main.py": starlette()["main.py"], "app.py": flask()["app.py"], "settings.py": django()["shop/settings.py"]}


@pytest.mark.parametrize("name", FILES)
def test_a_deployment_file_that_ends_anywhere(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for end in range(0, len(FILES[name]), 7):
        path.write_text(FILES[name][:end])
        with suppress(NotEvidence):
            assert deployment.collect(path).source == str(path)


@pytest.mark.parametrize("name", CODE)
def test_code_that_ends_anywhere(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for end in range(0, len(CODE[name]), 11):
        path.write_text(CODE[name][:end])
        with suppress(NotEvidence):
            assert source.collect(tmp_path).files == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=strategies.sampled_from(sorted(FILES)), content=strategies.binary(max_size=200) | strategies.text(max_size=200))
def test_a_deployment_file_of_anything(tmp_path: Path, name: str, content: str | bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "replace"))
    with suppress(NotEvidence):
        assert deployment.collect(path).source == str(path)


def test_no_secret_of_any_file_is_told(tmp_path: Path) -> None:
    planted = {
        "render.yaml": f"services:\n- {{type: web, name: a, envVars: [{{key: SESSION_SECRET, value: {PLANTED}}}],"
        f" startCommand: 'psql postgres://u:{PLANTED}@h/d -c \"DROP TABLE session\"'}}\n",
        "compose.yaml": f"services:\n  a:\n    environment: [SECRET_KEY={PLANTED}]\n",
        "Dockerfile": f"FROM a\nENV FLASK_SECRET_KEY={PLANTED}\n",
        "Procfile": f"web: SESSION_SECRET={PLANTED} gunicorn app:app\n",
        "app.service": f"[Service]\nEnvironment=SESSION_SECRET={PLANTED}\nExecStart=gunicorn app:app\n",
        "nginx.conf": f'server {{ location / {{ proxy_pass http://a; proxy_set_header Cookie "connect.sid={PLANTED}"; }} }}\n',
        "app.py": flask(f'app.secret_key = "{PLANTED}"')["app.py"],
        "main.py": starlette(f'secret_key="{PLANTED}", same_site="none"')["main.py"],
        "settings.py": django(f'SECRET_KEY = "{PLANTED}"')["shop/settings.py"],
    }
    for name, text in planted.items():
        (tmp_path / name).write_text(text)
    gathered = gather(sort([str(tmp_path)], {}), Options())
    told = json.dumps(report.document(diagnose(gathered.facts))) + repr(gathered.facts) + repr(gathered.failures)
    assert PLANTED not in told
    assert diagnose(gathered.facts).causes
