"""What the code of a service in Python shows: each fault, what is nearly it, and what is done so that it is none."""

from dataclasses import replace
from pathlib import Path

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Finding, Noted, RuledOut, Undecided, Unseen
from tests.doctor.causes.frameworks import django, flask, seen, starlette
from tests.doctor.facts_builder import BOOT, environment, facts, judge, line, log
from tests.doctor.recording import asked, login, recording

HEAD = """
from fastapi import FastAPI, BackgroundTasks, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.background import BackgroundTask

app = FastAPI()
"""
BOUNCED = log(BOOT, line(Kind.LOGIN, "", "POST /login 200"), line(Kind.UNAUTHORIZED, "", "GET /me 401"))


def fastapi(body: str) -> dict[str, str]:
    return {"main.py": HEAD + body}


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


class TestHashOfEachStart:
    CAUSE = "read-hash-of-each-start"
    COMPARED = '\n\n@app.before_request\ndef check():\n    if session.get("agent") != {hash}:\n        session.clear()\n'

    def judged(self, tmp_path: Path, made: str, compared: str, before: str = "") -> Finding:
        files = flask(login=f'session["agent"] = {made}')
        files["app.py"] = before + files["app.py"] + self.COMPARED.format(hash=compared)
        return judge(self.CAUSE, seen(tmp_path, files))

    def test_a_hash_that_is_kept_and_compared(self, tmp_path: Path) -> None:
        assert isinstance(self.judged(tmp_path, "hash(agent)", "hash(agent)"), Confirmed)

    def test_by_a_function(self, tmp_path: Path) -> None:
        made = "def fingerprint():\n    return hash(agent)\n\n\n"
        assert isinstance(self.judged(tmp_path, "fingerprint()", "fingerprint()", made), Confirmed)

    @pytest.mark.parametrize(
        ("made", "compared", "before"),
        [
            ("hash(agent)", "'x'", ""),
            ("hash(user.id)", "hash(user.id)", ""),
            ("hash(agent)", "hash(agent)", "from passwords import hash\n"),
            ("sha256(agent)", "sha256(agent)", ""),
        ],
    )
    def test_what_is_the_same_at_each_start(self, tmp_path: Path, made: str, compared: str, before: str) -> None:
        assert isinstance(self.judged(tmp_path, made, compared, before), RuledOut)

    def test_a_seed_that_is_set(self, tmp_path: Path) -> None:
        files = flask(login='session["agent"] = hash(agent)')
        files["app.py"] += self.COMPARED.format(hash="hash(agent)")
        known = replace(seen(tmp_path, files), environments=(environment("PYTHONHASHSEED"),))
        assert isinstance(judge(self.CAUSE, known), RuledOut)


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


class TestUserLookedUpAsText:
    CAUSE = "read-user-looked-up-as-text"
    LOADER = "\nusers = {users}\n\n\n@manager.user_loader\ndef load(user_id):\n    {body}\n"

    @pytest.mark.parametrize(
        ("users", "body", "kind"),
        [
            ("{1: ana}", "return users.get(user_id)", Confirmed),
            ("{1: ana}", "return users[user_id]", Confirmed),
            ("{1: ana}", "return users.get(int(user_id))", RuledOut),
            ("{1: ana}", "user_id = int(user_id)\n    return users.get(user_id)", RuledOut),
            ("{'1': ana}", "return users.get(user_id)", RuledOut),
        ],
    )
    def test_a_loader(self, tmp_path: Path, users: str, body: str, kind: type) -> None:
        files = flask()
        files["app.py"] += self.LOADER.format(users=users, body=body)
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files)), kind)


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


def test_a_user_inside_a_value_of_another_name_is_a_login(tmp_path: Path) -> None:
    auth, cart = flask(login='session["auth"]["uid"] = 1'), flask(login='session["cart"]["tea"] = 1')
    assert isinstance(judge("save-nested-change-lost", seen(tmp_path / "auth", auth)), Confirmed)
    assert isinstance(judge("save-nested-change-lost", seen(tmp_path / "cart", cart)), Noted)


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


class TestTwoKeysForOneCookie:
    CAUSE = "verify-two-keys-for-one-cookie"
    SECOND = "\napp.add_middleware(SessionMiddleware, {options})\n"
    MOUNTED = "\nother = FastAPI()\nother.add_middleware(SessionMiddleware, secret_key=os.environ['B'])\n{mount}\n"

    @pytest.mark.parametrize(
        ("options", "kind"),
        [
            ("secret_key=os.environ['B']", Confirmed),
            ("secret_key='another'", Confirmed),
            ("secret_key=os.environ['SECRET_KEY']", RuledOut),
            ("secret_key=os.environ['B'], session_cookie='b'", RuledOut),
            ("secret_key=read()", RuledOut),
        ],
    )
    def test_in_one_application(self, tmp_path: Path, options: str, kind: type) -> None:
        files = starlette()
        files["main.py"] += self.SECOND.format(options=options)
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files)), kind)

    @pytest.mark.parametrize(("mount", "kind"), [("app.mount('/b', other)", Noted), ("", RuledOut)])
    def test_in_one_that_is_mounted(self, tmp_path: Path, mount: str, kind: type) -> None:
        files = starlette()
        files["main.py"] += self.MOUNTED.format(mount=mount)
        assert isinstance(judge(self.CAUSE, seen(tmp_path, files)), kind)
