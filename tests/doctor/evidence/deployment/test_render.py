"""render.yaml: what it says of copies, variables and commands, and where."""

from pathlib import Path

import pytest

from sessile.doctor.evidence.deployment import collect
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.facts.deployment import Deployment, Origin, Role
from sessile.doctor.facts.environment import Flaw

BLUEPRINT = """\
envVarGroups:
  - name: shared
    envVars:
      - key: SESSION_SECRET
        generateValue: true
databases:
  - name: db
    plan: free
services:
  - type: web
    name: api
    plan: starter
    numInstances: 3
    domains: [api.example.com]
    healthCheckPath: /health
    preDeployCommand: python manage.py flush --noinput && python manage.py migrate
    startCommand: gunicorn app:app -k uvicorn.workers.UvicornWorker
    envVars:
      - key: WEB_CONCURRENCY
        value: 2
      - key: DATABASE_URL
        fromDatabase: {name: db, property: connectionString}
      - fromGroup: shared
  - type: worker
    name: mails
    startCommand: SESSION_SECRET=$(openssl rand -hex 32) python worker.py
    scaling: {minInstances: 1, maxInstances: 5}
    envVars:
      - {key: SECRET_KEY, value: dev}
      - {key: TOKEN, sync: false}
"""


@pytest.fixture
def blueprint(tmp_path: Path) -> Deployment:
    path = tmp_path / "render.yaml"
    path.write_text(BLUEPRINT)
    return collect(path)


def test_copies_and_processes_stand_with_the_line_that_says_so(blueprint: Deployment) -> None:
    api, mails, _ = blueprint.services
    assert api.instances
    assert (api.instances.number, api.instances.pointer.rpartition(":")[2]) == (3, "13")
    assert api.workers
    assert (api.workers.number, api.workers.pointer.rpartition(":")[2]) == (2, "19")
    assert mails.instances
    assert (mails.instances.number, mails.instances.largest) == (1, 5)


def test_each_variable_has_its_origin(blueprint: Deployment) -> None:
    api, mails, _ = blueprint.services
    origins = {one.name: one.origin for service in (api, mails) for one in service.variables}
    assert origins == {
        "SESSION_SECRET": Origin.GENERATED,
        "WEB_CONCURRENCY": Origin.WRITTEN,
        "DATABASE_URL": Origin.LINKED,
        "SECRET_KEY": Origin.WRITTEN,
        "TOKEN": Origin.ASKED,
    }
    shared = api.variable("SESSION_SECRET")
    assert shared
    assert shared.group == "shared"


def test_a_written_secret_becomes_a_masked_environment_and_a_generated_one_none(blueprint: Deployment) -> None:
    (only,) = blueprint.environments
    assert only.source.endswith("render.yaml (mails)")
    assert only.secret
    assert only.secret.flaws == (Flaw.KNOWN,)
    assert only.secret.pointer.endswith("render.yaml:29")


def test_commands_tell_what_they_drop_and_make_up(blueprint: Deployment) -> None:
    api, mails, db = blueprint.services
    assert [effect.says for command in api.commands for effect in command.drops] == ["`manage.py flush` empties every table"]
    assert [effect.says for command in mails.commands for effect in command.secrets] == ["SESSION_SECRET"]
    assert (db.role, db.plan) == (Role.DATABASE, "free")


def test_projects_hold_services_as_well(tmp_path: Path) -> None:
    path = tmp_path / "render.yaml"
    path.write_text(
        "projects:\n- name: p\n  environments:\n  - name: prod\n    services:\n    - {type: web, name: api, numInstances: 2}\n"
    )
    (service,) = collect(path).services
    assert service.hosts == ("api.onrender.com",)


@pytest.mark.parametrize(
    "text", ["", "services: 3", "services: [1, [2], null]", "- a", "services:\n - envVars: {a: b}", "a: &a [*a]"]
)
def test_whatever_else_it_holds_is_passed_over(tmp_path: Path, text: str) -> None:
    path = tmp_path / "render.yaml"
    path.write_text(text)
    assert all(not service.variables for service in collect(path).services)


def test_broken_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "render.yaml"
    path.write_text("services:\n  - type: web\n   name: [\n")
    with pytest.raises(NotEvidence, match=r"render.yaml is no YAML that can be read \(line 3\)"):
        collect(path)
