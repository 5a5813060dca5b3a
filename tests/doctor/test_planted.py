"""A secret planted in each kind of input appears in no output; an input that is cut off or broken costs only itself."""

import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from rich.console import Console

from sessile.doctor import bundle
from sessile.doctor.diagnose import diagnose
from sessile.doctor.evidence import cookie as cookies, logs
from sessile.doctor.evidence.cookie import NamedSecret
from sessile.doctor.evidence.gathering import Gathered, Options, gather
from sessile.doctor.evidence.sorting import NotEvidence, sort
from sessile.doctor.explanation import pointers
from sessile.doctor.facts import Facts
from sessile.doctor.report import explain, html, json as as_json, markdown, terminal, why as of_why
from sessile.doctor.report.page import Page
from sessile.doctor.why import answer
from tests.doctor.causes.frameworks import django, flask, starlette
from tests.doctor.evidence.har.flavours import FLAVOURS, SID
from tests.doctor.facts_builder import NOW
from tests.doctor.recording import cookie

PLANTED = "Pq7Kd8fW2mX5qN9rT4yG1zL0cJ3hS6vE"
SIGNED = cookie(sid=PLANTED)
EMAIL = "planted.person@mail.example"
HAR = FLAVOURS["Firefox"]() if "Firefox" in FLAVOURS else next(iter(FLAVOURS.values()))()

INPUTS: dict[str, str | bytes] = {
    "quoted.env": f"SESSION_SECRET='\"{PLANTED}\"'\nDATABASE_URL=postgres://app:{PLANTED}@127.0.0.1:1/shop\n",
    "cut.env": f"SESSION_SECRET={PLANTED[:9]}#{PLANTED}\nSTRIPE_KEY={PLANTED}\nNODE_ENV={PLANTED}\n",
    "app.log": "\n".join(
        (
            "Server running on port 3000",
            f"error: connecting to postgres://app:{PLANTED}@db/shop failed: ECONNREFUSED 127.0.0.1:5432",
            f"express-session fetching {PLANTED}",
            f"Session saved for user: {EMAIL}",
            f"Set-Cookie: connect.sid={SIGNED}; Path=/",
            f"GET /reset?token={PLANTED} 401 3.1 ms",
            f'{{"level":50,"msg":"no session","cookie":"connect.sid={SIGNED}","email":"{EMAIL}","sid":"{PLANTED}"}}',
            f"error: duplicate key: Key (sid)=({PLANTED}) already exists.",
            f"Error: SESSION_SECRET={PLANTED} is too short",
        )
    ),
    "postgresql.log": (
        f'2026-11-23 12:00:00.000 UTC [17] app@shop ERROR:  duplicate key value violates unique constraint "session_pkey"\n'
        f"2026-11-23 12:00:00.000 UTC [17] app@shop DETAIL:  Key (sid)=({PLANTED}) already exists.\n"
        f"2026-11-23 12:00:00.000 UTC [17] app@shop STATEMENT:  INSERT INTO s VALUES ('{PLANTED}', '{EMAIL}')\n"
        f"2026-11-23 12:00:01.000 UTC [17] app@shop LOG:  execute: SELECT 1  parameters: $1 = '{PLANTED}'\n"
    ),
    "visit.har": HAR.replace(SID.encode(), SIGNED.encode()),
    "app.js": (
        "const app = require('express')()\nconst session = require('express-session')\n"
        f"app.use(session({{secret: '{PLANTED}', cookie: {{secure: true, maxAge: 36}}}}))\n"
        f"const pool = new (require('pg').Pool)({{connectionString: 'postgres://app:{PLANTED}@db/shop'}})\n"
        f"app.post('/login', (req, res) => {{ req.session.token = '{PLANTED}'; res.redirect('/?k={PLANTED}') }})\n"
    ),
    "main.py": starlette(f'secret_key="{PLANTED}", same_site="none"')["main.py"],
    "app.py": flask(f'app.secret_key = "{PLANTED}"')["app.py"],
    "settings.py": django(f'SECRET_KEY = "{PLANTED}"')["shop/settings.py"],
    "render.yaml": f"services:\n- {{type: web, name: a, envVars: [{{key: SESSION_SECRET, value: {PLANTED}}}],"
    f" startCommand: 'psql postgres://u:{PLANTED}@h/d -c \"DROP TABLE session\"'}}\n",
    "compose.yaml": f"services:\n  a:\n    image: a:{PLANTED}\n    environment: [SECRET_KEY={PLANTED}, 'DB=postgres://u:{PLANTED}@h/d']\n",
    "nginx.conf": f'server {{ location / {{ proxy_pass http://a; proxy_set_header Cookie "connect.sid={SIGNED}"; }} }}\n',
    "Procfile": f"web: SESSION_SECRET={PLANTED} gunicorn app:app\nrelease: psql postgres://u:{PLANTED}@h/d\n",
    "Dockerfile": f"FROM a\nENV FLASK_SECRET_KEY={PLANTED}\nRUN curl -H 'Authorization: Bearer {PLANTED}' https://a\n",
    "app.service": f"[Service]\nEnvironment=SESSION_SECRET={PLANTED}\nExecStart=gunicorn app:app\n",
}
HEALTHY = (
    "Server running on port 3000\nerror: there is no unique or exclusion constraint matching the ON CONFLICT specification\n"
)


def written(write: Callable[[Page], None]) -> str:
    """What a report shows in a terminal, its lines joined so that no break hides anything."""
    out = io.StringIO()
    write(Page(Console(file=out, width=400, highlight=False, markup=False)))
    return out.getvalue()


def told(found: Gathered, folder: Path) -> str:
    """Every output of the doctor, and what a crash would show of the facts."""
    diagnosis = diagnose(found.facts)
    around = terminal.Surroundings(found.looked_at, found.failures)
    path = folder / "out.zip"
    document = as_json.document(diagnosis)
    bundle.write(path, bundle.Bundle(found.facts, found.looked_at, found.failures), document)
    with zipfile.ZipFile(path) as archive:
        packed = "\n".join(archive.read(name).decode() for name in archive.namelist())
    again = bundle.read(path)
    parts = [packed, json.dumps(document), repr(found), repr(again), json.dumps(as_json.document(diagnose(again.facts)))]
    parts += [written(partial(terminal.write, diagnosis=diagnosis, around=around, verbose=verbose)) for verbose in (False, True)]
    return "\n".join((*parts, html.page(diagnosis, around), markdown.text(diagnosis, around)))


def leaks(text: str) -> list[str]:
    """What of the planted secret and person is to be read, pieces of them among it."""
    return [one for one in (PLANTED, PLANTED[:16], PLANTED[-16:], EMAIL, EMAIL.split("@", maxsplit=1)[0]) if one in text]


@pytest.mark.parametrize("name", INPUTS)
def test_no_output_shows_what_an_input_hides(tmp_path: Path, name: str) -> None:
    content = INPUTS[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert leaks(told(gather(sort([str(path)], {}), Options()), tmp_path)) == []


@pytest.mark.parametrize(
    "url",
    [
        f"postgres://app:{PLANTED}@127.0.0.1:1/shop",
        f"postgresql://127.0.0.1:1/shop?user=app&password={PLANTED}",
        f"postgres://app:{PLANTED}/#@127.0.0.1:1/shop",
        f"redis://:{PLANTED}@127.0.0.1:1/0",
        f"redis://app:{PLANTED}/#@127.0.0.1:1/0",
    ],
)
def test_no_output_shows_the_password_of_a_url(tmp_path: Path, url: str) -> None:
    (tmp_path / "a.log").write_text(HEALTHY)
    assert leaks(told(gather(sort([url, str(tmp_path / "a.log")], {}), Options()), tmp_path)) == []


@pytest.mark.parametrize("word", [f"mysql://app:{PLANTED}@db/shop"])
def test_a_refusal_is_one_line_without_the_password(word: str) -> None:
    with pytest.raises(NotEvidence) as refused:
        sort([word], {})
    assert "\n" not in str(refused.value)
    assert leaks(str(refused.value)) == []


class Answers(BaseHTTPRequestHandler):
    """A site whose answers are full of what nobody may read."""

    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/" else 401)
        self.send_header("Location", f"http://{self.headers['Host']}/login?token={PLANTED}&mail={EMAIL}")
        self.send_header("Set-Cookie", f"connect.sid={SIGNED}; Path=/; HttpOnly")
        self.send_header("X-Powered-By", "Express")
        self.end_headers()
        self.wfile.write(f"<p>{EMAIL} {PLANTED}</p>".encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_no_output_shows_what_a_site_answers(tmp_path: Path) -> None:
    with site() as url:
        assert leaks(told(gather(sort([url], {}), Options()), tmp_path)) == []


@pytest.mark.parametrize("text", [SIGNED, f"connect.sid={SIGNED}", f"a=1; connect.sid={SIGNED[:-3]}", PLANTED, f"s:{PLANTED}.x"])
def test_why_shows_neither_cookie_nor_secret(text: str) -> None:
    found = answer(cookies.examine(cookies.arrivals(text), [NamedSecret("SESSION_SECRET", PLANTED)], None, None))
    assert leaks(written(lambda page: of_why.write(page, found)) + json.dumps(of_why.document(found)) + repr(found)) == []


@pytest.mark.parametrize("line", str(INPUTS["app.log"]).splitlines() + str(INPUTS["postgresql.log"]).splitlines())
def test_explain_shows_nothing_of_a_line(line: str) -> None:
    read = logs.collect("line", text=io.BytesIO(line.encode()))
    found = pointers(Facts(now=NOW, logs=tuple(read)))
    events = [event for log in read for event in log.events]
    shown = written(lambda page: explain.write_line(page, events, found)) + json.dumps(explain.line_document(events, found))
    assert leaks(shown) == []


def survives(folder: Path, name: str, content: bytes) -> None:
    """A broken input beside a healthy one: the healthy one is diagnosed, whatever is in the other."""
    path, healthy = folder / name, folder / "healthy.log"
    path.write_bytes(content)
    healthy.write_text(HEALTHY)
    items, refused = sort([str(healthy)], {}), ""
    try:
        items = (*sort([str(path)], {}), *items)
    except NotEvidence as refusal:
        refused = str(refusal)
    assert "\n" not in refused
    found = gather(items, Options())
    assert [log.source for log in found.facts.logs if log.source == str(healthy)]
    assert all("\n" not in failure and "Traceback" not in failure for failure in found.failures)
    assert diagnose(found.facts).causes


def octets(name: str) -> bytes:
    content = INPUTS[name]
    return content if isinstance(content, bytes) else content.encode()


@pytest.mark.parametrize("name", INPUTS)
def test_an_input_cut_off_anywhere_costs_only_itself(tmp_path: Path, name: str) -> None:
    whole = octets(name)
    for end in range(0, len(whole), max(1, len(whole) // 7)):
        survives(tmp_path, name, whole[:end])


@pytest.mark.parametrize("name", ["quoted.env", "app.log", "bundle.zip"])
def test_an_archive_that_is_no_bundle_costs_only_itself(tmp_path: Path, name: str) -> None:
    survives(tmp_path, name, b"PK\x03\x04")
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.writestr("app.log", HEALTHY)
    survives(tmp_path, name, (tmp_path / "logs.zip").read_bytes())


BROKEN = (
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
    | st.builds(
        lambda whole, at, stray: whole[: int(at * len(whole))] + stray + whole[int(at * len(whole)) + len(stray) :],
        st.sampled_from([content if isinstance(content, bytes) else content.encode() for content in INPUTS.values()]),
        st.floats(0, 1),
        st.binary(max_size=20),
    )
)
"""Anything at all, or an input with some octets of it replaced."""
NAMES = st.sampled_from([*INPUTS, "bundle.zip", "visit.har.gz"])
fuzzed = given(NAMES, BROKEN)
kept = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@fuzzed
@settings(max_examples=40, deadline=None, suppress_health_check=kept)
def test_an_input_of_anything_costs_only_itself(tmp_path: Path, name: str, content: bytes) -> None:
    survives(tmp_path, name, content)


@pytest.mark.slow
@fuzzed
@settings(max_examples=5000, deadline=None, suppress_health_check=kept)
def test_many_inputs_of_anything_cost_only_themselves(tmp_path: Path, name: str, content: bytes) -> None:
    survives(tmp_path, name, content)
