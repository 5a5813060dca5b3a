"""compose.yaml, Procfile, Dockerfile and units of systemd."""

from pathlib import Path

import pytest

from sessile.doctor.evidence.deployment import collect, command, in_folder
from sessile.doctor.facts.deployment import Count, Deployment, Origin, Role

COMPOSE = """\
x-env: &env
  SESSION_SECRET: ${SESSION_SECRET:?set it}
services:
  app:
    ports: ["80:80"]
    environment:
      <<: *env
      MODE: "a$$b"
    deploy: {replicas: 2}
    command: ["sh", "-c", "uvicorn app:app --workers ${W:-3}"]
  jobs:
    environment: [SECRET_KEY=dev-secret, PASSED]
    env_file: .env
    scale: 4
  db:
    image: postgres:17
    environment: [POSTGRES_PASSWORD=x]
"""


def read(folder: Path, name: str, text: str) -> Deployment:
    path = folder / name
    path.write_text(text)
    return collect(path)


class TestCompose:
    def test_roles_copies_and_processes(self, tmp_path: Path) -> None:
        app, jobs, db = read(tmp_path, "docker-compose.prod.yml", COMPOSE).services
        assert (app.role, jobs.role, db.role) == (Role.WEB, Role.WORKER, Role.DATABASE)
        assert app.instances
        assert app.workers
        assert (app.instances.number, app.workers.number) == (2, 3)
        assert jobs.instances
        assert jobs.instances.number == 4

    def test_what_comes_from_outside_is_not_taken_for_a_value(self, tmp_path: Path) -> None:
        app, jobs, _ = read(tmp_path, "compose.yaml", COMPOSE).services
        secret = app.variable("SESSION_SECRET")
        assert secret
        assert secret.origin is Origin.PASSED
        assert app.environment is None
        passed = jobs.variable("PASSED")
        assert passed
        assert passed.origin is Origin.PASSED

    def test_env_file_is_read_with_its_own_lines(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("# one\nSESSION_SECRET='x y'\n")
        _, jobs, _ = read(tmp_path, "compose.yaml", COMPOSE).services
        assert jobs.environment
        assert jobs.environment.secret
        assert jobs.environment.secret.pointer == f"{tmp_path / '.env'}:2"


class TestDockerfile:
    TEXT = (
        "FROM node AS build\nENV SECRET_KEY=of-another-stage\nFROM python:3.12\nENV FLASK_SECRET_KEY=baked \\\n    # why\n"
        '    WEB_CONCURRENCY=3\nRUN echo "SECRET_KEY=$(openssl rand -hex 12)" > .env\nCMD ["gunicorn", "--preload", "app:app"]\n'
    )

    def test_the_last_stage_alone_counts(self, tmp_path: Path) -> None:
        (image,) = read(tmp_path, "Dockerfile", self.TEXT).services
        assert [one.name for one in image.variables] == ["FLASK_SECRET_KEY", "WEB_CONCURRENCY"]

    def test_what_it_starts_and_what_it_makes_up_at_each_build(self, tmp_path: Path) -> None:
        (image,) = read(tmp_path, "Dockerfile", self.TEXT).services
        assert image.workers == Count(3, f"{tmp_path / 'Dockerfile'}:4")
        assert image.commands[-1].preloads
        assert [effect.pointer.rpartition(":")[2] for effect in image.commands[0].secrets] == ["7"]


class TestSystemd:
    def test_settings_over_several_lines(self, tmp_path: Path) -> None:
        text = (
            '[Unit]\nEnvironment=NOT=this\n[Service]\nEnvironment="SESSION_SECRET=a b" MODE=x\n'
            "ExecStart=/usr/bin/env gunicorn \\\n -w8 app:app\n"
        )
        (service,) = read(tmp_path, "app@.service", text).services
        assert service.name == "app"
        assert [one.name for one in service.variables] == ["SESSION_SECRET", "MODE"]
        assert service.workers == Count(8, f"{tmp_path / 'app@.service'}:5")


class TestProcfile:
    def test_each_process_has_its_command(self, tmp_path: Path) -> None:
        web, release = read(
            tmp_path, "Procfile", "web: exec poetry run gunicorn app:app --workers=5\nrelease: flask db upgrade\n"
        ).services
        assert web.workers
        assert (web.workers.number, release.role) == (5, Role.JOB)


class TestCommands:
    @pytest.mark.parametrize(
        ("line", "workers"),
        [
            ("gunicorn -w 4 app:app", 4),
            ("gunicorn -w4 app:app", 4),
            ("gunicorn --workers=4 app", 4),
            ("cd app && exec uvicorn main:app --workers 4 --port $PORT", 4),
            ("python -m uvicorn main:app --workers 4", 4),
            ("bash -c 'hypercorn -w 4 app:app'", 4),
            ("pm2 start app.js -i 4", 4),
            ("granian --workers ${N:-4} app", 4),
            ("pm2 start app.js -i max", None),
            ("uvicorn main:app", None),
            ("echo gunicorn -w 4", None),
            ("gunicorn app --workers $(nproc)", None),
            ("node server.js 'unclosed", None),
        ],
    )
    def test_how_many_processes_a_server_starts(self, line: str, workers: int | None) -> None:
        found = command.read(line, "Procfile:1").workers
        assert (found.number if found else None) == workers

    @pytest.mark.parametrize(
        "line",
        [
            "SESSION_SECRET=$(openssl rand -hex 32) gunicorn app:app",
            "export SECRET_KEY=`uuidgen` && uvicorn app:app",
            "SECRET_KEY=\"$(python -c 'import secrets; print(secrets.token_hex())')\" gunicorn app",
        ],
    )
    def test_a_secret_that_each_start_makes_up(self, line: str) -> None:
        assert len(command.read(line, "x:1").secrets) == 1

    @pytest.mark.parametrize(
        "line",
        [
            "SESSION_SECRET=$(cat /run/secrets/session) gunicorn app:app",
            "SECRET_KEY=${SECRET_KEY:-$(openssl rand -hex 32)} gunicorn app:app",
            "REQUEST_ID=$(uuidgen) gunicorn app",
            "gunicorn app",
        ],
    )
    def test_a_secret_that_comes_from_elsewhere(self, line: str) -> None:
        assert command.read(line, "x:1").secrets == ()

    @pytest.mark.parametrize(
        "line",
        [
            "npx prisma db push --accept-data-loss && node server.js",
            "drizzle-kit push --force",
            "python manage.py flush --noinput",
            'psql "$DATABASE_URL" -c "DROP TABLE IF EXISTS session"',
        ],
    )
    def test_what_drops_tables(self, line: str) -> None:
        assert len(command.read(line, "x:1").drops) == 1

    @pytest.mark.parametrize(
        "line", ["python manage.py migrate", "prisma migrate deploy", "manage.py clearsessions", "drizzle-kit migrate"]
    )
    def test_what_leaves_them_alone(self, line: str) -> None:
        assert command.read(line, "x:1").drops == ()

    def test_a_password_in_a_command_is_not_shown(self) -> None:
        (drop,) = command.read('psql postgresql://u:hunter22@h/db -c "DROP TABLE session"', "x:1").drops
        assert "hunter22" not in drop.says


def test_a_folder_gives_those_at_its_top_and_in_the_usual_places(tmp_path: Path) -> None:
    for name in ("Procfile", "nginx/nginx.conf", "src/Dockerfile", "deploy/app.service", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    assert [path.name for path in in_folder(tmp_path)] == ["Procfile", "app.service", "nginx.conf"]
