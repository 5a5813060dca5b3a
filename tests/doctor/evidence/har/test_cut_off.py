"""A HAR that breaks off gives what came before."""

import codecs
import gzip
import io
import json
import random
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from sessile.doctor.evidence.har import EvidenceError, collect
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.wire import Wire
from tests.doctor.evidence.har.archive import ENTRY, archive
from tests.doctor.evidence.har.flavours import charles, firefox
from tests.doctor.evidence.har.looks import read
from tests.doctor.evidence.har.test_refusals import refusal


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
