"""Nothing of a secret or of a person gets through, and what a diagnosis needs stays readable."""

import base64
import random
import string
import time
import uuid

import pytest
from hypothesis import given, settings, strategies as st

from sessile.doctor.masking import excerpt, mask

SID = "Zy3kP0aB9xQ2Lm5nR7tUvWxYz1C4dE6f"
SIGNED = f"s%3A{SID}.qJ8%2BxHc0uVbN4mKlOp7sRtYwZ2aE5dG9fI1hL3jC6k"

MASKED = [
    (f"Cookie: theme=dark; ofa.sid={SIGNED}", "Cookie: theme=***; ofa.sid=***"),
    (
        f"Set-Cookie: ofa.sid={SIGNED}; Path=/; Expires=Wed, 25 Nov 2026 10:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
        "Set-Cookie: ofa.sid=***; Path=/; Expires=Wed, 25 Nov 2026 10:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
    ),
    ("'set-cookie': [ 'a=one; Path=/', 'b=two; HttpOnly' ]", "'set-cookie': [ 'a=***; Path=/', 'b=***; HttpOnly' ]"),
    ('"cookie":"theme=dark; cart=17"', '"cookie":***'),
    (f"connect.sid={SIGNED} was sent", "connect.sid=*** was sent"),
    (f"cookie {SIGNED}", "cookie s%3A***"),
    (f"cookie s:{SID}.abc", "cookie s:***"),
    (f"express-session fetching {SID} +0ms", "express-session fetching *** +0ms"),
    ("express-session saving user-17 +0ms", "express-session saving *** +0ms"),
    (f"no row for {SID}", "no row for ***"),
    (f"key session_{SID} and sess:{SID}", "key *** and sess:***"),
    (f"/api/sessions/{SID}/edit", "/api/sessions/***/edit"),
    ("Key (sid)=(a, b) is duplicated.", "Key (sid)=(***) is duplicated."),
    ("Key (user_id)=(17) is not present", "Key (user_id)=(***) is not present"),
    ("Failing row contains (abc, {}, 2026-11-23).", "Failing row contains (***)"),
    ('invalid input syntax for type uuid: "abc"', 'invalid input syntax for type uuid: "***"'),
    ('JSON data, line 1: {"cart":17', "JSON data, line 1: ***"),
    ("INSERT INTO session VALUES ('abc', 'def')", "INSERT INTO session VALUES ('***'"),
    ("SELECT sess FROM session WHERE name = 'ada'", "SELECT sess FROM session WHERE name = '***'"),
    ("DETAIL:  parameters: $1 = 'abc', $2 = '17'", "DETAIL:  parameters: ***"),
    ("postgres://app:hunter2@db.internal:5432/app", "postgres://app:***@db.internal:5432/app"),
    ("postgres://app:p@ss/w#rd?@db/app?sslmode=require", "postgres://app:***@db/app?sslmode=require"),
    ("postgresql+asyncpg://app:x@[::1]:5432/app", "postgresql+asyncpg://app:***@[::1]:5432/app"),
    ("redis://:hunter2@10.0.0.1:6379/0", "redis://:***@10.0.0.1:6379/0"),
    ("host=db password='two words' user=app", "host=db password=*** user=app"),
    ("SESSION_SECRET=two words; and more", "SESSION_SECRET=***"),
    ("export JWT_TOKEN='x y' # z", "export JWT_TOKEN=***"),
    ("secret: hunter2", "secret: ***"),
    ('{"password":"a \\" b","ok":1}', '{"password":***,"ok":1}'),
    ("/reset?token=abc&x=1", "/reset?token=***"),
    ("Authorization: Basic YTpi", "Authorization: Basic ***"),
    ('authorization: \'Digest username="a", nonce="b"\'', "authorization: 'Digest ***"),
    ("got Bearer abcdefgh12", "got Bearer ***"),
    ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl!", "jwt ***!"),
    ("Session saved for user: ada lovelace", "Session saved for user: ***"),
    ('{"userId":42,"email":"x"}', '{"userId":***,"email":***}'),
    ("mail ada.l+x@sub.example.co.in, now", "mail ***@***, now"),
    ("/users/ada%40example.com/me", "/users/***@***/me"),
    ("from 203.0.113.9:4711 to 8.8.8.8", "from ***:4711 to ***"),
    ("from 2001:db8::7 and ::ffff:8.8.8.8", "from *** and ***"),
    ("sha256 9f86d081884c7d659a2feaa0c55ad015", "sha256 ***"),
    (f"id {uuid.UUID(int=0x1234567890ABCDEF1234567890ABCDEF)}", "id ***"),
]

READABLE = [
    "there is no unique or exclusion constraint matching the ON CONFLICT specification",
    'duplicate key value violates unique constraint "pg_type_typname_nsp_index"',
    "Key (typname, typnamespace)=(session, 2200) already exists.",
    'multiple primary keys for table "session" are not allowed',
    'relation "public.session" does not exist',
    'new row violates row-level security policy for table "session"',
    'null value in column "user_id" of relation "session" violates not-null constraint',
    'password authentication failed for user "app"',
    'no pg_hba.conf entry for host "10.1.2.3", user "app", database "db", no encryption',
    "SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string",
    "secret option required for sessions",
    "express-session deprecated req.secret; provide secret option",
    "SESSION_SECRET is not set, using a fallback",
    "Cannot set properties of undefined (setting 'userId')",
    "Cannot read properties of undefined (reading 'expires')",
    "connect ECONNREFUSED 127.0.0.1:5432",
    "connect ECONNREFUSED ::1:5432 at 10:00:00",
    "connect ENOENT /cloudsql/project-123:us-central1:db/.s.PGSQL.5432",
    "ENOENT: no such file or directory, open '/app/node_modules/connect-pg-simple/table.sql'",
    "getaddrinfo ENOTFOUND dpg-c8k2m5qv7h1x94t6r3pg-a",
    "    at PGStore._rawEnsureSessionStoreTable (/app/node_modules/.pnpm/connect-pg-simple@10.0.0/index.js:150:11)",
    "triggerUncaughtException processTicksAndRejections PreventCommandIfReadOnly InitializeSessionUserId",
    "DEPTH_ZERO_SELF_SIGNED_CERT ERR_HTTP_HEADERS_SENT",
    'index "user_sessions_v2_sid_key" and "idx_v2_session_expire_v3_pkey"',
    "/var/log/app-2026-11-23-error-log-file.log",
    "session keys: 1a2b3c4d signs, 5e6f7a8b verifies",
    "code: '42P10', routine: 'infer_arbiter_indexes'",
    "POST /api/auth/login 200 11.762 ms",
    "2026-11-23T10:00:00.123456789Z [web-1] Server running on port 3000",
    "postgresql://app@db.internal/app",
    "> app@1.0.0 start",
    "cookie unsigned; no cookie came; session found",
]


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_what_is_secret_or_personal_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("text", READABLE)
def test_what_a_diagnosis_needs_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("text", [text for text, _ in MASKED] + READABLE)
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


def kept(texts: list[str]) -> list[str]:
    return [text for text in texts if text in mask(f"nothing known of {text}, sorry")]


def test_session_ids_of_express_are_masked_wherever_they_stand() -> None:
    drawn = random.Random(1)
    ids = [base64.urlsafe_b64encode(drawn.randbytes(24)).decode() for _ in range(5000)]
    assert len(kept(ids)) <= 5, "one in a thousand random texts may look like words"


@pytest.mark.parametrize("alphabet", [string.ascii_lowercase + string.digits, "0123456789abcdef"])
def test_other_random_ids_are_masked(alphabet: str) -> None:
    drawn = random.Random(2)
    assert len(kept(["".join(drawn.choices(alphabet, k=32)) for _ in range(5000)])) <= 5


PASSWORD = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"], exclude_characters="\"'<>"), min_size=3)


@given(PASSWORD)
@settings(max_examples=500)
def test_no_password_of_a_url_gets_through(password: str) -> None:
    assert mask(f"connecting to postgres://app:{password}@db.internal:5432/app now").split("@db")[0].endswith("//app:***")


@given(st.text(max_size=200))
@settings(max_examples=500)
def test_any_text_is_masked_once_and_for_all(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.text(max_size=1000))
def test_an_excerpt_is_one_printable_line(text: str) -> None:
    short = excerpt(text, 100)
    assert len(short) <= 100
    assert not {char for char in short if ord(char) < 32 or char in "\x7f\x85\u2028\u202e"}


def test_an_excerpt_never_cuts_a_secret_into_readable_pieces() -> None:
    for padding in range(60):
        assert SID[:8] not in excerpt(f"{'x ' * padding}cookie {SIGNED}", 80)


@pytest.mark.parametrize(
    "text", ["a.a" * 3000, "token" * 2000, "a:" * 4000, "s:" * 4000, "x@" * 4000, "=" * 8000, "a://" * 2000, "{" * 8000]
)
def test_hostile_text_takes_no_time(text: str) -> None:
    began = time.process_time()
    excerpt(text)
    assert time.process_time() - began < 0.5
