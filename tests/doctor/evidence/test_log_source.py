"""Whatever is given as a log, the answer is one clear line or an honest log, in bounded memory."""

import gzip
import io
import os
import random
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from sessile.doctor.evidence.logs import EvidenceError, collect
from sessile.doctor.facts.logs import Kind

SAVED = b"Session saved for user: 1\n"


def refusal(path: Path | str, content: bytes | None = None) -> str:
    with pytest.raises(EvidenceError) as caught:
        collect(path, text=None if content is None else io.BytesIO(content))
    said = str(caught.value)
    assert said.count("\n") == 0
    assert isinstance(caught.value, ValueError)
    return said


def test_no_such_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.log").endswith("no.log does not exist: name a log file, or - for standard input")


def test_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith("is a folder: name a log file in it")


def test_a_name_that_no_file_can_have() -> None:
    assert refusal("a\0b.log").startswith("cannot open 'a\\x00b.log'")


@pytest.mark.parametrize(
    "content",
    [
        b"\x7fELF\x02\x01\x01" + random.Random(1).randbytes(4096),
        b"\x89PNG\r\n\x1a\n" + random.Random(2).randbytes(4096),
        b"\0" * 4096,
        gzip.compress(random.Random(3).randbytes(4096), mtime=0),
    ],
    ids=["program", "image", "nothing but NUL", "gzip of no text"],
)
def test_no_text(content: bytes) -> None:
    assert refusal("app.log", content) == "app.log is no text: name a log, as the service or its platform prints it"


@pytest.mark.parametrize(
    ("magic", "name"), [(b"PK\x03\x04", "zip"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"BZh9", "bzip2")]
)
def test_packed_by_another_program(magic: bytes, name: str) -> None:
    assert refusal("app.log", magic + b"...") == f"app.log is packed with {name}: unpack it first, or pipe the text in with -"


def test_an_empty_log_is_a_log_without_lines() -> None:
    (log,) = collect("app.log", text=io.BytesIO(b""))
    assert (log.lines, log.events, log.runs, log.boots, log.cut_off) == (0, (), (), 0, False)


def test_a_gzip_file_that_breaks_off_tells_what_it_has() -> None:
    packed = gzip.compress(SAVED * 1000, mtime=0)
    (log,) = collect("app.log.gz", text=io.BytesIO(packed[: len(packed) - 20]))
    assert log.cut_off
    assert log.count(Kind.SAVED) > 0


def test_a_line_of_50_megabytes_is_cut_and_the_next_one_read() -> None:
    (log,) = collect("app.log", text=io.BytesIO(b"x" * 50_000_000 + b"\n" + SAVED))
    assert (log.lines, log.cut_off, log.count(Kind.SAVED), log.events[0].first.line) == (2, True, 1, 2)


def test_standard_input(tmp_path: Path) -> None:
    source = "from sessile.doctor.evidence.logs import collect; [log] = collect('-'); print(log.source, log.lines)"
    ran = subprocess.run([sys.executable, "-c", source], input=SAVED * 3, capture_output=True, cwd=tmp_path, check=True)
    assert ran.stdout == b"standard input 3\n"


@given(st.binary(max_size=2000))
@settings(max_examples=300, deadline=None)
def test_any_bytes_at_all(content: bytes) -> None:
    try:
        logs = collect("app.log", text=io.BytesIO(content))
    except EvidenceError:
        return
    assert all(event.text.isprintable() and len(event.text) <= 300 for log in logs for event in log.events)


WORDS = st.sampled_from(
    [
        *["{", "}", "[", "]", '"', "'", "}{", "\n{\n", "null", "[]", "\n", "\r\n", "\x1b[31m", " | ", "    at x", "\nweb-1 | "],
        *["\n[web-1] ", "Session save error:", "error:", 'relation "session" does not exist', "code: '42P10'", "POST /login 200"],
        *["Traceback (most recent call last):", "GET /api/me 401", "Server running on port 1", "\nNode.js v20.0.0"],
        *["\n2026-11-23T10:00:00Z ", "\n2026-13-45T99:00:00Z GET /me 401", "\nMon, 99 Nov 2026 99:00:00 GMT session saved"],
        *[
            "[99/Nov/2026:10:00:00 +0000] GET /me 401",
            '\n{"time":1e99,"msg":"session saved"}',
            '\n{"time":-1,"msg":"session saved"}',
        ],
        *[
            '\n{"msg":"',
            '"}',
            '"err":{"cause":',
            "session keys: 1a2b3c4d",
            '\n{"pid":1,"msg":"session saved"}',
            '\n{"pid":2,"msg":""}',
        ],
    ]
)


@given(st.lists(WORDS, max_size=40))
@settings(max_examples=500, deadline=None)
def test_any_mixture_of_what_logs_are_made_of(words: list[str]) -> None:
    text = " ".join(words).encode()
    logs = collect("app.log", text=io.BytesIO(text))
    assert sum(log.lines for log in logs) <= len(text.splitlines()) + 1
    assert all(event.count >= 1 and event.first.line <= event.last.line for log in logs for event in log.events)


@pytest.mark.parametrize(
    "line",
    [
        b'error: relation "t%d" does not exist\n',
        b"session stopped at find: r%d\n",
        b"error: code: '%05d' relation \"x%d\" does not exist\n",
        b"Server running on port 1\nGET /api/me 401 %d ms\n\n\n\n\n\n",
    ],
)
def test_endless_variety_does_not_cost_endless_memory(line: bytes) -> None:
    many = b"".join(line.replace(b"%05d", b"%05d" % number).replace(b"%d", b"%d" % number) for number in range(20_000))
    (log,) = collect("app.log", text=io.BytesIO(many))
    assert len(log.events) <= 1000
    assert len(log.runs) <= 1000
    assert log.cut_off or len(log.events) < 1000


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    block = b"".join(
        b"2026-11-23T10:00:00.123Z processed order %d for the warehouse in Pune\n" % number for number in range(10_000)
    )
    peaks = []
    for times in (6, 24):
        path = tmp_path / f"{times}.log"
        path.write_bytes(block * times)
        tracemalloc.start()
        (log,) = collect(path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert log.lines == 10_000 * times
    assert peaks[1] < 1.5 * peaks[0], f"{peaks[1]} bytes for {24 * len(block)} bytes of log, {peaks[0]} for {6 * len(block)}"


@pytest.mark.parametrize(
    "piece",
    [
        *["method=GET ", 'relation "', "server up on ", "drop table ", "SESSION_SECRET ", "] session ", "GET /", "ENOENT ", "("],
        *["s%3A", "session saved ", "psycopg.", '{"a":', "[1] ", "web-1 | ", "code: '4", "postgres://a:", "express-session "],
    ],
)
def test_a_hostile_line_takes_no_time(piece: str) -> None:
    line = (f"session error {piece * (65_000 // len(piece))}\n").encode()
    began = time.process_time()
    collect("app.log", text=io.BytesIO(line * 5))
    assert time.process_time() - began < 5


def test_a_long_log_is_read_in_reasonable_time() -> None:
    block = b"".join(
        b"2026-11-23T10:00:00.123Z processed order %d for the warehouse in Pune, in time\n" % n for n in range(100_000)
    )
    began = time.process_time()
    collect("app.log", text=io.BytesIO(block))
    took = time.process_time() - began
    assert took < len(block) / 4e6, f"{len(block) / 1e6 / took:.1f} MB/s"


def test_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["sh", "-c", 'printf "Session saved for user: 1\\n" > "$0"', str(pipe)]):
        (log,) = collect(pipe)
    assert log.count(Kind.SAVED) == 1
