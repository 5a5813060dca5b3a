"""Errors by which the store does not answer: no connection, no room, no time."""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.address import Address
from sessile.doctor.causes.errors.row import Met, Row
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Database, Facts
from sessile.doctor.findings import Frequency, Level, Remedy

REFUSED = Sign(("ECONNREFUSED",), text="ECONNREFUSED|Connection refused")


def _refused_elsewhere(facts: Facts) -> str | None:
    for sighting in signs.sightings(facts, REFUSED):
        address = Address.of(sighting.error.message)
        if sighting.log is None or address is None:
            return None
        if address.default:
            return f"{address.host}:{address.port} is where a driver looks without any address"
        if address.reached(facts):
            return f"the doctor connected to {address.host}:{address.port}, which the log says was refused"
    return None


def _waits_for_a_lock(facts: Facts) -> str | None:
    database = facts.database
    return "it waits for a lock that somebody holds" if isinstance(database, Database) and database.holders else None


def _writes_go_through(facts: Facts) -> str | None:
    return "a login's own statements succeed now" if sight.passed(facts) else None


ROWS = (
    Row(
        slug="refused",
        title="PostgreSQL refuses connections at the address the service uses",
        symptom="Login answers 200 with a cookie, every request with the cookie answers 500; pages without a session work.",
        evidence="ECONNREFUSED with an address; nothing in PostgreSQL's own log.",
        tell_apart="A missing Unix socket is the same outage without any 5xx. The address 127.0.0.1:5432 on a hosted"
        " service means that DATABASE_URL is missing.",
        fix="Start PostgreSQL or correct host and port. The sessions are in the table and come back by themselves.",
        sign=REFUSED,
        met=Met.CONNECTING,
        unless=_refused_elsewhere,
        remedy=Remedy("Start PostgreSQL, or correct the host and port in DATABASE_URL", 'pg_isready -d "$DATABASE_URL"'),
        entries=("db-refused",),
    ),
    Row(
        slug="unreachable",
        title="No answer comes from the address of PostgreSQL",
        symptom="Requests with a session hang for the length of the time limit, then answer 500.",
        evidence="ETIMEDOUT, EHOSTUNREACH or ENETUNREACH: the host is found, and nothing comes back.",
        tell_apart="ECONNREFUSED comes at once, from a host that is up. An exhausted pool hangs while others connect.",
        fix="Open the way: a firewall, a list of allowed addresses, a private network, a database that is suspended.",
        sign=Sign(("ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"), text="No route to host|Network is unreachable"),
        met=Met.CONNECTING,
        remedy=Remedy(
            "Admit the service at the database's firewall or list of allowed addresses; wake a suspended database",
            'pg_isready -t 5 -d "$DATABASE_URL"',
        ),
        entries=("db-suspended-or-expired",),
        frequency=Frequency.RARE,
        unprovoked="It needs a network that swallows packets; it is tested on the errors of Node.js and libpq.",
    ),
    Row(
        slug="socket-missing",
        title="The Unix socket of PostgreSQL is not there, and Express takes that for 'no session'",
        symptom="The database is down for the service, yet nothing answers 5xx: login 200 with Set-Cookie, then 401 for ever.",
        evidence="ENOENT on .../.s.PGSQL.5432. express-session treats a store's ENOENT as a session that does not exist, so"
        " only failing saves reach the log.",
        tell_apart="Over TCP the same outage answers 500. The cookie comes back and verifies; no row is ever added.",
        fix="Correct the socket's directory in the URL, or connect over TCP.",
        sign=Sign(("ENOENT",), only=r"\.s\.PGSQL\.", text=r"\.s\.PGSQL\.\d+.*No such file|ENOENT.*\.s\.PGSQL\."),
        met=Met.CONNECTING,
        remedy=Remedy(
            "Correct the socket's directory (host=/cloudsql/PROJECT:REGION:INSTANCE), or use host and port instead",
            'pg_isready -d "$DATABASE_URL"',
        ),
        entries=("db-unix-socket-enoent-silent",),
        frequency=Frequency.RARE,
        links={"login, then 401": Level.ALWAYS, "save errors": Level.SOMETIMES},
    ),
    Row(
        slug="url-unescaped",
        title="DATABASE_URL cannot be read: as a rule its password holds a character that ends a URL's part",
        symptom="The service does not start, or every request that needs a session fails.",
        evidence="ERR_INVALID_URL, without any attempt to connect in PostgreSQL's log.",
        tell_apart="A password that is merely wrong is 28P01, from the server.",
        fix="Percent-encode the password in the URL; do not change the password, others use it.",
        sign=Sign(("ERR_INVALID_URL",), text="ERR_INVALID_URL", of_sessions=True),
        met=Met.CONNECTING,
        remedy=Remedy(
            "Percent-encode the password in DATABASE_URL (# is %23, / is %2F, ? is %3F, @ is %40)",
            """python3 -c 'import getpass, urllib.parse; print(urllib.parse.quote(getpass.getpass(), safe=""))'""",
        ),
        entries=("db-url-unescaped-password",),
        frequency=Frequency.RARE,
        links={"boot failed": Level.USUALLY, "server errors with a cookie": Level.USUALLY},
    ),
    Row(
        slug="pool-exhausted",
        title="The service's own connection pool is exhausted",
        symptom="Requests hang; then the proxy answers 502 or 504, and the page takes the user for logged out.",
        evidence="The driver's time-out for a connection from the pool, while PostgreSQL answers others at once and shows few"
        " connections of this service, some idle in transaction.",
        tell_apart="Where a lock is held, pg_stat_activity shows who waits for it; here nobody waits in the database.",
        fix="Release connections whatever happens; give the session store a small pool of its own, with a time limit.",
        sign=Sign(
            ("POOL_TIMEOUT",),
            text="timeout exceeded when trying to connect|couldn't get a connection|QueuePool limit",
            course=Course.PASSING,
        ),
        met=Met.IN_THE_SERVICE,
        remedy=Remedy(
            "Release every connection in `finally`, and give the session store a pool of its own with a time limit",
            "Express: new pg.Pool({ max: 3, connectionTimeoutMillis: 2000 })"
            "   Python: ConnectionPool(url, max_size=3, timeout=2)",
        ),
        entries=("pool-exhausted-hang",),
        links={"server errors with a cookie": Level.USUALLY, "save errors": Level.SOMETIMES},
    ),
    Row(
        slug="pool-ended",
        title="The session store's pool was closed while the service went on",
        symptom="From one event on (a reload, a shutdown handler, the end of a test) every request with a session answers 500.",
        evidence="Cannot use a pool after calling end on the pool; the message comes from the driver, PostgreSQL is healthy.",
        tell_apart="A connection that PostgreSQL ended has a code (57P01), and the next one works.",
        fix="Close the pool only after the server has stopped accepting requests.",
        sign=Sign(("POOL_ENDED",), text="after calling end on the pool|pool .*is(?: already)? closed|Client was closed"),
        met=Met.IN_THE_SERVICE,
        remedy=Remedy(
            "Close the pool after the server: server.close(() => pool.end()); restart the instance now",
            "Express: server.close(() => pool.end())   Python: close the store in the lifespan's end",
        ),
        entries=("pool-ended",),
        frequency=Frequency.RARE,
    ),
    Row(
        slug="connection-terminated",
        title="PostgreSQL ended the service's connections, and the service did not take new ones",
        symptom="Requests fail, or the process ends, at the moment the database restarts, fails over or goes to sleep.",
        evidence="57P01 terminating connection due to administrator command, or connection terminated unexpectedly; in Node"
        " an unhandled 'error' event of an idle client ends the process.",
        tell_apart="It coincides with a restart in PostgreSQL's own log. Text that goes on long after is a remembered failure.",
        fix="Listen for the pool's errors so that the process survives; a pool then connects anew by itself.",
        sign=Sign(
            ("57P01", "57P02", "57P03", "CONNECTION_TERMINATED"),
            text="terminating connection due to|[Cc]onnection terminated|server closed the connection unexpectedly",
        ),
        met=Met.IN_THE_SERVICE,
        remedy=Remedy(
            "Let idle connections fail without ending the process",
            "Express: pool.on('error', (error) => console.error(error))   Python: PostgresStore(url) reconnects by itself",
        ),
        entries=("pool-error-unhandled-crash", "db-suspended-or-expired", "serverless-frozen-pool"),
        links={"boot failed": Level.SOMETIMES, "server errors with a cookie": Level.USUALLY},
        unprovoked="A service whose pool survives it connects anew and is healthy, which a recording of Express shows; a"
        " process that ends by it is tested on the lines that Node.js writes.",
    ),
    Row(
        slug="statement-timeout",
        title="Statements on the session table run into their time limit",
        symptom="Requests answer 500 during migrations or under load.",
        evidence="57014: canceling statement due to statement timeout.",
        tell_apart="55P03 is the time limit for a lock. pg_blocking_pids() tells whether a statement waits or works.",
        fix="Find what the statements wait for and end that; a longer limit only makes requests hang.",
        sign=Sign(("57014",), only="statement timeout", course=Course.PASSING),
        met=Met.SAVING,
        unless=_waits_for_a_lock,
        remedy=Remedy(
            "Find what the statements wait for; do not begin with a longer limit",
            'psql "$DATABASE_URL" -c "SELECT pid, pg_blocking_pids(pid), state, left(query, 60) FROM pg_stat_activity'
            " WHERE wait_event_type = 'Lock'\"",
        ),
        entries=("statement-timeout",),
        frequency=Frequency.RARE,
    ),
    Row(
        slug="disk-full",
        title="PostgreSQL's disk is full",
        symptom="Who is logged in stays so, nobody new can log in.",
        evidence="53100: could not extend a file, no space left on device.",
        tell_apart="Reads succeed and writes fail. Some providers switch to read-only before it comes to this: 25006.",
        fix="Give it more room. Delete only rows that are expired by any time zone's reading, and never TRUNCATE.",
        sign=Sign(("53100",), text="No space left on device", course=Course.WRITING),
        met=Met.SAVING,
        unless=_writes_go_through,
        remedy=Remedy(
            "Give PostgreSQL more room; until then remove only long expired rows",
            """psql "$DATABASE_URL" -c "DELETE FROM session WHERE expire < now() - interval '2 days'\"""",
        ),
        entries=("disk-full",),
        frequency=Frequency.RARE,
        links={"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY},
        unprovoked="It needs a file system that is full; it is tested on PostgreSQL's error.",
    ),
)
