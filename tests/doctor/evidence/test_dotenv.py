"""The readers of .env files, each against the very program whose dialect it reads."""

import base64
import io
import json
import logging
import os
import random
import shutil
import socketserver
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import dotenv as python_dotenv
import pytest

from sessile.doctor.evidence import dotenv
from sessile.doctor.facts.environment import Dialect
from tests.node import PACKAGES, run_node

NODE, PYTHON, SHELL, DOCKER = READERS = (Dialect.NODE, Dialect.PYTHON, Dialect.SHELL, Dialect.DOCKER)

# What node, python, a shell and docker make of A; None: no value, or none that the file alone decides.
TABLE: tuple[tuple[bytes, str | None, str | None, str | None, str | None], ...] = (
    (b"A=abc", "abc", "abc", "abc", "abc"),
    (b"A=abc#def", "abc", "abc#def", "abc#def", "abc#def"),
    (b'A="abc#def"', "abc#def", "abc#def", "abc#def", '"abc#def"'),
    (b"A=abc #def", "abc", "abc", "abc", "abc #def"),
    (b"A='abc#d' # c", "abc#d", "abc#d", "abc#d", "'abc#d' # c"),
    (b"A=#abc", "", "#abc", "#abc", "#abc"),
    (b"A= #abc", "", "", "", " #abc"),
    (b'A="abc\\ndef"', "abc\ndef", "abc\ndef", "abc\\ndef", '"abc\\ndef"'),
    (b"A='abc\\ndef'", "abc\\ndef", "abc\\ndef", "abc\\ndef", "'abc\\ndef'"),
    (b'A="a\\tb"', "a\\tb", "a\tb", "a\\tb", '"a\\tb"'),
    (b"A=$2a$10$xyz", "$2a$10$xyz", "$2a$10$xyz", "a0", "$2a$10$xyz"),
    (b"A='$2a$10$xyz'", "$2a$10$xyz", "$2a$10$xyz", "$2a$10$xyz", "'$2a$10$xyz'"),
    (b'A="$2a$10$xyz"', "$2a$10$xyz", "$2a$10$xyz", "a0", '"$2a$10$xyz"'),
    (b"A=a\\$b", "a\\$b", "a\\$b", "a$b", "a\\$b"),
    (b"A=a$$b", "a$$b", "a$$b", None, "a$$b"),
    (b"A=${B:-def}", "${B:-def}", "def", "def", "${B:-def}"),
    (b"B=1\nA=${B}x", "${B}x", "1x", "1x", "${B}x"),
    (b"B=1\nA=$B", "$B", "$B", "1", "$B"),
    (b"A=abc\r\n", "abc", "abc", "abc\r", "abc"),
    (b'A="abc"\r\nB=1\r\n', "abc", "abc", "abc\r", '"abc"'),
    (b"export A=abc", "abc", "abc", "abc", None),
    (b"  A=abc", "abc", "abc", "abc", "abc"),
    (b"A = abc", "abc", "abc", None, None),
    (b"A= abc", "abc", "abc", None, " abc"),
    (b"A=abc  ", "abc", "abc", "abc", "abc  "),
    (b"A=abc def", "abc def", "abc def", None, "abc def"),
    (b"A=`abc`", "abc", "`abc`", None, "`abc`"),
    (b"A='abc", "'abc", None, None, "'abc"),
    (b'A="abc\nB=1', '"abc', None, None, '"abc'),
    (b'A="a\nb"', "a\nb", "a\nb", "a\nb", '"a'),
    (b"A=1\nA=2", "2", "2", "2", "2"),
    (b"A=", "", "", "", ""),
    (b"A", None, None, None, None),
    (b"A=''", "", "", "", "''"),
    (b"\xef\xbb\xbfA=abc", "abc", "abc", None, "abc"),
    (b"A=abc;def", "abc;def", "abc;def", "abc", "abc;def"),
    (b"A=abc&def", "abc&def", "abc&def", None, "abc&def"),
    (b"A=abc|def", "abc|def", "abc|def", None, "abc|def"),
    (b"A=abc(def", "abc(def", "abc(def", None, "abc(def"),
    (b"A=a>b", "a>b", "a>b", "a", "a>b"),
    (b"A=a\\b", "a\\b", "a\\b", "ab", "a\\b"),
    (b'A="a\\"b"', 'a\\"b', 'a"b', 'a"b', '"a\\"b"'),
    (b"A='a\\'b'", "a\\'b", "a'b", None, "'a\\'b'"),
    (b'A=a"b"c', 'a"b"c', 'a"b"c', "abc", 'a"b"c'),
    (b"A='it''s'", "it''s", None, "its", "'it''s'"),
    (b"A: abc", "abc", None, None, None),
    (b"A==abc==", "=abc==", "=abc==", "=abc==", "=abc=="),
    (b"#A=abc", None, None, None, None),
    (b"A=~/x", "~/x", "~/x", None, "~/x"),
    (b"A=\xc3\xa9", "é", "é", "é", "é"),
    (b"A=\xff", "\ufffd", None, "\udcff", None),
    (b"A=a\\\nb", "a\\", "a\\", "ab", "a\\"),
    (b"A=a\rB=b", "a", "a", "a\rB=b", "a\rB=b"),
    (b"A=' a '", " a ", " a ", " a ", "' a '"),
    (b"A=a\xc2\xa0", "a", "a", "a\u00a0", "a\u00a0"),
    (b"A=x B=y", "x B=y", "x B=y", "x", "x B=y"),
    (b"A=$(echo x)", "$(echo x)", "$(echo x)", None, "$(echo x)"),
)
CONTENTS = [row[0] for row in TABLE]
DECIDED_BY_THE_MACHINE = {b"A=a$$b", b"A=~/x", b"A=`abc`", b"A=$(echo x)"}
READ_ALIKE_BY_NODE_ITSELF = (
    b"A=abc#def", b'A="abc#def"', b"A=abc #def", b'A="abc\\ndef"', b"A=$2a$10$xyz", b"A=abc\r\n", b"export A=abc", b"A = abc",
    b"A=`abc`", b"A=1\nA=2", b"A=abc def",
)  # fmt: skip


def ours(content: bytes, dialect: Dialect) -> dict[str, str]:
    return {name: one.value for name, one in dotenv.read(content).get(dialect, {}).items()}


def node_dotenv(contents: list[bytes]) -> list[dict[str, str]]:
    script = """
        const { parse } = require('dotenv');
        const files = JSON.parse(require('fs').readFileSync(0, 'utf8'));
        console.log(JSON.stringify(files.map((file) => parse(Buffer.from(file, 'base64').toString('utf8')))));
    """
    read: list[dict[str, str]] = run_node(script, [base64.b64encode(content).decode() for content in contents])
    return read


def the_library(content: bytes) -> dict[str, str]:
    try:
        stream = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")
        return {name: value for name, value in python_dotenv.dotenv_values(stream=stream).items() if value is not None}
    except UnicodeDecodeError:
        return {}


def a_shell(content: bytes, folder: Path) -> dict[str, str]:
    (folder / "file").write_bytes(content)
    command = "set -a; . ./file; exec /usr/bin/env -0"
    done = subprocess.run(["/bin/sh", "-c", command], cwd=folder, env={"PATH": "/nowhere"}, capture_output=True, check=False)
    printed = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    variables = dict(pair.split("=", 1) for pair in printed if pair)
    return {name: value for name, value in variables.items() if name not in ("PATH", "PWD", "OLDPWD", "SHLVL", "_")}


class Daemon(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Listens where docker expects its daemon, and keeps what the client makes of the file."""

    daemon_threads = True
    environment: Sequence[str] = ()


class Dialogue(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Daemon

    def do_HEAD(self) -> None:
        self._answer(200, {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.environment = body.get("Env") or []
        self._answer(201, {"Id": "0" * 64, "Warnings": []})

    def log_message(self, *_: object) -> None:
        """Nothing to say."""

    def _answer(self, status: int, document: Mapping[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.45")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Callable[[bytes], dict[str, str]]]:
    """What `docker create --env-file` makes of a file, or {} where it refuses it."""
    daemon = Daemon(str(tmp_path / "socket"), Dialogue)
    threading.Thread(target=daemon.serve_forever, daemon=True).start()

    def read(content: bytes) -> dict[str, str]:
        (tmp_path / "file").write_bytes(content)
        daemon.environment = []
        host, environment = f"unix://{tmp_path}/socket", {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
        command = ["docker", "--host", host, "create", "--env-file", str(tmp_path / "file"), "image"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0 or "invalid env file" in done.stderr
        return {name: value for name, _, value in (pair.partition("=") for pair in daemon.environment)}

    yield read
    daemon.shutdown()
    daemon.server_close()


@pytest.mark.parametrize(("content", "values"), [(row[0], row[1:]) for row in TABLE], ids=map(repr, CONTENTS))
def test_each_line_means_to_each_reader_what_the_table_says(content: bytes, values: tuple[str | None, ...]) -> None:
    assert tuple(ours(content, dialect).get("A") for dialect in READERS) == values


def test_node_as_dotenv_reads() -> None:
    assert [ours(content, NODE) for content in CONTENTS] == node_dotenv(CONTENTS)


def test_python_as_python_dotenv_reads() -> None:
    assert [ours(content, PYTHON) for content in CONTENTS] == [the_library(content) for content in CONTENTS]


@pytest.mark.parametrize("content", [one for one in CONTENTS if one not in DECIDED_BY_THE_MACHINE], ids=repr)
def test_shell_as_sh_reads(content: bytes, tmp_path: Path) -> None:
    assert ours(content, SHELL) == a_shell(content, tmp_path)


if shutil.which("docker"):

    def test_docker_as_its_client_reads(docker: Callable[[bytes], dict[str, str]]) -> None:
        assert [ours(content, DOCKER) for content in CONTENTS] == [docker(content) for content in CONTENTS]


@pytest.mark.parametrize("content", READ_ALIKE_BY_NODE_ITSELF, ids=repr)
def test_node_env_file_agrees_with_dotenv_on_ordinary_lines(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    command = ["node", f"--env-file={tmp_path / 'file'}", "-p", "JSON.stringify(process.env.A)"]
    done = subprocess.run(command, cwd=PACKAGES, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ours(content, NODE)["A"]


NASTY = (
    "A", "B", "A=", "B=", "export ", "'", '"', "`", "\\", "#", " ", "\n", "\r\n", "\r", "\t", "a", "$A", "${B}", "${B:-x}", "$",
    "n", "=", "\ufeff", "\u00a0", "\u2028", ":", " # ", "-", ".", "é",
)  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_node_and_python_agree_with_the_originals_on_anything(seed: int) -> None:
    made = random.Random(seed)
    contents = ["".join(made.choices(NASTY, k=made.randint(1, 14))).encode() for _ in range(1500)]
    assert [ours(content, NODE) for content in contents] == node_dotenv(contents)
    assert [ours(content, PYTHON) for content in contents] == [the_library(content) for content in contents]


@pytest.mark.parametrize("seed", [1, 2])
def test_shell_agrees_with_sh_on_any_value(seed: int, tmp_path: Path) -> None:
    made = random.Random(seed)
    pieces = ("a", "n", "'", '"', "\\", "#", " #", "\r", "$A", "${A}", "${B:-x}", "${A-y}", "=", ";", "\n", "é", "$1", "\\\n")
    for _ in range(150):
        values = ["".join(made.choices(pieces, k=made.randint(0, 6))) for _ in range(3)]
        content = "\n".join(f"{made.choice(('', 'export '))}{name}={value}" for name, value in zip("ABA", values, strict=True))
        assert ours(content.encode(), SHELL) == a_shell(content.encode(), tmp_path), content


def test_lines_are_counted_from_one_for_every_reader() -> None:
    content = b"# first\n\nB=1\nexport C='x\ny'\n\n  A=1\n"
    lines = {dialect: read["A"].line for dialect, read in dotenv.read(content).items()}
    assert lines == {NODE: 7, PYTHON: 7, SHELL: 7}
    assert dotenv.read(b"\n\nA=1\r\n")[DOCKER]["A"].line == 3


def test_no_representation_shows_a_value() -> None:
    assert "hunter2" not in repr(dotenv.read(b"A=hunter2\n"))


def test_a_hostile_file_takes_no_time_to_speak_of() -> None:
    pieces = (b"\n", b"A='", b'A="\\', b"A=${", b"A=$(", b"A='\n", b"\\'")
    hostile = (*(piece * (100_000 // len(piece)) for piece in pieces), b" " * 200_000 + b"=")
    began = time.monotonic()
    for content in hostile:
        dotenv.read(content)
    assert time.monotonic() - began < 20


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """python-dotenv's own reading warns of every line that it does not understand."""
    logging.getLogger("dotenv.main").setLevel(logging.ERROR)
    yield
    logging.getLogger("dotenv.main").setLevel(logging.NOTSET)
