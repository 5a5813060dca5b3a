"""Redis URLs as people have them, and what is said of those that cannot be one."""

import pytest

from sessile import ConfigurationError
from sessile.stores.redis.address import Address


@pytest.mark.parametrize(
    ("url", "masked", "options"),
    [
        ("redis://localhost", "redis://localhost:6379/0", {"host": "localhost", "port": 6379, "db": 0}),
        ("redis://", "redis://localhost:6379/0", {"host": "localhost"}),
        ("redis://h:6380/3", "redis://h:6380/3", {"port": 6380, "db": 3}),
        ("redis://h?db=4", "redis://h:6379/4", {"db": 4}),
        ("redis://:p%40ss@h", "redis://:***@h:6379/0", {"username": None, "password": "p@ss"}),
        ("redis://user:pw@h:6379/", "redis://user:***@h:6379/0", {"username": "user", "password": "pw"}),
        ("redis://[::1]:6390", "redis://[::1]:6390/0", {"host": "::1", "port": 6390}),
        ("rediss://default:pw@h.upstash.io:6379", "rediss://default:***@h.upstash.io:6379/0", {"username": "default"}),
        (
            "rediss://:pw@h:7000?ssl_cert_reqs=none",
            "rediss://:***@h:7000/0",
            {"ssl_cert_reqs": "none"},
        ),
        ("redis://h?tls=true", "rediss://h:6379/0", {}),
        ("redis://h?family=0&maxRetriesPerRequest=3", "redis://h:6379/0", {}),
        ("valkey://h", "redis://h:6379/0", {}),
        ("redis-cli -u redis://h:6380", "redis://h:6380/0", {"port": 6380}),
        ("redis-cli --tls -u redis://default:pw@h:6379", "rediss://default:***@h:6379/0", {"password": "pw"}),
        ("REDIS_URL=redis://h", "redis://h:6379/0", {}),
        (' "redis://h" ', "redis://h:6379/0", {}),
        ("unix:///run/redis.sock?db=2", "unix:///run/redis.sock", {"path": "/run/redis.sock", "db": 2}),
        ("redis+socket:///run/redis.sock", "unix:///run/redis.sock", {"path": "/run/redis.sock", "db": 0}),
    ],
)
def test_urls_as_people_have_them(url: str, masked: str, options: dict[str, object]) -> None:
    address = Address.of(url)
    assert address.masked == masked
    assert {name: address.options[name] for name in options} == options
    assert address.tls is masked.startswith("rediss")


def test_without_one_the_environment_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    assert Address.of(None).masked == "redis://elsewhere:6379/0"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "no Redis: pass a URL"),
        ("localhost:6379", "does not begin with redis://"),
        ("postgresql://h/d", "does not begin with redis://"),
        ("redis://:hunter2/hunter2@h", "as it is: write it as %2F"),
        ("redis://:hunter2#x@h", "as it is: write it as %2F"),
        ("redis://h:port", "the host or the port"),
        ("redis://h/first", "is a number"),
    ],
)
def test_what_cannot_be_one_is_a_line_without_the_password(url: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as raised:
        Address.of(url)
    assert "hunter2" not in str(raised.value)


def test_the_password_is_not_in_what_is_shown() -> None:
    assert "hunter2" not in repr(Address.of("redis://:hunter2@h"))
