"""Faults of the session table: its key, its columns, its place, its rights."""

from lab.faults.fault import Fault, settings, sql, together

NO_KEY = 'ALTER TABLE "session" DROP CONSTRAINT "session_pkey"'
OWNED = 'ALTER TABLE "session" OWNER TO {role}'


def table(columns: str, *more: str) -> str:
    """A table made by hand, given to the service's role."""
    return "; ".join(
        [f'CREATE TABLE "session" ({columns})', *more, OWNED, 'CREATE INDEX "IDX_session_expire" ON "session" ("expire")']
    )


THREE = "sid {sid} {key}, sess {sess} NOT NULL, expire {expire} NOT NULL"


def three(sid: str = "varchar NOT NULL", key: str = "PRIMARY KEY", sess: str = "json", expire: str = "timestamp(6)") -> str:
    """The three columns with some type of one of them changed."""
    return THREE.format(sid=sid, key=key, sess=sess, expire=expire)


NOT_THE_OWNER = together(sql(table(three()), 'ALTER TABLE "session" OWNER TO postgres'), settings(CREATE_TABLE="0"))

FAULTS = (
    Fault("no-key", "save-no-primary-key", during=sql(NO_KEY)),
    Fault("no-key-error-swallowed", "save-no-primary-key", during=sql(NO_KEY), note="save-error-swallowed",
          works_on=("express",)),
    Fault("no-key-explicit-save", "save-no-primary-key", before=settings(SAVE="explicit"), during=sql(NO_KEY)),
    Fault("partial-key", "save-key-not-an-arbiter", during=sql(
        NO_KEY, "CREATE UNIQUE INDEX ON session (sid) WHERE expire > '2020-01-01'")),
    Fault("composite-key", "save-key-not-an-arbiter", during=sql(NO_KEY, "ALTER TABLE session ADD PRIMARY KEY (sid, expire)")),
    Fault("deferrable-key", "save-key-deferrable", during=sql(NO_KEY, "ALTER TABLE session ADD PRIMARY KEY (sid) DEFERRABLE")),
    Fault(
        "invalid-index",
        "save-key-index-invalid",
        during=sql(
            NO_KEY,
            "CREATE UNIQUE INDEX session_sid_key ON session (sid)",
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'session_sid_key'::regclass",
        ),
    ),
    Fault(
        "duplicates",
        "save-duplicate-sids",
        also=("save-no-primary-key",),
        during=sql(NO_KEY, "INSERT INTO session SELECT sid, sess, expire - interval '1 minute' FROM session"),
    ),
    Fault("partitioned", "save-partitioned-table", before=sql(
        'CREATE TABLE "session" (sid varchar NOT NULL, sess json NOT NULL, expire timestamp(6) NOT NULL) '
        "PARTITION BY RANGE (expire)",
        'CREATE TABLE session_all PARTITION OF "session" DEFAULT', OWNED, "ALTER TABLE session_all OWNER TO {role}")),
    Fault("table-missing", "boot-table-missing", before=settings(CREATE_TABLE="0")),
    Fault("table-dropped", "boot-table-missing", during=sql('DROP TABLE "session"')),
    Fault("half-created", "boot-table-half-created", before=sql(
        'CREATE TABLE "session" (sid varchar NOT NULL PRIMARY KEY, sess json NOT NULL)', OWNED)),
    Fault("foreign-table", "boot-foreign-table", before=sql(
        'CREATE TABLE "session" (id text PRIMARY KEY, "expiresAt" timestamp NOT NULL, token text NOT NULL, "userId" text)',
        OWNED)),
    Fault("other-schema", "find-table-in-other-schema", during=sql(
        "CREATE SCHEMA app AUTHORIZATION {role}", 'ALTER TABLE "session" SET SCHEMA app')),
    Fault("sid-too-short", "save-sid-too-short", before=sql(table(three(sid="varchar(20)")))),
    Fault("sid-uuid", "save-sid-wrong-type", before=sql(table(three(sid="uuid")))),
    Fault("sess-varchar", "save-sess-wrong-type", before=sql(table(three(sess="varchar(80)")))),
    Fault("sess-bytea", "save-sess-wrong-type", before=sql(table(three(sess="bytea")))),
    Fault("expire-bigint", "save-expire-wrong-type", before=sql(table(three(expire="bigint")))),
    Fault("expire-text", "save-expire-wrong-type", before=sql(table(three(expire="text")))),
    Fault("extra-column", "save-extra-column-required", before=sql(table(three() + ", user_id integer NOT NULL"))),
    Fault("trigger-swallows", "save-trigger-swallows-insert", during=sql(
        "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        'CREATE TRIGGER guard BEFORE INSERT ON "session" FOR EACH ROW EXECUTE FUNCTION swallow()')),
    Fault("rule", "save-rule-forbids-insert", during=sql('CREATE RULE nothing AS ON INSERT TO "session" DO INSTEAD NOTHING')),
    Fault("trigger-raises", "save-trigger-error", during=sql(
        "CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not while closed''; END'",
        'CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON "session" FOR EACH ROW EXECUTE FUNCTION closed()')),
    Fault("constraint-name-taken", "boot-constraint-name-taken", also=("boot-table-missing",), before=sql(
        "CREATE TABLE old (sid varchar CONSTRAINT session_pkey PRIMARY KEY)")),
    Fault("creation-denied", "boot-creation-denied", also=("boot-table-missing",), before=sql(
        "ALTER SCHEMA public OWNER TO postgres")),
    Fault("schema-missing", "boot-schema-missing", also=("boot-table-missing",), before=settings(SCHEMA_NAME="auth")),
    Fault("row-without-cookie", "read-cookie-missing", during=sql("UPDATE session SET sess = '{\"userId\":1}'"),
          works_on=("express",)),
    Fault("max-age-text-in-row", "read-max-age-text", works_on=("express",), during=sql(
        "UPDATE session SET sess = jsonb_set(sess::jsonb, '{cookie,originalMaxAge}', '\"604800000\"')")),
    Fault("no-insert", "save-rights-missing", before=NOT_THE_OWNER),
    Fault("no-select", "save-rights-missing", before=together(
        NOT_THE_OWNER, sql('GRANT INSERT, UPDATE, DELETE ON "session" TO {role}'))),
    Fault("no-update", "save-rights-missing", before=together(
        NOT_THE_OWNER, sql('GRANT SELECT, INSERT, DELETE ON "session" TO {role}'))),
    Fault("row-security", "find-row-security", before=together(
        NOT_THE_OWNER, sql('GRANT SELECT, INSERT, UPDATE, DELETE ON "session" TO {role}')),
        during=sql('ALTER TABLE "session" ENABLE ROW LEVEL SECURITY')),
)  # fmt: skip
