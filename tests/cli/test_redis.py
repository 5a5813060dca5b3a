"""`sessile doctor` and `sessile why` on a Redis URL, given or named by the environment."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.ports import free_port
from lab.redis import RedisServer
from tests.cli.command import Command
from tests.cli.conftest import SECRET
from tests.doctor.recording import cookie
from tests.lab.redis.scene import client, save
from tests.redis_servers import redis_at

PASSWORD = "hunter2-hunter2"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_at(tmp_path_factory.mktemp("redis"), appendfsync="no") as started:
        yield started


@pytest.fixture
def url(server: RedisServer) -> Iterator[str]:
    """A Redis with a password, empty before and after."""
    with client(server.url) as admin:
        admin.config_set("requirepass", PASSWORD)
        admin.execute_command("AUTH", PASSWORD)
        admin.flushall()
        admin.config_resetstat()
        yield server.url.replace("//", f"//:{PASSWORD}@")
        admin.config_set("requirepass", "")


def test_sessions_in_order_are_healthy(command: Command, url: str) -> None:
    save(url)
    ended = command("doctor", url)
    assert (ended.status, ended.err) == (0, "")
    assert "HEALTHY" in ended.out
    assert "3 sessions stand in Redis under sess:" in " ".join(ended.out.split())
    assert PASSWORD not in ended.out


def test_what_the_environment_or_a_file_names_is_looked_at(command: Command, url: str) -> None:
    save(url)
    assert "(from REDIS_URL)" in command("doctor", REDIS_URL=url).out
    (command.folder / ".env").write_text(f'SESSION_SECRET={SECRET}\nREDIS_TLS_URL="{url}"\n')
    ended = command("doctor", ".env")
    assert ended.status == 0
    assert "(from .env)" in ended.out
    assert PASSWORD not in ended.out


def test_a_wrong_password_is_named_and_not_shown(command: Command, url: str) -> None:
    ended = command("doctor", "--json", url.replace(PASSWORD, "never-the-right-one"))
    report = json.loads(ended.out)
    assert ended.status == 1
    assert report["causes"][0]["id"] == "reach-redis-login-refused"
    assert "never-the-right-one" not in ended.out + ended.err


def test_nobody_listens_and_the_command_of_the_fix_names_the_variable(command: Command) -> None:
    ended = command("doctor", "--json", f"redis://:{PASSWORD}@127.0.0.1:{free_port()}/2")
    report = json.loads(ended.out)
    assert (ended.status, report["causes"][0]["id"]) == (1, "reach-redis-refused")
    assert report["causes"][0]["fix"]["command"] == 'redis-cli -u "$REDIS_URL" ping'
    assert PASSWORD not in ended.out + ended.err


def test_a_cookie_is_followed_to_its_key(command: Command, url: str) -> None:
    (command.folder / ".env").write_text(f"SESSION_SECRET={SECRET}\nREDIS_URL={url}\n")
    [sid] = save(url, 1)
    lives = command("why", cookie(SECRET, sid), ".env")
    assert lives.status == 0
    assert f"has the key sess:{sid[:4]}" in " ".join(lives.out.split())
    assert sid not in lives.out
    ended = json.loads(command("why", "--json", cookie(SECRET), url, ".env").out)
    assert (ended["verdict"], ended["station"]) == ("stops", "find")
    [elsewhere] = save(f"{url}/1", 1)
    assert (
        "database 1 (under sess:) has it" in json.loads(command("why", "--json", cookie(SECRET, elsewhere), ".env").out)["says"]
    )


def test_a_bundle_keeps_what_was_seen(command: Command, url: str) -> None:
    save(url, seconds=None)
    assert command("doctor", url, "--bundle", "seen.zip").status == 0
    again = command("doctor", "--json", "seen.zip")
    assert [note["id"] for note in json.loads(again.out)["notes"]] == ["live-redis-never-ends"]
    assert PASSWORD.encode() not in Path(command.folder, "seen.zip").read_bytes()
