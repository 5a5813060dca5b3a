"""What the texts in a log mean: one table for errors, one for oddities, one for the debug vocabulary of express-session."""

import re
from dataclasses import dataclass

from sessile.doctor.facts.logs import Kind


@dataclass(frozen=True, slots=True)
class Text:
    """A text that stands for a code: `needle` must occur, and `pattern` too where the needle alone would say too little."""

    code: str
    needle: str
    pattern: re.Pattern[str] | None = None

    def occurs_in(self, text: str) -> bool:
        return self.needle in text and (self.pattern is None or self.pattern.search(text) is not None)


def _texts(table: tuple[tuple[str, str] | tuple[str, str, str], ...]) -> tuple[Text, ...]:
    return tuple(Text(code, needle, re.compile(rest[0]) if rest else None) for code, needle, *rest in table)


# The server's messages are those of PostgreSQL 11 to 18, in English; the first that occurs wins.
ERRORS = _texts(
    (
        ("42P16", "multiple primary keys for table"),
        ("42P10", "no unique or exclusion constraint matching the ON CONFLICT specification"),
        ("55000", "ON CONFLICT does not support deferrable"),
        ("42P07", 'relation "', r'relation "[^"]+" already exists(?!, skipping)'),
        ("42710", " already exists", r'(?:type|constraint|policy|role|trigger) "[^"]+".* already exists(?!, skipping)'),
        ("23505", "violates unique constraint"),
        ("23505", "could not create unique index"),
        ("23502", "null value in column"),
        ("23502", "contains null values", r'column "[^"]+".* contains null values'),
        ("23514", "violates check constraint"),
        ("23503", "violates foreign key constraint"),
        ("42703", "column ", r'column \S+(?: of relation "[^"]+")? does not exist'),
        ("42P01", 'relation "', r'relation "[^"]+" does not exist'),
        ("3F000", 'schema "', r'schema "[^"]+" does not exist'),
        ("3F000", "no schema has been selected to create in"),
        ("42804", "but expression is of type"),
        ("42883", "operator does not exist:"),
        ("22001", "value too long for type"),
        ("22P05", "unsupported Unicode escape sequence"),
        ("22P05", "has no equivalent in encoding"),
        ("22P02", "invalid input syntax for"),
        ("22P02", "Unicode low surrogate must follow a high surrogate"),
        ("22P02", "Unicode high surrogate must not follow a high surrogate"),
        ("42501", "permission denied for ", r"permission denied for (?:table|relation|schema|sequence|database|function|view) "),
        ("42501", "violates row-level security policy"),
        ("42501", "must be owner of ", r"must be owner of (?:table|relation|schema|index)"),
        ("25006", "in a read-only transaction", r"cannot execute .+ in a read-only transaction"),
        ("25P02", "current transaction is aborted, commands ignored"),
        ("0A000", "must include all partitioning columns"),
        ("0A000", "cannot perform ", r"cannot perform \w+ RETURNING on relation"),
        ("0A000", "INSERT with ON CONFLICT clause cannot be used with table"),
        ("53300", "too many clients already"),
        ("53300", "remaining connection slots are reserved"),
        ("53300", "too many connections for "),
        ("53300", "max client connections reached"),
        ("53300", "Max client connections reached"),
        ("53300", "no more connections allowed"),
        ("53100", "No space left on device", r"could not (?:extend|write|create)"),
        ("55P03", "canceling statement due to lock timeout"),
        ("55P03", "could not obtain lock on"),
        ("57014", "canceling statement due to ", r"due to (?:statement timeout|user request)"),
        ("25P03", "terminating connection due to idle-in-transaction timeout"),
        ("57P01", "terminating connection due to administrator command"),
        ("57P02", "terminating connection because of crash of another server process"),
        ("57P03", "the database system is ", r"the database system is (?:starting up|shutting down|in recovery|not yet)"),
        ("40P01", "deadlock detected"),
        ("28P01", "password authentication failed for user"),
        ("SASL_NO_PASSWORD", "client password must be a string"),
        ("SASL_NO_PASSWORD", "no password supplied"),
        ("28000", "no pg_hba.conf entry for host"),
        ("28000", "eer authentication failed for user"),
        ("28000", 'role "', r'role "[^"]+" does not exist'),
        ("3D000", 'database "', r'database "[^"]+" does not exist'),
        ("XX002", "item order invariant violated"),
        ("XX002", "invalid meta page found"),
        ("XX002", "contains unexpected zero page"),
        ("XX001", "invalid page in block"),
        ("XX000", 'could not open file "'),
        ("SSL_NOT_SUPPORTED", "server does not support SSL"),
        ("SELF_SIGNED_CERT_IN_CHAIN", "certificate in certificate chain"),
        ("DEPTH_ZERO_SELF_SIGNED_CERT", "signed certificate", r"self[- ]signed certificate"),
        ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"),
        ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate"),
        ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", 'root certificate file "'),
        ("CERT_HAS_EXPIRED", "certificate has expired"),
        ("ERR_TLS_CERT_ALTNAME_INVALID", "does not match certificate"),
        ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "certificate verify failed"),
        ("ENOENT", "ENOENT", r"ENOENT\b.*(?:\.s\.PGSQL\.\d|table\.sql)"),
        ("ENOENT", "No such file or directory", r"\.s\.PGSQL\.\d+\" failed: No such file|No such file or directory.*table\.sql"),
        ("ECONNREFUSED", "ECONNREFUSED"),
        ("ECONNREFUSED", "failed: Connection refused"),
        ("ECONNREFUSED", "Connect call failed"),
        ("ENOTFOUND", "ENOTFOUND"),
        ("ENOTFOUND", "could not translate host name"),
        ("ENOTFOUND", "failed to resolve host"),
        ("ENOTFOUND", "Name or service not known"),
        ("EAI_AGAIN", "EAI_AGAIN"),
        ("EAI_AGAIN", "Temporary failure in name resolution"),
        ("ETIMEDOUT", "ETIMEDOUT"),
        ("ETIMEDOUT", "connection timeout expired"),
        ("ETIMEDOUT", "Connection terminated due to connection timeout"),
        ("ECONNRESET", "ECONNRESET"),
        ("EHOSTUNREACH", "EHOSTUNREACH"),
        ("ENETUNREACH", "ENETUNREACH"),
        ("ERR_INVALID_URL", "ERR_INVALID_URL"),
        ("ERR_INVALID_URL", "TypeError: Invalid URL"),
        ("POOL_TIMEOUT", "timeout exceeded when trying to connect"),
        ("POOL_TIMEOUT", "couldn't get a connection after"),
        ("POOL_TIMEOUT", "QueuePool limit of size"),
        ("POOL_TIMEOUT", "no database connection became free in time"),
        ("POOL_ENDED", "Cannot use a pool after calling end on the pool"),
        ("POOL_ENDED", "Client was closed and is not queryable"),
        ("POOL_ENDED", "the pool ", r"the pool (?:'[^']*' )?(?:is (?:already |not yet )?closed|is closed)"),
        ("POOL_ENDED", "the store is closed"),
        ("CONNECTION_TERMINATED", "Connection terminated"),
        ("CONNECTION_TERMINATED", "server closed the connection unexpectedly"),
        ("CONNECTION_TERMINATED", "connection was closed in the middle of operation"),
        ("SECRET_MISSING", "secret option required for sessions"),
        ("SECRET_MISSING", "no secret key was set"),
        ("SECRET_MISSING", "The SECRET_KEY setting must not be empty"),
        ("SECRET_MISSING", "SESSION_SECRET is not set, or is empty"),
        ("MEMORY_STORE", "MemoryStore is not"),
        ("TRUST_PROXY", "invalid IP address: ", r"TypeError: invalid IP address: "),
        ("COOKIE_READ", "reading 'expires'"),
        ("MAXAGE_READ", "reading 'originalMaxAge'"),
        ("MAXAGE_TYPE", "maxAge must be a number or Date"),
        ("COOKIE_OPTION", " is invalid", r"TypeError: (?:option \w+|argument (?:name|val)) is invalid"),
        ("DESERIALIZE_USER", "Failed to deserialize user out of session"),
        ("SERIALIZE_USER", "Failed to serialize user into session"),
        ("SESSION_SUPPORT", "Login sessions require session support"),
        ("SESSION_MIDDLEWARE", "SessionMiddleware must be installed"),
        ("SESSION_MIDDLEWARE", "requires session middleware to be installed"),
        ("SESSION_UNDEFINED", "of undefined (", r"\((?:setting|reading) '(?:user_?[iI]d|user|passport|regenerate|destroy)'\)"),
        ("SESSION_REPLACED", "req.session.", r"req\.session\.\w+ is not a function"),
        ("LOGOUT_CALLBACK", "req#logout requires a callback function"),
        ("UNSERIALIZABLE", "Do not know how to serialize a BigInt"),
        ("UNSERIALIZABLE", "Converting circular structure to JSON"),
        ("CHANGE_LOST", "session change lost:"),
        ("SESSION_DELETED", "session was deleted before the request completed"),
        ("EXPIRY_NULL", "can't compare datetime.datetime to NoneType"),
        ("EXPIRY_NULL", "not supported between instances of 'NoneType' and 'datetime.datetime'"),
        ("SESSION_UNREADABLE", "Failed to deserialize session data"),
        ("SESSION_TYPE", "Unrecognized value for SESSION_TYPE"),
        ("OAUTH_STATE", "mismatching_state"),
        ("OAUTH_STATE", "mismatch", r"(?i)\bstate (?:parameter )?mismatch"),
        ("OAUTH_STATE", "Unable to verify authorization request state"),
        ("OAUTH_STATE", "did not find expected authorization request details in session"),
        ("OAUTH_STATE", "checks.state argument is missing"),
        ("NAIVE_DATETIME", "can't compare offset-naive and offset-aware datetimes"),
        ("ERR_HTTP_HEADERS_SENT", "Cannot set headers after they are sent"),
        ("HEADERS_TOO_LARGE", "HPE_HEADER_OVERFLOW"),
        ("HEADERS_TOO_LARGE", "Request Header Or Cookie Too Large"),
        # Redis's own first words (Redis 4 to 8, Valkey), whichever client wrote the line.
        ("REDIS_NOAUTH", "NOAUTH"),
        ("REDIS_WRONGPASS", "WRONGPASS"),
        ("REDIS_NOPERM", "NOPERM"),
        ("REDIS_READONLY", "READONLY You can't write"),
        ("REDIS_MISCONF", "MISCONF"),
        ("REDIS_OOM", "OOM ", r"\bOOM command not allowed"),
        ("REDIS_LOADING", "LOADING Redis is loading"),
        ("REDIS_MASTERDOWN", "MASTERDOWN"),
        ("REDIS_CLUSTERDOWN", "CLUSTERDOWN"),
        ("REDIS_MOVED", "MOVED ", r"\bMOVED \d{1,5} \S+:\d{1,5}"),
        ("REDIS_CROSSSLOT", "CROSSSLOT"),
        ("REDIS_NOREPLICAS", "NOREPLICAS"),
        ("REDIS_WRONGTYPE", "WRONGTYPE"),
        ("REDIS_MAXCLIENTS", "max number of clients reached"),
        ("REDIS_DB", "DB index is out of range"),
    )
)

OF_REDIS = re.compile(r":63(?:79|80)\b|\bredis|redis\b", re.IGNORECASE)
OF_POSTGRES = re.compile(r":[56]432\b|\bpostgres|PGSQL", re.IGNORECASE)
NETWORK = ("ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH")
"""Codes of the network's, which do not tell whose connection failed."""

WARNINGS = _texts(
    (
        ("SECRET_NOT_GIVEN", "express-session deprecated req.secret"),
        ("COOKIE_HEADER_GONE", "cookie should be available in req.headers.cookie"),
        ("SECRET_WEAK", "SESSION_SECRET is easy to guess"),
        ("SECRET_FALLBACK", "SESSION_SECRET", r"(?i)SESSION_SECRET\b.*\b(?:not set|missing|undefined|fallback|default|random)\b"),
        ("DUPLICATE_COOKIE", "several cookies of the session's name"),
        ("BOGUS_SESSION_ID", "session ignored because of bogus req.sessionID"),
        ("CSRF_REFUSED", "Forbidden (", r"Forbidden \((?:Origin checking failed|Referer checking failed)"),
        ("CSRF_TOKEN", "Forbidden (CSRF"),
        ("SECURE_UNSENT", "Secure cookies will be ignored on insecure requests"),
        ("COLLATION_CHANGED", "has a collation version mismatch"),
        ("DATABASE_CRASHED", "database system was not properly shut down"),
        ("DATABASE_CRASHED", "database system was interrupted"),
        ("DATABASE_CRASHED", "was terminated by signal", r"server process \(PID \d+\) was terminated by signal"),
        ("TABLE_DROPPED", "TABLE", r"(?i)\b(?:drop|truncate) table\b[^;]*\b\w*sessions?\b"),
        ("SESSION_EXPIRED", "xpired", r"(?i)\bsession[ _](?:has |is |was )?expired\b(?! (?:page|message|view|dialog)\b)"),
        ("TABLE_DROPPED", "TRUNCATE", r"\bTRUNCATE\b[^;]*\b\w*sessions?\b"),
    )
)

# A NUL in a forged cookie: the work of scanners, and no cause of anything.
NOISE = Text("22021", "invalid byte sequence for encoding")

SQLSTATE_CLASSES = re.compile(r"08|0[AZ]|2[0-8BDF]|34|3[89BDF]|40|42|44|5[34578]|F0|HV|P0|XX")

# Exceptions of psycopg, psycopg2 and asyncpg by the condition's name, without "Error".
CONDITIONS = {
    "adminshutdown": "57P01",
    "cannotconnectnow": "57P03",
    "checkviolation": "23514",
    "crashshutdown": "57P02",
    "datatypemismatch": "42804",
    "deadlockdetected": "40P01",
    "diskfull": "53100",
    "duplicateobject": "42710",
    "duplicatetable": "42P07",
    "featurenotsupported": "0A000",
    "foreignkeyviolation": "23503",
    "idleintransactionsessiontimeout": "25P03",
    "indexcorrupted": "XX002",
    "datacorrupted": "XX001",
    "infailedsqltransaction": "25P02",
    "insufficientprivilege": "42501",
    "invalidauthorizationspecification": "28000",
    "invalidcatalogname": "3D000",
    "invalidcolumnreference": "42P10",
    "invalidpassword": "28P01",
    "invalidschemaname": "3F000",
    "invalidtabledefinition": "42P16",
    "invalidtextrepresentation": "22P02",
    "locknotavailable": "55P03",
    "notnullviolation": "23502",
    "objectnotinprerequisitestate": "55000",
    "poolclosed": "POOL_ENDED",
    "pooltimeout": "POOL_TIMEOUT",
    "querycanceled": "57014",
    "raiseexception": "P0001",
    "readonlysqltransaction": "25006",
    "stringdatarighttruncation": "22001",
    "toomanyconnections": "53300",
    "undefinedcolumn": "42703",
    "undefinedfunction": "42883",
    "undefinedtable": "42P01",
    "uniqueviolation": "23505",
    "untranslatablecharacter": "22P05",
    "characternotinrepertoire": "22021",
}

# DEBUG=express-session, version 1.19 (index.js).
DEBUG = (
    ("no SID sent", Kind.NO_COOKIE),
    ("cookie signature invalid", Kind.SIGNATURE_INVALID),
    ("cookie unsigned", Kind.COOKIE_UNSIGNED),
    ("no session found", Kind.NO_SESSION),
    ("session found", Kind.SESSION_FOUND),
    ("not secured", Kind.NOT_SECURED),
    ("pathname mismatch", Kind.PATH_MISMATCH),
    ("store is disconnected", Kind.STORE_DISCONNECTED),
)
