"""What a Redis server says of itself: INFO, and the settings that it lets this user read."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from redis.exceptions import ResponseError

from sessile.doctor.evidence.redis.inspection import Inspection
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.redis import Keyspace, RedisServer

FLUSHES = ("cmdstat_flushall", "cmdstat_flushdb")


def server(inspection: Inspection, now: datetime) -> RedisServer:
    """The server as this user meets it; `now` is the doctor's clock. Raises RedisError or OSError."""
    info = {**parsed(inspection.ask("INFO")), **_extra(inspection, "INFO", "commandstats")}
    settings = _settings(inspection, "save", "maxmemory", "maxmemory-policy", "stop-writes-on-bgsave-error")
    started = now - timedelta(seconds=_number(info, "uptime_in_seconds"))
    # What an append-only file brings back is not counted.
    loaded = info.get("rdb_last_load_keys_loaded") if info.get("aof_enabled") == "0" else None
    return RedisServer(
        version=info.get("valkey_version") or info.get("redis_version", ""),
        user=_user(inspection),
        database=int(inspection.address.options.get("db", 0)),
        replica=info.get("role") == "slave",
        link_up=info.get("master_link_status", "up") == "up",
        cluster=info.get("cluster_enabled") == "1",
        started=started,
        used_memory=_number(info, "used_memory"),
        max_memory=_number(info, "maxmemory") or int(settings.get("maxmemory", "0")),
        policy=info.get("maxmemory_policy") or settings.get("maxmemory-policy", "noeviction"),
        evicted=_number(info, "evicted_keys"),
        flushes=sum(_number(fields(info.get(name, "")), "calls") for name in FLUSHES),
        clients=_number(info, "connected_clients"),
        max_clients=_number(info, "maxclients"),
        persistent=_persistent(info, settings),
        saves_fail="err" in (info.get("rdb_last_bgsave_status"), info.get("aof_last_write_status")),
        stops_writes=settings.get("stop-writes-on-bgsave-error", "yes") == "yes",
        loaded=int(loaded) if loaded and loaded.isdecimal() else None,
        keyspaces=tuple(_keyspaces(info)),
    )


def parsed(reply: bytes) -> dict[str, str]:
    """The lines of an INFO by their names."""
    lines = (line.partition(":") for line in reply.decode("utf-8", "replace").splitlines())
    return {name: value for name, colon, value in lines if colon}


def _extra(inspection: Inspection, *command: str) -> dict[str, str]:
    try:
        return parsed(inspection.ask(*command))
    except ResponseError:
        return {}


def _settings(inspection: Inspection, *names: str) -> dict[str, str]:
    """Those settings that this user may read: providers rename CONFIG, or forbid it."""
    replies = inspection.ask_all([("CONFIG", "GET", name) for name in names])
    pairs = [reply for reply in replies if isinstance(reply, list) and len(reply) == 2]
    return {name.decode(): value.decode("utf-8", "replace") for name, value in pairs}


def _user(inspection: Inspection) -> str:
    [reply] = inspection.ask_all([("ACL", "WHOAMI")])
    return (
        reply.decode("utf-8", "replace") if isinstance(reply, bytes) else inspection.address.options.get("username") or "default"
    )


def _number(info: Mapping[str, str], name: str) -> int:
    value = info.get(name, "0")
    return int(value) if value.isdecimal() else 0


def fields(text: str) -> dict[str, str]:
    """`keys=3,expires=1` by name."""
    return {name: value for name, equals, value in (part.partition("=") for part in text.split(",")) if equals}


def _keyspaces(info: Mapping[str, str]) -> list[Keyspace]:
    named = {name.removeprefix("db"): fields(text) for name, text in info.items() if name.startswith("db")}
    return [
        Keyspace(int(number), _number(fields, "keys"), _number(fields, "expires"))
        for number, fields in named.items()
        if number.isdecimal() and "keys" in fields
    ]


def _persistent(info: Mapping[str, str], settings: Mapping[str, str]) -> bool | Unknown:
    if info.get("aof_enabled") == "1":
        return True
    if "save" in settings:
        return bool(settings["save"].strip())
    return Unknown("this user may not read the settings (CONFIG GET save)")
