"""Errors by which Redis refuses to write a session, or to read one, while it answers."""

from sessile.doctor.causes import in_redis
from sessile.doctor.causes.errors.redis_row import RedisRow
from sessile.doctor.causes.errors.row import Met
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Frequency, Level, Remedy

LINKS = {"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY, "server errors with a cookie": Level.SOMETIMES}


def _goes_through(facts: Facts) -> str | None:
    return "a login's own commands are not refused now" if in_redis.passed(facts) else None


ROWS = (
    RedisRow(
        slug="redis-replica",
        title="The service writes to a Redis replica, which can only be read",
        symptom="Who is logged in stays so until idle for too long; a new login is gone at the next request.",
        evidence="READONLY You can't write against a read only replica; INFO says role:slave.",
        tell_apart="After a failover clients that keep their connection go on talking to the old primary: it was none before.",
        fix="Point the session store at the primary, by Sentinel or by the provider's name for it.",
        sign=Sign(("REDIS_READONLY",), course=Course.WRITING, of_sessions=True),
        met=Met.SAVING,
        unless=_goes_through,
        remedy=Remedy("Point REDIS_URL at the primary", 'redis-cli -u "$REDIS_URL" info replication'),
        entries=(),
        links=LINKS,
    ),
    RedisRow(
        slug="redis-stops-writes",
        title="Redis cannot save its data to disk, and refuses to write until it can",
        symptom="Who is logged in stays so; from one moment on a new login is gone at the next request, or answers 500.",
        evidence="MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
        tell_apart="OOM is about memory; this is about the disk: full, read-only, no right on the folder, no memory for a fork.",
        fix="See Redis's log for the reason, mend the disk, and let a snapshot succeed. Switching the stop off only hides it.",
        sign=Sign(("REDIS_MISCONF",), course=Course.WRITING, of_sessions=True),
        met=Met.SAVING,
        unless=_goes_through,
        remedy=Remedy(
            "Mend the disk, then let it save once; until then writes can be let through, at the price of what a crash takes",
            'redis-cli -u "$REDIS_URL" bgsave   # until it is mended: config set stop-writes-on-bgsave-error no',
        ),
        entries=(),
        links=LINKS,
    ),
    RedisRow(
        slug="redis-replicas-lacking",
        title="Redis refuses to write, because too few replicas follow it",
        symptom="Who is logged in stays so; a new login is gone at the next request, or answers 500.",
        evidence="NOREPLICAS Not enough good replicas to write: min-replicas-to-write is higher than the number that keep up.",
        tell_apart="A replica answers READONLY; this is a primary.",
        fix="Bring the replicas back, or ask for fewer.",
        sign=Sign(("REDIS_NOREPLICAS",), course=Course.WRITING, of_sessions=True),
        met=Met.SAVING,
        unless=_goes_through,
        remedy=Remedy(
            "Bring the replicas back, or ask for fewer", 'redis-cli -u "$REDIS_URL" config set min-replicas-to-write 0'
        ),
        entries=(),
        frequency=Frequency.RARE,
        links=LINKS,
    ),
    RedisRow(
        slug="redis-rights-missing",
        title="The user of Redis may not do what a session store does",
        symptom="It varies with the right: without SET no login is saved, without GET every request answers 500, without EXPIRE"
        " sessions end while they are used, without DEL nobody can log out.",
        evidence="NOPERM this user has no permissions to run the command, or to access the key.",
        tell_apart="WRONGPASS is about the login. A key pattern that lacks the prefix of sessions refuses them only.",
        fix="Grant GET, SET, EXPIRE, DEL, PTTL and SCAN on the keys of sessions; sessile's own store needs EVAL as well.",
        sign=Sign(("REDIS_NOPERM",), course=Course.LASTING, of_sessions=True),
        met=Met.SAVING,
        unless=_goes_through,
        remedy=Remedy(
            "Grant the commands of a session store on its keys",
            'redis-cli -u "$ADMIN_REDIS_URL" acl setuser APP "~sess:*" +get +set +expire +del +pttl +scan +eval +ping +info',
        ),
        entries=(),
        frequency=Frequency.RARE,
        links=LINKS,
    ),
)
