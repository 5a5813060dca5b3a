"""Errors by which the login's row is refused."""

from sessile.doctor.causes import sight
from sessile.doctor.causes.errors.row import Met, Row
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.findings import Frequency, Level, Remedy
from sessile.stores.postgres.shape import TableShape

SOME_LOGINS = {"save errors": Level.USUALLY, "login, then 401": Level.SOMETIMES}
ALL_LOGINS = {"save errors": Level.ALWAYS, "login, then 401": Level.USUALLY}


def _sess_is_json(facts: Facts) -> str | None:
    table = sight.table(facts)
    column = table.column("sess") if isinstance(table, TableShape) else None
    return f"sess is of type {column.type}, which holds such text" if column and column.type != "jsonb" else None


def _encoding_is_utf8(facts: Facts) -> str | None:
    server = sight.server(facts)
    return "the database's encoding is UTF8" if isinstance(server, Server) and server.encoding == "UTF8" else None


def _no_triggers(facts: Facts) -> str | None:
    table = sight.table(facts)
    none = isinstance(table, TableShape) and not any(trigger.enabled for trigger in table.triggers)
    return "the session table has no trigger" if none else None


ROWS = (
    Row(
        slug="parallel-first-saves",
        title="Two first requests of one visitor insert the same session",
        symptom="Now and then a login or a first visit is answered 500, and works when repeated.",
        evidence='23505: duplicate key value violates unique constraint "sessions_pkey", the key of the session table itself. The'
        " store looks first and inserts then, as connect-session-knex did; ON CONFLICT leaves no gap.",
        tell_apart="With connect-pg-simple and with sessile this cannot come from a save. The same text of another table's"
        " constraint is none of the sessions'.",
        fix="Upgrade the store to a version that writes ON CONFLICT. No session is lost.",
        sign=Sign(("23505",), only=r"\bsessions_pkey\b", text='unique constraint "sessions_pkey"', course=Course.SELECTIVE),
        met=Met.IN_THE_SERVICE,
        remedy=Remedy(
            "Upgrade the session store to one that inserts with ON CONFLICT", "npm install connect-session-knex@latest"
        ),
        entries=("knex-store-upsert-race",),
        frequency=Frequency.RARE,
        links={"save errors": Level.SOMETIMES},
        unprovoked="connect-session-knex is not installed here; it is tested on the error of two such inserts.",
    ),
    Row(
        slug="transaction-aborted",
        title="Sessions are saved on a connection whose transaction has failed",
        symptom="After one failed query every later request on that connection fails; a login's row may vanish without an error.",
        evidence="25P02: current transaction is aborted. The store was given a single client, or a database session, which"
        " the application uses for its own transactions as well.",
        tell_apart="The row is missing though nothing failed at the save: it was inserted inside the application's"
        " transaction, and went with its rollback.",
        fix="Give the store a pool, or an engine of its own; roll back after errors.",
        sign=Sign(("25P02",), text="current transaction is aborted"),
        met=Met.SAVING,
        remedy=Remedy(
            "Give the session store connections of its own, and roll the application's transaction back after an error",
            "Express: new PgStore({ pool: new pg.Pool(...) })   Python: PostgresStore(url), db.session.rollback()",
        ),
        entries=("shared-client-in-app-transaction", "flask-sqlalchemy-aborted-transaction"),
        frequency=Frequency.RARE,
        links=ALL_LOGINS,
    ),
    Row(
        slug="text-rejected",
        title="sess is jsonb and refuses NUL characters and lone surrogates in a session's text",
        symptom="Certain users cannot log in, or lose what they just entered; all others are well.",
        evidence=r"22P05 (\u0000 cannot be converted to text) or 22P02 (a Unicode surrogate without its half) on a save.",
        tell_apart="It depends on the user's own data. `json` takes both characters, `jsonb` takes neither.",
        fix="Take such characters out before they enter the session, or make the column json again.",
        sign=Sign(
            ("22P05", "22P02"),
            only=r"Unicode|\\u0000|input syntax for type json",
            course=Course.SELECTIVE,
        ),
        met=Met.IN_THE_SERVICE,
        unless=_sess_is_json,
        remedy=Remedy(
            "Clean text before it enters the session, or turn sess into json (this rewrites the table; rows are kept)",
            """psql "$DATABASE_URL" -c 'ALTER TABLE session ALTER COLUMN sess TYPE json'""",
        ),
        entries=("jsonb-rejects-text",),
        frequency=Frequency.RARE,
        links=SOME_LOGINS,
    ),
    Row(
        slug="encoding-too-narrow",
        title="The database's encoding cannot hold the text of some sessions",
        symptom="Users whose names need more than its alphabet, or emoji, cannot log in.",
        evidence="22P05: a character has no equivalent in the database's encoding (SHOW server_encoding is not UTF8).",
        tell_apart="Users with plain ASCII names are well.",
        fix="Escape what is not ASCII before it is stored; move to a UTF8 database in time.",
        sign=Sign(("22P05",), only="no equivalent in encoding", course=Course.SELECTIVE),
        met=Met.IN_THE_SERVICE,
        unless=_encoding_is_utf8,
        remedy=Remedy(
            "Escape non-ASCII text in the session now; move the database to UTF8 later",
            "createdb --encoding=UTF8 --template=template0 NEW && pg_dump OLD | psql NEW",
            logs_out="whoever logs in between the dump and the switch to the new database",
            instead="to escape logs nobody out; when the database is moved, copy the rows that came meanwhile"
            " (sessile explain find-database-restored)",
        ),
        entries=("db-encoding-not-utf8",),
        frequency=Frequency.RARE,
        links=SOME_LOGINS,
    ),
    Row(
        slug="trigger-error",
        title="A trigger on the session table raises an error",
        symptom="Login answers 200 with Set-Cookie, the next request is 401; or saving fails for some users only.",
        evidence="P0001 (RAISE EXCEPTION), 09000 or 27000 on a statement of the session store; pg_trigger names the trigger.",
        tell_apart="The text is whatever the trigger's author wrote; the table's own constraints have codes of class 23.",
        fix="Mend the trigger's function, or disable it while it is being mended.",
        sign=Sign(("P0001", "09000", "27000"), course=Course.SELECTIVE, of_sessions=True),
        met=Met.SAVING,
        unless=_no_triggers,
        remedy=Remedy(
            "Disable the trigger until its function is mended",
            """psql "$DATABASE_URL" -c 'ALTER TABLE session DISABLE TRIGGER trigger_name'""",
        ),
        entries=(),
        frequency=Frequency.RARE,
        links=ALL_LOGINS,
    ),
    Row(
        slug="not-serializable",
        title="A value in the session cannot be written as JSON",
        symptom="The login that puts it there answers 500 or never ends; its session is not stored.",
        evidence="Do not know how to serialize a BigInt, or: converting circular structure to JSON, while the session is saved.",
        tell_apart="It needs no database. A Map, a Set or an instance of a class is worse: it becomes {} without a word.",
        fix="Keep ids and plain values in the session, and look the objects up.",
        sign=Sign(("UNSERIALIZABLE",), course=Course.SELECTIVE, of_sessions=True),
        met=Met.IN_THE_SERVICE,
        remedy=Remedy(
            "Store plain values only",
            'Express: req.session.userId = String(user.id)   Python: request.session["userId"] = str(user.id)',
        ),
        entries=("session-data-unserialisable",),
        frequency=Frequency.RARE,
        links=SOME_LOGINS,
    ),
)
