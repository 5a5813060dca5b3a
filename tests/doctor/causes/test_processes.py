"""Causes of several processes: sessions in the memory of each, and more connections than the server has."""

from pathlib import Path

import pytest

from sessile.doctor.findings import Confirmed, Noted, RuledOut
from tests.doctor.causes.frameworks import django, flask, seen, starlette
from tests.doctor.facts_builder import database, judge

WORKERS = {"Procfile": "web: gunicorn -w 3 app:app\n"}
MEMORY = """
sessions = {}


@app.post("/login")
async def enter(request: Request, response):
    sessions[secrets.token_hex()] = 1
    response.set_cookie("sid", "x")
"""


class TestProcessMemory:
    CAUSE = "find-process-memory"

    def test_a_dictionary_and_several_processes(self, tmp_path: Path) -> None:
        files = {"main.py": starlette()["main.py"] + MEMORY}
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files)), Noted)
        finding = judge(self.CAUSE, seen(tmp_path, files | WORKERS))
        assert isinstance(finding, Confirmed)
        assert [one.source for one in finding.evidence] == ["source", "deployment"]

    def test_a_dictionary_of_something_else_is_none(self, tmp_path: Path) -> None:
        files = {"main.py": starlette()["main.py"] + MEMORY.replace("sessions", "prices")}
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files | WORKERS)), RuledOut)

    @pytest.mark.parametrize(
        ("engine", "backend", "kind"),
        [
            ("cache", "django.core.cache.backends.locmem.LocMemCache", Confirmed),
            ("cached_db", "django.core.cache.backends.locmem.LocMemCache", RuledOut),
            ("cache", "django.core.cache.backends.redis.RedisCache", RuledOut),
            ("db", "django.core.cache.backends.locmem.LocMemCache", RuledOut),
        ],
    )
    def test_djangos_cache(self, tmp_path: Path, engine: str, backend: str, kind: type) -> None:
        settings = (
            f'SESSION_ENGINE = "django.contrib.sessions.backends.{engine}"\nCACHES = {{"default": {{"BACKEND": "{backend}"}}}}'
        )
        assert isinstance(judge(self.CAUSE, seen(tmp_path, django(settings) | WORKERS)), kind)

    def test_a_cache_that_is_chosen_at_the_start_cannot_be_told(self, tmp_path: Path) -> None:
        settings = (
            'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\nCACHES = {"default": {"BACKEND": os.environ["CACHE"]}}'
        )
        assert isinstance(judge(self.CAUSE, seen(tmp_path, django(settings) | WORKERS)), RuledOut)

    def test_sessiles_own_memory_store(self, tmp_path: Path) -> None:
        text = starlette("store=MemoryStore(), secret=os.environ['S']")["main.py"]
        text = text.replace("from starlette.middleware.sessions import", "from sessile import MemoryStore,")
        assert isinstance(judge(self.CAUSE, seen(tmp_path, {"main.py": text} | WORKERS)), Confirmed)


POOLED = {"db.py": "from sqlalchemy import create_engine\nengine = create_engine('x', pool_size=10)\n"}


class TestConnections:
    CAUSE = "reach-connections-exhausted"

    @pytest.mark.parametrize(("workers", "kind"), [(2, RuledOut), (8, Noted)])
    def test_pools_times_processes(self, tmp_path: Path, workers: int, kind: type) -> None:
        files = flask() | POOLED | {"Procfile": f"web: gunicorn -w {workers} app:app\n"}
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files, database=database())), kind)

    def test_the_figures_are_told(self, tmp_path: Path) -> None:
        blueprint = "services:\n- {type: web, name: a, numInstances: 3, startCommand: gunicorn -w 4 app}\n"
        finding = judge(self.CAUSE, seen(tmp_path, flask() | POOLED | {"render.yaml": blueprint}, database=database()))
        assert isinstance(finding, Noted)
        assert finding.evidence[0].says.startswith("3 x 4 processes with pools of 20 may open 240 connections")
        assert finding.evidence[0].pointer == "db.py:2"

    def test_a_pool_whose_size_only_a_run_tells(self, tmp_path: Path) -> None:
        files = flask() | {"db.py": "from sqlalchemy import create_engine\nengine = create_engine('x', pool_size=size())\n"}
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files | WORKERS, database=database())), RuledOut)
