"""A cluster's node and a Sentinel are told for what they are, and nothing is concluded from what they do not keep."""

import time
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from lab.ports import free_ports
from lab.redis import MISSING, RedisServer
from sessile.doctor.case import Row
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.evidence.gathering import Options, gather
from sessile.doctor.evidence.redis import collect
from sessile.doctor.evidence.redis.lookup import look_up_one
from sessile.doctor.evidence.sorting import NotEvidence, sort
from sessile.doctor.facts.database import Experiment
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.redis import RedisServer as ServerSeen
from tests.doctor.facts_builder import NOW
from tests.lab.redis.scene import client, confirmed, diagnosed, session
from tests.redis_servers import redis_at

SLOTS = 16384
PATIENCE = 120


class Sentinel(RedisServer):
    """`redis-server --sentinel` that watches one primary."""

    def __init__(self, directory: Path, primary: int) -> None:
        super().__init__(directory)
        conf = directory / "sentinel.conf"
        conf.write_text(f"port {self.port}\nbind 127.0.0.1\ndir {directory}\nsentinel monitor mymaster 127.0.0.1 {primary} 1\n")
        self._command = [str(which("redis-server")), str(conf), "--sentinel"]


class Node(RedisServer):
    """A node of a cluster; `bus` is the port on which it talks to the others."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        super().__init__(directory, cluster_enabled="yes")
        self.bus = next(port for port in free_ports(2) if port != self.port)
        self._command += ["--cluster-port", str(self.bus)]


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[RedisServer, RedisServer]]:
    """Two nodes of a cluster, each of which serves half of the slots and knows that the other serves the rest."""
    if which("redis-server") is None:
        pytest.skip(MISSING)
    with Node(tmp_path / "first") as first, Node(tmp_path / "second") as second:
        with client(first.url) as one, client(second.url) as other:
            one.execute_command("CLUSTER ADDSLOTSRANGE", 0, SLOTS // 2 - 1)
            other.execute_command("CLUSTER ADDSLOTSRANGE", SLOTS // 2, SLOTS - 1)
            one.execute_command("CLUSTER MEET", "127.0.0.1", second.port, second.bus)
            for server in (one, other):
                _wait_until_it_serves(server)
        yield first, second


def _wait_until_it_serves(server: Any) -> None:
    ends = time.monotonic() + PATIENCE
    while server.cluster("INFO").get("cluster_state") != "ok":
        if time.monotonic() > ends:
            raise TimeoutError("the nodes do not find one another")
        time.sleep(0.05)


def ids_on(server: RedisServer, *, here: bool, count: int) -> list[str]:
    """Session ids whose keys this node serves, or does not."""
    with client(server.url) as node:
        numbered = (f"{number:032d}" for number in range(10_000))
        slots = ((one, node.execute_command("CLUSTER KEYSLOT", f"sess:{one}")) for one in numbered)
        found = (one for one, slot in slots if (slot < SLOTS // 2) is here)
        return [one for one, _ in zip(found, range(count), strict=False)]


class TestANodeOfACluster:
    def test_it_is_told_and_blames_nobody(self, nodes: tuple[RedisServer, RedisServer], tmp_path: Path) -> None:
        first, _ = nodes
        found = gather(sort([first.url], {}), Options())
        assert any("is a node of a Redis Cluster: only its own keys were seen" in one for one in found.failures)
        diagnosis = diagnosed(first.url, tmp_path)
        assert (confirmed(diagnosis), diagnosis.verdict) == ([], Verdict.HEALTHY)

    def test_a_command_that_is_sent_on_has_not_failed(self, nodes: tuple[RedisServer, RedisServer]) -> None:
        looks = [collect(node.url, now=NOW) for node in nodes]
        for seen in looks:
            assert isinstance(seen.server, ServerSeen)
            assert seen.server.cluster
            assert isinstance(seen.experiment, Experiment)
            assert [step.failure for step in seen.experiment.steps] == [None] * 4

    def test_a_key_that_is_not_here_may_be_on_another_node(self, nodes: tuple[RedisServer, RedisServer]) -> None:
        first, _ = nodes
        [here], [elsewhere] = (ids_on(first, here=here, count=1) for here in (True, False))
        with client(first.url) as node:
            node.set(f"sess:{here}", session(), ex=86_400)
        assert isinstance(look_up_one(here, first.url), Row)
        found = look_up_one(elsewhere, first.url)
        assert isinstance(found, Unknown)
        assert "another one may have the key" in found.why


def test_a_sentinel_names_the_primary_to_give_instead(tmp_path: Path) -> None:
    (tmp_path / "primary").mkdir()
    (tmp_path / "sentinel").mkdir()
    with redis_at(tmp_path / "primary") as primary, Sentinel(tmp_path / "sentinel", primary.port) as sentinel:
        with pytest.raises(NotEvidence) as refused:
            gather(sort([sentinel.url], {}), Options())
        found = gather(sort([sentinel.url, str(_env(tmp_path))], {}), Options())
    says = f"a Redis Sentinel answers at {sentinel.url}/0, which keeps no sessions"
    assert str(refused.value).endswith(f"{says}: give the primary that it names, redis://127.0.0.1:{primary.port}")
    assert any(says in one for one in found.failures)
    assert isinstance(found.facts.redis, Unknown)


def _env(folder: Path) -> Path:
    path = folder / ".env"
    path.write_text("SESSION_SECRET=correct-horse-battery-staple-0123456789\nPORT=3000\n")
    return path
