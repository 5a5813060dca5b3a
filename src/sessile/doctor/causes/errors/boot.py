"""Errors that stop a session before the first request: the table cannot be created, or there is no store."""

from sessile.doctor.causes import sight
from sessile.doctor.causes.errors.row import Met, Row
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Confirmed, Frequency, Level, Remedy
from sessile.stores.postgres.shape import TableShape


def _table_is_there(facts: Facts) -> str | None:
    table = sight.table(facts)
    return f"{table.qualified} has been created since" if isinstance(table, TableShape) else None


def creation_fails(facts: Facts) -> bool:
    """Whether a log tells why the table is not there."""
    return any(isinstance(row.judge(facts), Confirmed) for row in ROWS if row.slug != "memory-store")


ROWS = (
    Row(
        slug="creation-denied",
        title="The service may not create its session table",
        symptom="On PostgreSQL 15 and later, every request that needs a session fails from the first start on.",
        evidence='42501 "permission denied for schema public", from CREATE TABLE; the role lacks CREATE on the schema.',
        tell_apart='"permission denied for table" is a missing right on a table that exists. The refusal is remembered:'
        " after the grant the same text goes on until the service restarts.",
        fix="Let the owner create the table, grant the service's role its four rights on it, restart the service.",
        sign=Sign(("42501",), only="permission denied for schema"),
        met=Met.IN_THE_SERVICE,
        unless=_table_is_there,
        remedy=Remedy(
            "Create the table as the schema's owner, grant the service's role SELECT, INSERT, UPDATE and DELETE, restart",
            'sessile table --create "$OWNER_DATABASE_URL"',
        ),
        entries=("create-blocked-by-public-schema",),
    ),
    Row(
        slug="constraint-name-taken",
        title="A second session table cannot be created: its constraint's name is taken",
        symptom="A store with a tableName of its own never gets its table; the first store works.",
        evidence='42P07 relation "session_pkey" already exists. connect-pg-simple puts the table\'s name into its SQL, but'
        ' not into the constraint\'s name, so two tables of one schema both ask for "session_pkey".',
        tell_apart="42P07 that names the table itself, or its index on expire, comes from creating it twice and is harmless.",
        fix="Create the second table by hand, with a constraint name of its own.",
        sign=Sign(("42P07",), only=r'"session_pkey"', text=r'relation "session_pkey" already exists'),
        met=Met.IN_THE_SERVICE,
        remedy=Remedy(
            "Create the second table with constraint names of its own, and turn createTableIfMissing off",
            'sessile table --sql NAME | psql "$DATABASE_URL"',
        ),
        entries=("create-blocked-by-constraint-name",),
        frequency=Frequency.RARE,
    ),
    Row(
        slug="schema-missing",
        title="The session table's schema does not exist",
        symptom="No session is ever saved or found.",
        evidence='3F000 schema "..." does not exist, where a store is told a schemaName and to create its table.',
        tell_apart="A missing table is 42P01; here the schema around it is missing.",
        fix="Create the schema as its owner, then the table; restart the service.",
        sign=Sign(("3F000",), only="schema", text=r'schema "[^"]+" does not exist'),
        met=Met.IN_THE_SERVICE,
        unless=_table_is_there,
        remedy=Remedy(
            "Create the schema and grant its use to the service's role, then restart",
            "psql \"$OWNER_DATABASE_URL\" -c 'CREATE SCHEMA IF NOT EXISTS auth AUTHORIZATION app'",
        ),
        entries=("schema-missing",),
        frequency=Frequency.RARE,
    ),
    Row(
        slug="table-sql-missing",
        title="table.sql was left out of the bundle, so the session table is never created",
        symptom="After a bundled deploy login answers 200 with a cookie, then everything 401, without a single 5xx.",
        evidence="ENOENT on .../table.sql: connect-pg-simple reads this file beside its code, and a bundler does not see it."
        " express-session takes ENOENT for 'no such session', so reads fail silently.",
        tell_apart="From outside it looks like a cookie that is not kept; here the cookie comes back and the table is missing.",
        fix="Create the table in a migration, or keep connect-pg-simple out of the bundle.",
        sign=Sign(("ENOENT",), only=r"table\.sql", text=r"ENOENT.*table\.sql"),
        met=Met.IN_THE_SERVICE,
        unless=_table_is_there,
        remedy=Remedy(
            "Create the table once, or build with --external:connect-pg-simple; then restart",
            'sessile table --create "$DATABASE_URL"',
        ),
        entries=("table-sql-not-bundled-enoent",),
        links={"login, then 401": Level.ALWAYS, "save errors": Level.SOMETIMES},
        unprovoked="No bundler is installed here; it is tested on the error that Node.js gives for a file that is missing.",
    ),
    Row(
        slug="trust-proxy-unreadable",
        title="`trust proxy` has a value that Express cannot read, so the service does not start",
        symptom="The service ends at its start, or after each deploy, once a setting for its proxy was added.",
        evidence='TypeError: invalid IP address: true (or another word): the string "true", as an environment variable gives'
        " it, is no boolean but the name of an address.",
        tell_apart="A value that Express can read and that does not cover the proxy lets the service start, and the cookie of"
        " each login is left out: set-secure-without-trust-proxy.",
        fix="Give the number of proxies as a number, or `true` as a boolean. No session is touched.",
        sign=Sign(("TRUST_PROXY",), text="invalid IP address"),
        met=Met.IN_THE_SERVICE,
        remedy=Remedy(
            "Turn the variable's text into a number before it is set, then restart",
            "app.set('trust proxy', Number(process.env.TRUST_PROXY ?? 1))",
        ),
        entries=("trust-proxy-value-wrong",),
        frequency=Frequency.RARE,
    ),
)
