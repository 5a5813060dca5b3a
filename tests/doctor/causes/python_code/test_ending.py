"""What the code of a service in Python ends sessions by, and what only looks like it."""

from dataclasses import replace
from pathlib import Path

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.causes.frameworks import django, flask, seen
from tests.doctor.causes.python_code.fastapi import fastapi
from tests.doctor.facts_builder import BOOT, judge, line, log
from tests.doctor.recording import asked, login, recording


class TestRowsRemoved:
    CAUSE = "find-rows-removed"
    NIGHTLY = "from django.contrib.sessions.models import Session\n\n\ndef handle():\n    Session.objects.{what}.delete()\n"

    def test_all_sessions_of_django(self, tmp_path: Path) -> None:
        files = django() | {"shop/nightly.py": self.NIGHTLY.format(what="all()")}
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files)), Noted)

    def test_those_that_have_expired(self, tmp_path: Path) -> None:
        files = django() | {"shop/nightly.py": self.NIGHTLY.format(what="filter(expire_date__lt=now)")}
        assert not isinstance(judge(self.CAUSE, seen(tmp_path, files)), Noted | Undecided)

    @pytest.mark.parametrize(("name", "kind"), [("cache.py", Undecided), ("tests/cache.py", Unseen)])
    def test_a_cache_that_is_emptied_with_all_beside_it(self, tmp_path: Path, name: str, kind: type) -> None:
        files = flask() | {name: "def clear():\n    redis.flushdb()\n"}
        logged = log(BOOT, *[line(Kind.LOGIN, "", "POST /login 200")] * 4, login_then_401=4)
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files, logged)), kind)

    @pytest.mark.parametrize("refused", [0, 4])
    def test_what_empties_the_cache_is_told_whether_or_not_users_suffer(self, tmp_path: Path, refused: int) -> None:
        files = flask() | {"cache.py": "def clear():\n    redis.flushdb()\n"}
        logged = log(BOOT, *[line(Kind.LOGIN, "", "POST /login 200")] * 4, login_then_401=refused)
        diagnosis = diagnose(seen(tmp_path, files, logged))
        told = [suspect.cause.id for suspect in diagnosis.causes] + [note.id for note in diagnosis.notes]
        assert told.count(self.CAUSE) == 1


class TestProcessMemory:
    FILLED = """
{store} = {{}}


@app.post("/login")
def login(response: Response):
    {store}[sid] = 1
    response.set_cookie("sid", {value})
"""

    @pytest.mark.parametrize(("value", "kind"), [("sid", Noted), ("other", RuledOut)])
    def test_a_dictionary_by_the_value_of_the_cookie(self, tmp_path: Path, value: str, kind: type) -> None:
        files = fastapi(self.FILLED.format(store="active", value=value))
        assert isinstance(judge("find-process-memory", seen(tmp_path, files)), kind)

    def test_one_cookie_by_turns_proves_that_several_processes_answer(self, tmp_path: Path) -> None:
        files = fastapi(self.FILLED.format(store="active", value="sid"))
        by_turns = recording(login(), *(asked(n, status=401 if n % 2 else 200) for n in range(1, 5)))
        known = replace(seen(tmp_path, files), wires=(by_turns,))
        assert isinstance(judge("find-process-memory", known), Confirmed)

    def test_files_in_a_directory_of_each_process(self, tmp_path: Path) -> None:
        cache = """
app.secret_key = "k"
Session(app)
app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(cache_dir={where}))
"""
        imports = "import tempfile\nfrom flask_session import Session\nfrom cachelib import FileSystemCache\n"
        for where, kind in (("tempfile.mkdtemp()", Noted), ('"/srv/sessions"', RuledOut)):
            files = flask(cache.format(where=where))
            files["app.py"] = imports + files["app.py"]
            assert isinstance(judge("find-process-memory", seen(tmp_path, files)), kind)


class TestEndedByHook:
    CAUSE = "find-ended-by-hook"
    HOOK = "\n\n@app.before_request\ndef guard():\n    if {condition}:\n        {ends}\n"

    @pytest.mark.parametrize("ends", ["session.clear()", "logout_user()"])
    def test_it_is_a_suspect_where_users_are_turned_away_and_else_nothing(self, tmp_path: Path, ends: str) -> None:
        files = flask()
        files["app.py"] = (
            "from flask_login import logout_user\n" + files["app.py"] + self.HOOK.format(condition="idle()", ends=ends)
        )
        logged = log(BOOT, *[line(Kind.LOGIN, "", "POST /login 200")] * 4, login_then_401=4)
        found = judge(self.CAUSE, seen(tmp_path, files, logged))
        assert isinstance(found, Undecided)
        assert "where idle()" in found.evidence[0].says
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files)), RuledOut)

    def test_a_middleware_of_django(self, tmp_path: Path) -> None:
        views = """
from django.contrib.auth import logout


class Single:
    def __call__(self, request):
        if other(request):
            logout(request)
        return self.get_response(request)
"""
        logged = log(BOOT, *[line(Kind.LOGIN, "", "POST /login 200")] * 4, login_then_401=4)
        assert isinstance(judge(self.CAUSE, seen(tmp_path, django(views=views), logged)), Undecided)

    def test_a_page_to_log_out_is_no_hook(self, tmp_path: Path) -> None:
        logged = log(BOOT, *[line(Kind.LOGIN, "", "POST /login 200")] * 4, login_then_401=4)
        assert isinstance(judge(self.CAUSE, seen(tmp_path, flask(login="session.clear()"), logged)), RuledOut)


class TestEndedByErrorHandler:
    CAUSE = "find-ended-by-error-handler"
    HANDLER = "\n\n@app.errorhandler({error})\ndef failed(error):\n    session.clear()\n    return 'no', 500\n"

    @pytest.mark.parametrize(("error", "kind"), [("404", Confirmed), ("Exception", Confirmed), ("401", Noted)])
    def test_an_error_that_has_nothing_to_do_with_who_it_is(self, tmp_path: Path, error: str, kind: type) -> None:
        files = flask()
        files["app.py"] += self.HANDLER.format(error=error)
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files)), kind)


class TestCacheCulls:
    CAUSE = "find-cache-culls"
    SETTINGS = """
SESSION_ENGINE = "django.contrib.sessions.backends.{engine}"
CACHES = {{"default": {{"BACKEND": "django.core.cache.backends.{backend}", "OPTIONS": {{"MAX_ENTRIES": {most}}}}}}}
"""
    FILLS = "from django.core.cache import cache\n\n\ndef page(number):\n    cache.set(f'page:{number}', 1)\n"

    @pytest.mark.parametrize(
        ("engine", "backend", "most", "kind"),
        [
            ("cache", "filebased.FileBasedCache", 300, Confirmed),
            ("cache", "db.DatabaseCache", 1000, Confirmed),
            ("cache", "db.DatabaseCache", 100_000, RuledOut),
            ("cached_db", "db.DatabaseCache", 300, RuledOut),
            ("cache", "redis.RedisCache", 300, RuledOut),
        ],
    )
    def test_room_for_few_among_others(self, tmp_path: Path, engine: str, backend: str, most: int, kind: type) -> None:
        settings = self.SETTINGS.format(engine=engine, backend=backend, most=most)
        assert isinstance(judge(self.CAUSE, seen(tmp_path, django(settings, self.FILLS))), kind)

    def test_sessions_alone_are_a_note(self, tmp_path: Path) -> None:
        settings = self.SETTINGS.format(engine="cache", backend="db.DatabaseCache", most=300)
        assert isinstance(judge(self.CAUSE, seen(tmp_path, django(settings))), Noted)
