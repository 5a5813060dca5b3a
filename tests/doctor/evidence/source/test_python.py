"""Services in Python: middleware in the order in which requests meet it, settings by their names, what handlers do."""

from pathlib import Path

import pytest

from sessile.doctor.evidence.source import collect
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.source import Choice, Deed, Framework, Fresh, Literal, Made, Part, Several, Source, Variable
from tests.doctor.causes.frameworks import django, flask, starlette


def read(folder: Path, files: dict[str, str]) -> Source:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (source,) = collect(folder).applications
    return source


def secret(folder: Path, expression: str, before: str = "") -> object:
    setting = read(folder, flask(f"{before}\napp.secret_key = {expression}")).setting("SECRET_KEY")
    assert setting
    return setting.value


class TestStarlette:
    TEXT = """
import os
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.sessions import SessionMiddleware as Sessions

app = Starlette(middleware=[Middleware(CORSMiddleware), Middleware(Sessions, "key", https_only=True)])


@app.middleware("http")
async def who(request, call_next):
    return request.session
"""

    def test_the_last_added_is_met_first_and_a_list_in_its_order(self, tmp_path: Path) -> None:
        source = read(tmp_path, {"main.py": self.TEXT})
        assert [step.part for step in source.steps] == [Part.OTHER, Part.CORS, Part.SESSION]
        assert source.steps[0].needs_session
        assert source.framework is Framework.STARLETTE

    def test_options_by_place_and_by_name(self, tmp_path: Path) -> None:
        session = read(tmp_path, {"main.py": self.TEXT}).of(Part.SESSION)[0]
        key, https = session.setting("secret_key"), session.setting("https_only")
        assert key
        assert https
        assert isinstance(key.value, Literal)
        assert isinstance(key.value.value, Concealed)
        assert https.value == Literal(value=True)
        assert str(https.place) == "main.py:8"

    def test_options_that_are_unpacked_are_not_known(self, tmp_path: Path) -> None:
        session = read(tmp_path, starlette("**options"))
        found = session.of(Part.SESSION)[0].setting("secret_key")
        assert found
        assert isinstance(found.value, Unknown)

    def test_sessiles_middleware_is_told_from_starlettes(self, tmp_path: Path) -> None:
        text = starlette("store=PostgresStore()")["main.py"].replace(
            "starlette.middleware.sessions import", "sessile import PostgresStore,"
        )
        session = read(tmp_path, {"main.py": text}).of(Part.SESSION)[0]
        store = session.setting("store")
        assert session.library == "sessile"
        assert store
        assert store.value == Made("sessile.PostgresStore")

    def test_two_applications_have_no_order(self, tmp_path: Path) -> None:
        assert not read(tmp_path, {"main.py": starlette()["main.py"] + "\nother = FastAPI()\n"}).ordered


class TestFlask:
    @pytest.mark.parametrize(
        "settings",
        [
            'app.secret_key = "k"',
            'app.config["SECRET_KEY"] = "k"',
            'app.config.update(SECRET_KEY="k")',
            'app.config.update({"SECRET_KEY": "k"})',
            'app.config.from_mapping(SECRET_KEY="k")',
            'app.config.from_object("config.Production")',
            "from config import Production\napp.config.from_object(Production)",
            "SECRET_KEY = 'k'\napp.config.from_object(__name__)",
        ],
    )
    def test_wherever_a_setting_is_given(self, tmp_path: Path, settings: str) -> None:
        files = flask(settings) | {"config.py": 'class Base:\n    SECRET_KEY = "k"\n\n\nclass Production(Base):\n    pass\n'}
        found = read(tmp_path, files).setting("SECRET_KEY")
        assert found
        assert isinstance(found.value, Literal)
        assert isinstance(found.value.value, Concealed)
        assert found.value.value.reveal() == "k"

    def test_the_last_of_several_holds(self, tmp_path: Path) -> None:
        source = read(tmp_path, flask('app.config["SESSION_COOKIE_SECURE"] = False\napp.config["SESSION_COOKIE_SECURE"] = True'))
        found = source.setting("SESSION_COOKIE_SECURE")
        assert found
        assert found.value == Literal(value=True)

    def test_who_keeps_the_sessions(self, tmp_path: Path) -> None:
        settings = 'from flask_session import Session\napp.config["SESSION_TYPE"] = "redis"\nSession(app)'
        assert read(tmp_path, flask(settings)).of(Part.SESSION)[0].library == "flask_session"


class TestDjango:
    def test_split_settings_are_read_as_for_production(self, tmp_path: Path) -> None:
        base = django()["shop/settings.py"]
        files = {
            "shop/settings/__init__.py": "",
            "shop/settings/base.py": base + 'DEBUG = False\nSESSION_COOKIE_AGE = 60 * 60\nSESSION_COOKIE_NAME = "base"\n',
            "shop/settings/production.py": 'from .base import *\nSESSION_COOKIE_NAME = "prod"\n'
            "if not DEBUG:\n    SESSION_COOKIE_SECURE = True\n",
            "shop/settings/local.py": 'from .base import *\nSESSION_COOKIE_NAME = "local"\nSESSION_COOKIE_SECURE = False\n',
        }
        source = read(tmp_path, files)
        found = {name: setting.value for name in ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_AGE")
                 if (setting := source.setting(name))}  # fmt: skip
        assert found == {
            "SESSION_COOKIE_NAME": Literal("prod"),
            "SESSION_COOKIE_SECURE": Literal(value=True),
            "SESSION_COOKIE_AGE": Literal(3600),
        }

    def test_what_is_set_under_another_condition_is_not_known(self, tmp_path: Path) -> None:
        source = read(tmp_path, django('if os.environ.get("X"):\n    SESSION_COOKIE_SECURE = True'))
        found = source.setting("SESSION_COOKIE_SECURE")
        assert found
        assert isinstance(found.value, Unknown)

    def test_settings_that_come_from_elsewhere_leave_all_open(self, tmp_path: Path) -> None:
        source = read(tmp_path, django("from base_settings import *"))
        assert all(step.open_ended for step in source.steps)


class TestValues:
    @pytest.mark.parametrize(
        ("expression", "value"),
        [
            ('os.environ["K"]', Variable("K")),
            ('os.getenv("K")', Variable("K")),
            ('os.environ.get("K") or os.urandom(8)', Variable("K", Fresh("os.urandom()"))),
            ("os.urandom(8)", Fresh("os.urandom()")),
            ("os.urandom(8).hex()", Fresh("os.urandom()")),
            ('"a" + os.urandom(8).hex()', Fresh("os.urandom()")),
            ("NAME", Variable("K")),
            ("Settings().secret_key", Variable("APP_SECRET_KEY")),
            ('config("K", default=None)', Variable("K", Literal(None))),
        ],
    )
    def test_a_secret(self, tmp_path: Path, expression: str, value: object) -> None:
        before = (
            'NAME = os.environ["K"]\nfrom pydantic_settings import BaseSettings\n'
            'class Settings(BaseSettings):\n    secret_key: str\n    class Config:\n        env_prefix = "app_"\n'
        )
        assert secret(tmp_path, expression, before) == value

    @pytest.mark.parametrize(
        "expression", ['open("k").read()', 'json.loads(open("k").read())["k"] or os.urandom(3)', "boto.get_secret('k')", "f(x)"]
    )
    def test_what_is_read_from_somewhere_is_not_guessed_at(self, tmp_path: Path, expression: str) -> None:
        assert isinstance(secret(tmp_path, expression), Unknown)

    @pytest.mark.parametrize(
        ("expression", "value"),
        [
            ("60 * 60 * 24", Literal(86400)),
            ("timedelta(days=1, hours=1)", Literal(90000)),
            ("timedelta(7)", Literal(604800)),
            ("not True", Literal(value=False)),
            ("True if DEBUG else False", Literal(value=False)),
            ('os.getenv("E") == "p"', Choice("E", "p", Literal(value=True), Literal(value=False))),
            ('["a", 1]', Several((Literal("a"), Literal(1)))),
            ("DEBUG and 1", Unknown("it is computed")),
        ],
    )
    def test_another_option(self, tmp_path: Path, expression: str, value: object) -> None:
        found = read(tmp_path, flask(f'from datetime import timedelta\nDEBUG = False\napp.config["X"] = {expression}')).setting(
            "X"
        )
        assert found
        assert found.value == value

    def test_no_secret_is_shown(self, tmp_path: Path) -> None:
        source = read(tmp_path, flask('app.secret_key = "hunter22-hunter22-hunter22"'))
        assert "hunter22" not in repr(source)


def test_a_file_that_no_python_reads_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    source = read(tmp_path, flask() | {"old.py": "print session\n"})
    assert not source.complete
    assert any("old.py:1" in one for one in source.skipped)


def test_what_logs_in(tmp_path: Path) -> None:
    assert [act.detail for act in read(tmp_path, flask()).did(Deed.LOGS_IN)] == ["user"]


@pytest.mark.parametrize(
    "text", ["x = x", "a, b = 1, 2", "class A(A): pass", "from . import *", "SECRET_KEY = " + "(" * 40 + "1" + ")" * 40]
)
def test_odd_code_is_no_error(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, flask() | {"odd.py": text + "\n"}).complete


def test_versions_come_from_what_pins_them(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "Flask==3.1.0  # why\nuvicorn[standard]>=0.30\n-r more.txt\n",
        "uv.lock": '[[package]]\nname = "starlette"\nversion = "0.52.1"\n',
    }
    assert dict(read(tmp_path, flask() | files).packages) == {"flask": "3.1.0", "uvicorn": ">=0.30", "starlette": "0.52.1"}
