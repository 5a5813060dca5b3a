"""What the code of a service in Python cannot read back."""

from dataclasses import replace
from pathlib import Path

import pytest

from sessile.doctor.findings import Confirmed, Finding, Noted, RuledOut
from tests.doctor.causes.frameworks import flask, seen, starlette
from tests.doctor.facts_builder import environment, judge


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
