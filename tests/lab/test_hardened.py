"""A table is hardened, and taken back, under a running Express and a running sessile: nobody is logged out."""

from pathlib import Path

from lab.browser import Browser
from lab.express import ExpressService
from lab.python import PythonService
from sessile.cli.app import run
from tests.lab.sessions import ask

SECRET = "one-secret-for-both-of-the-services"


def test_nobody_is_logged_out(database: str, tmp_path: Path) -> None:
    environment = {"DATABASE_URL": database, "SESSION_SECRET": SECRET, "CREATE_TABLE": "1", "REGENERATE": "1"}
    with PythonService(environment, tmp_path) as ours, ExpressService(environment, tmp_path) as express:
        cookies: list[dict[str, str]] = [{}, {}]
        browsers = [[Browser(service.url, mine) for service in (ours, express)] for mine in cookies]
        assert [browsers[0][0].login(), browsers[1][1].login()] == [200, 200]
        for options in ([], ["--apply"], ["--undo"], ["--apply"]):
            assert _sessile("table", "--hardened", database, *options) == 0
            for pair in browsers:
                assert [browser.me() for browser in pair] == [200, 200], options
                assert [browser.count() for browser in pair] == [200, 200], options
        assert ask(database, "SELECT count(*) FROM session WHERE last_seen > now() - interval '1 min'") == 2
        assert ask(database, "SELECT count(user_id) FROM session") == 2
        assert browsers[0][1].login() == 200
        assert ask(database, "SELECT count(*) FROM session WHERE created > now() - interval '1 min'") == 1
        assert [pair[0].logout() for pair in browsers] == [200, 200]
        assert [browser.me() for pair in browsers for browser in pair] == [401] * 4
        for pair in browsers:
            for browser in pair:
                browser.close()


def _sessile(*words: str) -> int:
    try:
        run(words)
    except SystemExit as end:
        return int(end.code or 0)
