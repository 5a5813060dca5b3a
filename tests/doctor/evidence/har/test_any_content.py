"""Whatever stands in a HAR, the answer is one clear line or honest facts."""

import contextlib
import json

from hypothesis import given, settings, strategies as st

from sessile.doctor.evidence.har import EvidenceError
from tests.doctor.evidence.har.archive import ENTRY, archive
from tests.doctor.evidence.har.flavours import charles
from tests.doctor.evidence.har.looks import read


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
