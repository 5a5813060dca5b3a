"""connect-redis on Express, and what the doctor makes of its cookies and of its log."""

from pathlib import Path

from lab.browser import Browser
from lab.express import ExpressService
from lab.redis import RedisServer
from sessile.doctor.evidence.cookie import arrivals, examine, secrets_in_file
from sessile.doctor.why import Status, answer
from sessile.session.outcome import Station
from tests.doctor.recording import SECRET
from tests.lab.redis.scene import client, confirmed, of_log, until


class TestExpress:
    """connect-redis on Express, and what the doctor makes of its cookies and of its log."""

    def test_a_login_is_followed_from_its_cookie(self, server: RedisServer, tmp_path: Path) -> None:
        with ExpressService({"STORE": "redis", "REDIS_URL": server.url, "SESSION_SECRET": SECRET}, tmp_path) as express:
            browser = Browser(express.url)
            assert (browser.login(), browser.me()) == (200, 200)
            [value] = browser.cookies.values()
            environment = tmp_path / ".env"
            environment.write_text(f"SESSION_SECRET={SECRET}\n")
            secrets = secrets_in_file(environment)
            lives = answer(examine(arrivals(value), secrets, None, None, server.url))
            assert (lives.status, lives.station) == (Status.LIVES, None)
            assert browser.logout() == 200
            ended = answer(examine(arrivals(value), secrets, None, None, server.url))
            assert (ended.status, ended.station) == (Status.STOPS, Station.FIND)
            browser.close()

    def test_its_log_alone_tells_what_redis_refused(self, server: RedisServer, tmp_path: Path) -> None:
        with ExpressService({"STORE": "redis", "REDIS_URL": server.url, "SESSION_SECRET": SECRET}, tmp_path) as express:
            browser = Browser(express.url)
            with client(server.url) as admin:
                admin.config_set("maxmemory", 1)
            assert browser.login() == 500
            browser.close()
            log = express.log
        assert confirmed(of_log(log, tmp_path)) == ["save-redis-out-of-memory"]

    def test_a_refused_connection_of_its_client_is_none_of_postgresql(self, server: RedisServer, tmp_path: Path) -> None:
        with ExpressService({"STORE": "redis", "REDIS_URL": server.url, "SESSION_SECRET": SECRET}, tmp_path) as express:
            server.kill()
            until(lambda: "ECONNREFUSED" in express.log)
            log = express.log
        found = of_log(log, tmp_path)
        assert "reach-refused" not in [one.cause.id for one in found.causes]
