"""Whatever is given as a HAR, the answer is one clear line or honest facts, in bounded memory and time."""

import codecs
import contextlib
import gzip
import io
import json
import random
import time
import tracemalloc
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from sessile.doctor.evidence.har import EvidenceError, collect
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.wire import Wire
from tests.doctor.evidence.har.flavours import charles, firefox
from tests.doctor.evidence.har.looks import read

ENTRY = (
    b'{"startedDateTime":"2026-11-23T10:00:00Z","request":{"method":"GET","url":"http://a.test/","headers":[]},'
    b'"response":{"status":200,"headers":[]}}'
)
MALFORMED = "it is no JSON, or nested too deeply"
LARGE = "it is larger than 32 MB, or no JSON"


def archive(*entries: bytes) -> bytes:
    return b'{"log":{"version":"1.2","creator":{"name":"sample"},"entries":[' + b",".join(entries) + b"]}}"


def refusal(path: Path | str, content: bytes | None = None) -> str:
    with pytest.raises(EvidenceError) as caught:
        collect(path, stream=None if content is None else io.BytesIO(content))
    said = str(caught.value)
    assert said.count("\n") == 0
    assert len(said) < 300
    return said


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.har").endswith("no.har does not exist: name a .har file")
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


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_packed_recording_that_breaks_off(pack: type[bytes]) -> None:
    entries = [ENTRY.replace(b"a.test", b"host-%d.test" % random.Random(number).getrandbits(60)) for number in range(3000)]
    packed = pack(archive(*entries))
    wire = read(packed[: len(packed) // 2])
    assert 100 < len(wire.exchanges) < 3000
    assert wire.cut_off is not None
    assert wire.cut_off.pointer == f"entries[{len(wire.exchanges)}]"


@pytest.mark.parametrize("form", [charles, firefox], ids=["on one line", "indented"])
def test_any_beginning_gives_the_whole_entries_before_the_cut(form: type[bytes]) -> None:
    content = form()
    whole = read(content).exchanges
    ends = [content.find(piece) + len(piece) for piece in _entries(content)]
    for size in range(0, len(content), 23):
        expected = sum(end <= size for end in ends)
        if not expected:
            assert "x.har " in refusal("x.har", content[:size])
            continue
        wire = read(content[:size])
        # A recording that ends before its first cookie does not tell whether it would have shown any.
        assert [_without_cookies(one) for one in wire.exchanges] == [_without_cookies(one) for one in whole[:expected]]
        assert wire.cut_off is not None
        assert wire.cut_off.pointer == f"entries[{expected}]"


@given(st.sampled_from([charles(), firefox()]), st.data())
@settings(max_examples=60, deadline=None)
def test_a_beginning_gives_a_beginning_in_every_encoding_and_packing(content: bytes, data: st.DataObject) -> None:
    whole = [_without_cookies(one) for one in read(content).exchanges]
    written = data.draw(
        st.sampled_from([content, codecs.BOM_UTF8 + content, content.decode().encode("utf-16"), gzip.compress(content)])
    )
    size = data.draw(st.integers(0, len(written)))
    wire, refused = _given(written[:size])
    assert (wire is None) is refused.startswith("x.har ")
    assert "\n" not in refused
    if wire is None:
        return
    found = [_without_cookies(one) for one in wire.exchanges]
    assert found == whole[: len(found)]
    assert wire.remarks or len(found) == len(whole)


def _given(content: bytes) -> tuple[Wire | None, str]:
    """The recording, or why there is none."""
    try:
        return collect("x.har", stream=io.BytesIO(content)), ""
    except EvidenceError as error:
        return None, str(error)


def _without_cookies(exchange: Exchange) -> Exchange:
    request, response = replace(exchange.request, cookies=(), authorization=""), exchange.response
    return replace(exchange, request=request, response=response and replace(response, set_cookies=()))


def _entries(content: bytes) -> list[bytes]:
    """Each entry's bytes: what `json` reads where one begins."""
    text, places = content.decode(), []
    decoder, place = json.JSONDecoder(), content.decode().index('"entries"')
    place = text.index("[", place) + 1
    while "{" in text[place : place + 20]:
        start = text.index("{", place)
        _, place = decoder.raw_decode(text, start)
        places.append(text[start:place].encode())
    return places


@given(st.binary(max_size=2000))
@settings(max_examples=300, deadline=None)
def test_any_bytes_at_all(content: bytes) -> None:
    for form in (content, b"{" + content, b'{"log":{"entries":[' + content, archive(ENTRY, content, ENTRY)):
        with contextlib.suppress(EvidenceError):
            assert read(form).exchanges


PIECES = st.sampled_from(
    [
        *[
            "{",
            "}",
            "[",
            "]",
            '"',
            ":",
            ",",
            "\\",
            "\\u",
            "null",
            "1e999",
            "-",
            "\x00",
            "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        ],
        *[
            '"log":{',
            '"entries":[',
            '"request":{"url":"http://a/"',
            '"headers":[{"name":"Cookie","value":"a=b"}]',
            '"startedDateTime":"',
        ],
        *[
            '{"startedDateTime":"2026-11-23T10:00:00Z","request":{"url":"http://a/"}}',
            '"time":1e400',
            '"status":99999999999999999999',
        ],
        *[
            '"pages":[{"startedDateTime":"x"}]',
            '"creator":{"name":7}',
            '"timings":{"wait":null}',
            '"response":{"headers":[{}]}',
            "\n  ",
        ],
    ]
)


@given(st.lists(PIECES, max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_mixture_of_what_archives_are_made_of(pieces: list[str]) -> None:
    wire = read(b'{"log":{"entries":[' + ENTRY + b"," + "".join(pieces).encode("utf-8", "surrogatepass"))
    assert wire.exchanges[0].pointer == "entries[0]"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=10), children, max_size=4),
    max_leaves=10,
)
PARTS = ("startedDateTime", "time", "pageref", "request", "response", "timings", "cache", "_initiator", "_fromCache", "_error")
OF_MESSAGE = (
    "method",
    "httpVersion",
    "headers",
    "cookies",
    "postData",
    "content",
    "status",
    "redirectURL",
    "headersSize",
    "bodySize",
)


@given(st.sampled_from(PARTS), st.sampled_from(OF_MESSAGE), JSON, JSON)
@settings(max_examples=150, deadline=None)
def test_any_value_in_any_place(part: str, of_message: str, one: object, other: object) -> None:
    log = json.loads(charles())
    log["log"]["entries"][0][part] = one
    for message in ("request", "response"):
        if isinstance(log["log"]["entries"][1][message], dict):
            log["log"]["entries"][1][message][of_message] = other
    wire = read(json.dumps(log).encode())
    assert {"entries[1]", "entries[2]", "entries[3]"} <= {exchange.pointer for exchange in wire.exchanges}


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
