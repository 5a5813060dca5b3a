"""Secrets that look like words, and people's data, planted in each kind of input: no output shows them.

What looks random is masked by its looks; here only the place says that it is a secret.
"""

import base64
import io
import json
from pathlib import Path

import pytest

from sessile.doctor.evidence import cookie as cookies, logs
from sessile.doctor.evidence.cookie import NamedSecret
from sessile.doctor.evidence.gathering import Options, gather
from sessile.doctor.evidence.sorting import NotEvidence, sort
from sessile.doctor.explanation import pointers
from sessile.doctor.facts import Facts
from sessile.doctor.report import explain, why as of_why
from sessile.doctor.why import answer
from tests.doctor.causes.frameworks import django, flask, starlette
from tests.doctor.evidence.session_table import TABLE, Express, execute
from tests.doctor.facts_builder import NOW
from tests.doctor.test_planted import told, written

WORD = "plantedpass"
PERSON = "Planta Genista"
EMAIL = "planta@mail.example"
ADDRESS = "203.0.113.77"
BASIC = base64.b64encode(f"zoe:{WORD}".encode()).decode()
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGEifQ.c2lnbmVkLWJ5LW5vYm9keQ"
HIDDEN = (WORD, PERSON, "Genista", EMAIL, ADDRESS, BASIC, JWT, JWT.split(".")[1])

LINES = (
    f"Error: connect ECONNREFUSED redis://:{WORD}@10.0.0.5:6379/0",
    f"Error: connect ECONNREFUSED rediss://default:{WORD}@redis.example.com:6379",
    f"sqlalchemy.exc.OperationalError: connection to postgresql+psycopg://app:{WORD}@db/shop failed: Connection refused",
    f'psycopg.OperationalError: connection failed: "host=db user=app password={WORD} dbname=shop": Connection refused',
    f"Error: getaddrinfo ENOTFOUND db jdbc:postgresql://db/shop?user=app&password={WORD}",
    f"error: connecting to amqp://zoe:{WORD}@mq.example.com failed: ECONNREFUSED",
    f"Session save error: error: there is no unique or exclusion constraint; Authorization: Basic {BASIC}",
    f"Session save error: headers {{ authorization: 'Bearer {JWT}' }}",
    f"session save error: set-cookie: connect.sid=s%3A{WORD}.x; Path=/",
    f"Error saving session: cookie: 'connect.sid={WORD}; theme=dark'",
    f'error: duplicate key value violates unique constraint "session_pkey" Key (sid)=({WORD}) already exists.',
    f'error: null value in column "sess" Failing row contains ({WORD}, {PERSON}, {EMAIL}).',
    f"session save error: user {EMAIL} from {ADDRESS}",
    f'{{"level":50,"msg":"session save error","user":{{"email":"{EMAIL}"}},"password":"{WORD}",'
    f'"req":{{"remoteAddress":"{ADDRESS}"}}}}',
    f'{ADDRESS} - - [23/Nov/2026:12:00:00 +0000] "GET /api/me?token={WORD} HTTP/1.1" 401 12',
    f"session save error for user: {PERSON}",
    f"Error: SESSION_SECRET={WORD} is too short",
    f"session save error: SECRET_KEY: '{WORD}'",
    f"error: session save failed for https://shop.example/reset?token={WORD}&email={EMAIL}",
)
CODE = (
    "const session = require('express-session')\nconst app = require('express')()\n"
    f"app.use(session({{ secret: ['{WORD}', 'old{WORD}'], cookie: {{ secure: true }} }}))\n"
    f"const pool = new (require('pg').Pool)({{ password: '{WORD}', connectionString: 'postgres://app:{WORD}@db/shop' }})\n"
    f"const redis = require('redis').createClient({{ url: 'redis://:{WORD}@cache:6379' }})\n"
    f"app.post('/login', (req, res) => {{ req.session.token = '{WORD}'; res.redirect('/?email={EMAIL}') }})\n"
)
YAML = (
    f"services:\n  web:\n    image: shop\n    command: node app.js --password {WORD} redis://:{WORD}@cache\n    environment:\n"
    f"      SESSION_SECRET: {WORD}\n      REDIS_URL: redis://:{WORD}@cache:6379\n      ADMIN_EMAIL: {EMAIL}\n"
    f"  cache:\n    image: redis\n    command: redis-server --requirepass {WORD}\n"
)
FILES = {
    "app.js": CODE,
    "main.py": starlette(f'secret_key="{WORD}", same_site="none"')["main.py"],
    "app.py": flask(f'app.secret_key = "{WORD}"\napp.config["SESSION_REDIS"] = "redis://:{WORD}@cache"')["app.py"],
    "settings.py": django(f'SECRET_KEY = "{WORD}"\nDATABASES = {{"default": {{"PASSWORD": "{WORD}"}}}}')["shop/settings.py"],
    "compose.yaml": YAML,
    "render.yaml": f"services:\n- type: web\n  name: shop\n  startCommand: SESSION_SECRET={WORD} node app.js"
    f" postgres://app:{WORD}@db/shop\n"
    f"  envVars:\n  - key: SESSION_SECRET\n    value: {WORD}\n  - key: REDIS_URL\n    value: redis://:{WORD}@cache\n",
    "nginx.conf": f'server {{ location / {{ proxy_pass http://zoe:{WORD}@a; proxy_set_header Authorization "Basic {BASIC}"; '
    f'proxy_set_header Cookie "connect.sid={WORD}"; proxy_cookie_path / "/; secret={WORD}"; }} }}\n',
    "Procfile": f"web: SESSION_SECRET={WORD} DATABASE_URL=postgres://u:{WORD}@h/d gunicorn app:app\n"
    f"release: PGPASSWORD={WORD} psql -c 'DROP TABLE session'\n",
    "Dockerfile": f"FROM node\nENV SESSION_SECRET={WORD} REDIS_URL=redis://:{WORD}@cache\n"
    f"CMD PGPASSWORD={WORD} node app.js --secret {WORD}\n",
    "app.service": f"[Service]\nEnvironment=SESSION_SECRET={WORD} REDIS_URL=redis://:{WORD}@cache\n"
    f"ExecStart=gunicorn app:app --password {WORD}\n",
    "one.env": f"SESSION_SECRET={WORD}\nREDIS_URL=redis://:{WORD}@cache\nDATABASE_URL=postgres://app:{WORD}@127.0.0.1:1/shop\nADMIN={EMAIL}\n",
    "two.env": f'SESSION_SECRET="{WORD}\nAPI_TOKEN={WORD}\n',
}


def recording() -> str:
    """A login in a recording, with secrets in its data, fields, answers and cookies."""
    page = "https://shop.example"
    login = {
        "method": "POST",
        "url": f"{page}/login?next=/me&email={EMAIL}",
        "httpVersion": "HTTP/1.1",
        "headers": [
            {"name": "Content-Type", "value": "application/json"},
            {"name": "Authorization", "value": f"Basic {BASIC}"},
            {"name": "Cookie", "value": f"connect.sid={WORD}; jwt={JWT}"},
            {"name": "X-Forwarded-For", "value": ADDRESS},
        ],
        "queryString": [{"name": "email", "value": EMAIL}],
        "cookies": [{"name": "connect.sid", "value": WORD}],
        "postData": {
            "mimeType": "application/json",
            "text": json.dumps({"email": EMAIL, "password": WORD, "name": PERSON}),
            "params": [{"name": "password", "value": WORD}],
        },
    }
    answer = {
        "status": 200,
        "statusText": "OK",
        "httpVersion": "HTTP/1.1",
        "headers": [
            {"name": "Content-Type", "value": "application/json"},
            {"name": "Set-Cookie", "value": f"connect.sid={WORD}; Path=/; Domain=other.example"},
            {"name": "Location", "value": f"{page}/?token={JWT}"},
        ],
        "cookies": [{"name": "connect.sid", "value": WORD}],
        "content": {
            "size": 20,
            "mimeType": "application/json",
            "text": json.dumps({"user": {"name": PERSON, "email": EMAIL}, "token": JWT}),
        },
        "redirectURL": "",
    }
    entries = [
        {"startedDateTime": "2026-11-23T12:00:00Z", "time": 5, "request": login, "response": answer, "serverIPAddress": ADDRESS},
        {
            "startedDateTime": "2026-11-23T12:00:01Z",
            "time": 5,
            "request": {**login, "method": "GET", "url": f"{page}/api/me"},
            "response": {**answer, "status": 401},
        },
    ]
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "sample", "version": "1"}, "pages": [], "entries": entries}})


def shown(folder: Path, *words: str) -> list[str]:
    """What of the hidden is told of the files of a folder, or of what else is named."""
    text = told(gather(sort([*words] or [str(folder)], {}), Options()), folder)
    return [one for one in HIDDEN if one in text]


@pytest.mark.parametrize("line", LINES)
def test_of_a_line_of_a_log(tmp_path: Path, line: str) -> None:
    (tmp_path / "app.log").write_text(f"2026-11-23T12:00:00Z Server running on port 3000\n2026-11-23T12:00:01Z {line}\n{line}\n")
    assert shown(tmp_path, str(tmp_path / "app.log")) == []


@pytest.mark.parametrize("name", FILES)
def test_of_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FILES[name])
    assert shown(tmp_path, str(tmp_path / name)) == []


def test_of_the_url_of_a_redis(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(f"{LINES[0]}\n")
    assert shown(tmp_path, f"redis://zoe:{WORD}@127.0.0.1:1/0", str(tmp_path / "app.log")) == []


def test_of_a_recording(tmp_path: Path) -> None:
    (tmp_path / "visit.har").write_text(recording())
    assert shown(tmp_path, str(tmp_path / "visit.har")) == []


@pytest.mark.parametrize("line", LINES)
def test_of_a_line_that_is_explained(line: str) -> None:
    read = logs.collect("line", text=io.BytesIO(line.encode()))
    found = pointers(Facts(now=NOW, logs=tuple(read)))
    events = [event for log in read for event in log.events]
    text = written(lambda page: explain.write_line(page, events, found)) + json.dumps(explain.line_document(events, found))
    assert [one for one in HIDDEN if one in text] == []


@pytest.mark.parametrize("word", [f"mysql://app:{WORD}@db/shop", f"mongodb+srv://zoe:{WORD}@db.example.com/shop"])
def test_of_what_is_refused(word: str) -> None:
    with pytest.raises(NotEvidence) as refused:
        sort([word], {})
    assert WORD not in str(refused.value)


@pytest.mark.parametrize("text", [WORD, f"connect.sid={WORD}", f"s:{WORD}.c2lnbmVk", f"a=1; connect.sid=s%3A{WORD}.c2lnbmVk"])
def test_of_a_cookie_and_a_secret(text: str) -> None:
    found = answer(cookies.examine(cookies.arrivals(text), [NamedSecret("SESSION_SECRET", WORD)], None, None))
    told = written(lambda page: of_why.write(page, found)) + json.dumps(of_why.document(found)) + repr(found)
    assert WORD not in told


def test_of_the_rows_of_a_table(tmp_path: Path, database: str) -> None:
    execute(database, TABLE)
    with Express(database) as express:
        for number in range(5):
            express.save(userId=number, name=PERSON, email=EMAIL, token=JWT, passport={"user": WORD}, ip=ADDRESS)
        express.save(sid=WORD, accounts={EMAIL: WORD})
    assert shown(tmp_path, database) == []
