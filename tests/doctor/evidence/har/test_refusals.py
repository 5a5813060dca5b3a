"""Whatever is given as a HAR, the answer is one clear line or honest facts, in bounded memory and time."""

import gzip
import io
import json
import random
import time
import tracemalloc
from pathlib import Path

import pytest

from sessile.doctor.evidence.har import EvidenceError, collect
from tests.doctor.evidence.har.archive import ENTRY, LARGE, MALFORMED, archive
from tests.doctor.evidence.har.flavours import charles
from tests.doctor.evidence.har.looks import read


def refusal(path: Path | str, content: bytes | None = None) -> str:
    with pytest.raises(EvidenceError) as caught:
        collect(path, stream=None if content is None else io.BytesIO(content))
    said = str(caught.value)
    assert said.count("\n") == 0
    assert len(said) < 300
    return said


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.har").endswith("no.har does not exist: name a .har file, or - for standard input")
    assert refusal(tmp_path).endswith("is a folder: name a .har file in it")
    assert refusal("a\0b.har").startswith("cannot open 'a\\x00b.har'")


NO_HAR = "x.har is no HAR, which begins with {: export the recording of the browser's network panel as HAR"
NO_LOG = "x.har is JSON, but no HAR: it has no log.entries; export the recording of the browser's network panel as HAR"
DAMAGED = "x.har looks packed with gzip, but cannot be unpacked: export the recording again"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "x.har is empty: export the recording again"),
        (b" \n\t", "x.har is empty: export the recording again"),
        (
            b"<!doctype html><title>Sign in</title>",
            "x.har is a web page, no HAR: save the recording with the network panel's export button",
        ),
        (b"PK\x03\x04...", "x.har is packed with zip: unpack it, and name the .har file in it"),
        (b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(4096), NO_HAR),
        (b"\0" * 4096, NO_HAR),
        (b"GET / HTTP/1.1\r\nCookie: a=b\r\n", NO_HAR),
        (b"[1, 2]", NO_HAR),
        (b"{}", NO_LOG),
        (b'{"constants":{},"events":[]}', NO_LOG),
        (b'{"log":{"version":"1.2"}}', NO_LOG),
        (b'{"log":{"entries":{}}}', NO_LOG),
        (archive(), "x.har holds no request: open the browser's network panel first, then log in, then export"),
        (b'{"log":{"vers', "x.har is no whole HAR, because it breaks off there: export it again, as HAR"),
        (b'{"log" 1}', "x.har is no whole HAR, because a colon is missing: export it again, as HAR"),
        (b'{"log":{"pages":' + b"[" * 300_000, "x.har is no whole HAR, because it is nested too deeply: export it again, as HAR"),
        (archive(ENTRY)[:120], "x.har breaks off before its first request is whole: export it again, as HAR"),
        (
            archive(b"null", b"7", b'"x"'),
            "x.har holds 3 requests, and none could be read: it is not as HAR 1.2 prescribes; export it again, as HAR",
        ),
        (b"\x1f\x8b\x08" + random.Random(2).randbytes(500), DAMAGED),
        (gzip.compress(random.Random(3).randbytes(4096), mtime=0), NO_HAR),
    ],
    ids=lambda value: "" if isinstance(value, str) else repr(value[:16]),
)
def test_one_line_says_what_is_wrong_and_what_to_do(content: bytes, said: str) -> None:
    assert refusal("x.har", content) == said


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b'{"startedDateTime" 12, "request": {}}', MALFORMED),
        (b'{"startedDateTime":"\xff\xfe, "request": "', MALFORMED),
        (b'{"startedDateTime":' + b"[" * 100_000 + b"]" * 100_000 + b"}", MALFORMED),
        (b"[]", "it is not as HAR 1.2 prescribes"),
        (ENTRY.replace(b"[]", b'[{"name":"Cookie","value":"' + b"x" * 50_000_000 + b'"}]', 1), LARGE),
    ],
    ids=["no JSON", "broken string", "deep", "no object", "header line of 50 MB"],
)
def test_an_unreadable_entry_costs_only_itself(bad: bytes, why: str) -> None:
    wire = read(archive(ENTRY, bad, ENTRY, ENTRY))
    assert [one.pointer for one in wire.exchanges] == ["entries[0]", "entries[2]", "entries[3]"]
    assert [(gap.pointer, gap.why) for gap in wire.gaps] == [("entries[1]", why)]
    assert wire.cut_off is None


def test_a_header_line_of_20_megabytes_is_read_and_cut() -> None:
    (exchange,) = read(archive(ENTRY.replace(b"[]", b'[{"name":"Cookie","value":"' + b"a=b; " * 4_000_000 + b'"}]', 1))).exchanges
    assert exchange.request.headers_size > 20_000_000
    assert isinstance(exchange.request.cookies, tuple)
    assert len(exchange.request.cookies) < 5000


def test_an_archive_that_is_mostly_no_json_is_given_up() -> None:
    wire = read(archive(ENTRY, *[b'{"startedDateTime" 1}'] * 5000, ENTRY))
    assert (len(wire.exchanges), len(wire.gaps)) == (1, 100)
    assert wire.cut_off is not None
    assert wire.cut_off.why == "too much of it is no JSON"


def test_memory_does_not_grow_with_the_bodies(tmp_path: Path) -> None:
    peaks = []
    for size in (20_000, 2_000_000):
        path = tmp_path / f"{size}.har"
        body = b'"response":{"content":{"mimeType":"text/html","text":"' + b"x" * size + b'"},'
        path.write_bytes(archive(*[ENTRY.replace(b'"response":{', body)] * 40))
        tracemalloc.start()
        assert len(collect(path).exchanges) == 40
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 20e6, f"{peaks[1]} bytes for 80 MB of bodies, {peaks[0]} for 0.8 MB"


@pytest.mark.parametrize(
    "piece",
    ["a=", "s%3A", ";", '"', "=;", "%25", "session ", "/a@", "passwor", '{"user":', "name=", "[", " expired", "redacted "],
)
def test_a_hostile_text_takes_no_time(piece: str) -> None:
    text = json.dumps(piece * (60_000 // len(piece))).encode()
    entry = (
        b'{"startedDateTime":"2026-11-23T10:00:00Z","request":{"method":"POST","url":"http://a.test/login","headers":[{"name":"Cookie",'
        b'"value":%b},{"name":"Referer","value":%b}],"postData":{"mimeType":"application/json","text":%b}},"response":{"status":401,'
        b'"headers":[{"name":"Set-Cookie","value":%b},{"name":"Vary","value":%b}],"content":{"mimeType":"text/html","text":%b}}}'
    ) % ((text,) * 6)
    began = time.process_time()
    assert len(read(archive(*[entry] * 5)).exchanges) == 5
    assert time.process_time() - began < 5


def test_standard_input_and_a_pipe_are_read_once(tmp_path: Path) -> None:
    path = tmp_path / "visit.har"
    path.write_bytes(charles())
    with path.open("rb") as stream:
        assert collect("-", stream=stream).source == "standard input"


def test_what_is_lacking_is_said_in_one_line_each() -> None:
    bad = b'{"startedDateTime" 1}'
    wire = read(archive(ENTRY, *[bad, ENTRY] * 5)[:-10])
    assert wire.remarks == (
        "visit.har is read up to entries[10], because it breaks off there",
        *(f"entries[{number}] of visit.har was left out, because {MALFORMED}" for number in (1, 3, 5)),
        "2 more requests of visit.har were left out",
        "visit.har was exported without cookies, or holds none: export it again with sensitive data",
    )
    assert read(charles()).remarks == ()
