"""On a real server, each way to break the session table is named first, and nothing is named on a healthy one."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence, Diagnosis, Verdict
from sessile.doctor.facts import Facts
from tests.doctor.evidence.conftest import role
from tests.doctor.evidence.session_table import TABLE, Express, as_role, execute, holding, look

__all__ = ["role"]

NO_KEY = "ALTER TABLE session DROP CONSTRAINT session_pkey"
OTHER = 'CREATE TABLE session (id text PRIMARY KEY, token text NOT NULL, "expiresAt" timestamp NOT NULL)'
SWALLOW = (
    "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
    "CREATE TRIGGER guard BEFORE INSERT ON session FOR EACH ROW EXECUTE FUNCTION swallow()"
)
COLUMNS = "sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL"
ALL_RIGHTS = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"

ALTERATIONS = {
    "no key": (NO_KEY, "save-no-primary-key"),
    "a key on another column": (f"{NO_KEY}; ALTER TABLE session ADD id serial PRIMARY KEY", "save-no-primary-key"),
    "a partial key": (f"{NO_KEY}; CREATE UNIQUE INDEX part ON session (sid) WHERE sid > 'a'", "save-key-not-an-arbiter"),
    "a key on an expression": (f"{NO_KEY}; CREATE UNIQUE INDEX low ON session (lower(sid))", "save-key-not-an-arbiter"),
    "a composite key": (f"{NO_KEY}; ALTER TABLE session ADD PRIMARY KEY (sid, expire)", "save-key-not-an-arbiter"),
    "a deferrable key": (f"{NO_KEY}; ALTER TABLE session ADD PRIMARY KEY (sid) DEFERRABLE", "save-key-deferrable"),
    "duplicates": (
        f"{NO_KEY}; INSERT INTO session SELECT sid, sess, expire - interval '1 minute' FROM session",
        "save-duplicate-sids",
    ),
    "no table": ("DROP TABLE session", "boot-table-missing"),
    "no column expire": ("ALTER TABLE session DROP COLUMN expire", "boot-table-half-created"),
    "another library's table": (f"DROP TABLE session; {OTHER}", "boot-foreign-table"),
    "a short sid": ("TRUNCATE session; ALTER TABLE session ALTER sid TYPE varchar(20)", "save-sid-too-short"),
    "sid as uuid": ("TRUNCATE session; ALTER TABLE session ALTER sid TYPE uuid USING sid::uuid", "save-sid-wrong-type"),
    "a short sess": ("TRUNCATE session; ALTER TABLE session ALTER sess TYPE varchar(80)", "save-sess-wrong-type"),
    "sess as bytea": (
        "ALTER TABLE session ALTER sess TYPE bytea USING convert_to(sess::text, 'UTF8')",
        "save-sess-wrong-type",
    ),
    "expire as bigint": (
        "ALTER TABLE session ALTER expire TYPE bigint USING extract(epoch FROM expire)::bigint",
        "save-expire-wrong-type",
    ),
    "expire as text": ("ALTER TABLE session ALTER expire TYPE text", "save-expire-wrong-type"),
    "expire as date": ("ALTER TABLE session ALTER expire TYPE date", "live-expire-is-date"),
    "a column that is demanded": (
        "TRUNCATE session; ALTER TABLE session ADD user_id integer NOT NULL",
        "save-extra-column-required",
    ),
    "a check": ("ALTER TABLE session ADD CHECK (length(sid) > 99) NOT VALID", "save-extra-column-required"),
    "no expiry": (
        "ALTER TABLE session ALTER expire DROP NOT NULL; UPDATE session SET expire = NULL",
        "live-expire-null",
    ),
    "expiry in the wrong unit": (
        "UPDATE session SET expire = to_timestamp(extract(epoch FROM expire) / 1000)",
        "live-expire-in-wrong-unit",
    ),
    "a partitioned table": (
        "DROP TABLE session; CREATE TABLE session (sid varchar NOT NULL, sess json NOT NULL, expire timestamp NOT NULL)"
        " PARTITION BY RANGE (expire); CREATE TABLE rest PARTITION OF session DEFAULT",
        "save-partitioned-table",
    ),
    "row security": ("ALTER TABLE session ENABLE ROW LEVEL SECURITY", "find-row-security"),
    "read-only by default": ("ALTER ROLE {role} SET default_transaction_read_only = on", "reach-default-read-only"),
    "another time zone": ("ALTER ROLE {role} SET timezone = 'Asia/Kolkata'", "live-time-zone-mismatch"),
}
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
ODDITIES = {
    "nothing": "SELECT",
    "jsonb": "ALTER TABLE session ALTER sess TYPE jsonb",
    "timestamptz": "ALTER TABLE session ALTER expire TYPE timestamptz(6)",
    "a unique index and no primary key": f"{NO_KEY}; CREATE UNIQUE INDEX one ON session (sid)",
    "extra columns": "ALTER TABLE session ADD made timestamptz DEFAULT now(),"
    " ADD who text GENERATED ALWAYS AS (sess->>'user') STORED",
    "a NUL in sess": """UPDATE session SET sess = '{"cookie":{"originalMaxAge":null},"name":"a\\u0000b"}'""",
    "old expired rows": "UPDATE session SET expire = expire - interval '2 years'",
    "another name": "ALTER TABLE session RENAME TO user_sessions",
    "another schema": "CREATE SCHEMA auth; ALTER TABLE session SET SCHEMA auth; "
    "GRANT USAGE ON SCHEMA auth TO {role}; GRANT ALL ON auth.session TO {role}",
    "a view": "ALTER TABLE session RENAME TO kept; CREATE VIEW session AS SELECT * FROM kept",
    "no index on expire": 'DROP INDEX "IDX_session_expire"',
    "no rows": "TRUNCATE session",
    "a policy that lets all through": "ALTER TABLE session ENABLE ROW LEVEL SECURITY;"
    " CREATE POLICY everything ON session USING (true)",
}


@pytest.fixture
def altered(database: str, role: str) -> Iterator[Callable[[str], Diagnosis]]:
    """Alter a healthy table with six sessions in it, and look at it as the service's role."""

    def alter(statements: str, **options: bool) -> Diagnosis:
        execute(database, TABLE)
        with Express(database) as express:
            for ago in range(400, 1000, 100):
                express.save(ago, touched=ago - 137 if ago < 700 else None, userId=ago)
        execute(database, statements.replace("{role}", f'"{role}"'))
        execute(database, ALL_RIGHTS.replace("{role}", f'"{role}"'))
        execute(database, f'GRANT ALL ON ALL TABLES IN SCHEMA public TO "{role}"')
        found = look(as_role(database, role), **options)
        return diagnose(Facts(now=datetime.now(UTC), database=found))

    yield alter
    execute(database, f'ALTER ROLE "{role}" RESET ALL')


@pytest.mark.parametrize("name", ALTERATIONS)
def test_the_fault_is_proven_and_named_first(altered: Callable[[str], Diagnosis], name: str) -> None:
    statements, cause = ALTERATIONS[name]
    diagnosis = altered(statements)
    first = diagnosis.causes[0]
    assert (first.cause.id, first.confidence) == (cause, Confidence.CONFIRMED)
    assert {suspect.cause.id for suspect in diagnosis.causes[1:]} <= {"save-no-primary-key"}


@pytest.mark.parametrize("name", ODDITIES)
def test_an_oddity_is_healthy(altered: Callable[[str], Diagnosis], name: str) -> None:
    diagnosis = altered(ODDITIES[name])
    assert [suspect.cause.id for suspect in diagnosis.causes] == []
    assert diagnosis.verdict is Verdict.HEALTHY


@pytest.mark.parametrize("right", RIGHTS)
def test_each_missing_right_is_proven(database: str, role: str, right: str) -> None:
    execute(database, TABLE)
    held = ", ".join(one for one in RIGHTS if one != right)
    execute(database, f'GRANT {held} ON session TO "{role}"')
    diagnosis = diagnose(Facts(now=datetime.now(UTC), database=look(as_role(database, role))))
    assert [suspect.title for suspect in diagnosis.causes] == [f'{role} lacks {right} on "public"."session"']


def test_a_trigger_that_swallows_the_row_is_proven_where_it_may_be_tried(altered: Callable[..., Diagnosis]) -> None:
    diagnosis = altered(SWALLOW, experiment=True)
    assert [suspect.cause.id for suspect in diagnosis.causes] == ["save-trigger-swallows-insert"]


@pytest.mark.provokes("save-rule-forbids-insert")
def test_a_rule_is_proven_where_it_may_be_tried(altered: Callable[..., Diagnosis]) -> None:
    diagnosis = altered("CREATE RULE nothing AS ON INSERT TO session DO INSTEAD NOTHING", experiment=True)
    assert [suspect.cause.id for suspect in diagnosis.causes] == ["save-rule-forbids-insert"]


def test_an_unlogged_table_is_a_note(altered: Callable[[str], Diagnosis]) -> None:
    diagnosis = altered("ALTER TABLE session SET UNLOGGED")
    assert diagnosis.verdict is Verdict.HEALTHY
    assert "find-table-unlogged" in {note.id for note in diagnosis.notes}


def test_a_lock_that_a_login_waits_for_is_proven(database: str, role: str) -> None:
    execute(database, TABLE + f'; GRANT ALL ON session TO "{role}"')
    with holding(database, "LOCK TABLE session IN ACCESS EXCLUSIVE MODE"):
        found = look(as_role(database, role), experiment=True)
    diagnosis = diagnose(Facts(now=datetime.now(UTC), database=found))
    assert [suspect.cause.id for suspect in diagnosis.causes] == ["reach-lock-held"]


def test_a_role_at_its_limit_of_connections_is_proven(database: str, role: str) -> None:
    execute(database, TABLE + f'; ALTER ROLE "{role}" CONNECTION LIMIT 1')
    with holding(as_role(database, role), "SELECT 1"):
        found = look(as_role(database, role))
    diagnosis = diagnose(Facts(now=datetime.now(UTC), database=found))
    assert [suspect.cause.id for suspect in diagnosis.causes] == ["reach-role-connection-limit"]
