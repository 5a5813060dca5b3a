"""Reads what a browser or a proxy recorded: an HTTP archive (HAR 1.2), of any exporter, in bounded memory."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from sessile.doctor.evidence.har.document import BrokenOff, Document, Malformed
from sessile.doctor.evidence.har.exporters import exporter_of, program
from sessile.doctor.evidence.har.sanitizing import Traces
from sessile.doctor.evidence.har.source import chunks_of
from sessile.doctor.evidence.har.transcript import Transcript, pages
from sessile.doctor.evidence.opening import EvidenceError, opened
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.wire import Gap, Seen, Wire

__all__ = ["EvidenceError", "collect"]

MOST_EXCHANGES: Final = 100_000


def collect(path: Path | str, *, stream: BinaryIO | None = None) -> Wire:
    """Read a HAR and tell what went over the wire; bodies are passed over.

    `path` is a file, plain, gzip or zlib, or `-` for standard input; where `stream` is given it is read instead, and `path`
    names it. A recording that breaks off gives all entries that are whole (`cut_off`). Memory is bounded, whatever its size.

    Raises EvidenceError, with one line that says what to do, if there is no such file, it is no HAR, or holds no request.
    """
    name = "standard input" if str(path) == "-" else str(path)
    with opened(path, stream, "a .har file", buffering=0) as recording, _uncollected():
        document = Document(chunks_of(name, recording))
        transcript = Transcript()
        exchanges: list[Exchange] = []
        exporter = cut_off = None
        try:
            for number, entry in document.entries():
                if len(exchanges) >= MOST_EXCHANGES:
                    cut_off = Gap(f"entries[{number}]", f"only the first {MOST_EXCHANGES} requests are looked at")
                    break
                exporter = exporter or exporter_of(document.around.get("creator"))
                exchange = transcript.exchange(number, entry, exporter)
                if exchange:
                    exchanges.append(exchange)
        except BrokenOff:
            cut_off = Gap(f"entries[{document.read}]", "it breaks off there")
        except Malformed as error:
            cut_off = Gap(f"entries[{document.read}]", str(error))
    if not exchanges:
        raise EvidenceError(_nothing(name, document, cut_off))
    return _wire(name, document, transcript.traces, exchanges, cut_off)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of garbage, which would walk again and again over facts that hold no cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _nothing(name: str, document: Document, cut_off: Gap | None) -> str:
    """Why a recording gives nothing, and what to do."""
    again = "export it again, as HAR"
    if document.gaps:
        return f"{name} holds {document.read} requests, and none could be read: {document.gaps[0].why}; {again}"
    if document.has_entries and cut_off:
        return f"{name} breaks off before its first request is whole: {again}"
    if document.has_entries:
        return f"{name} holds no request: open the browser's network panel first, then log in, then export"
    if document.begins_with == b"<":
        return f"{name} is a web page, no HAR: save the recording with the network panel's export button"
    if document.begins_with != b"{":
        return f"{name} is no HAR, which begins with {{: export the recording of the browser's network panel as HAR"
    if cut_off:
        return f"{name} is no whole HAR, because {cut_off.why}: {again}"
    return f"{name} is JSON, but no HAR: it has no log.entries; export the recording of the browser's network panel as HAR"


def _wire(name: str, document: Document, traces: Traces, exchanges: list[Exchange], cut_off: Gap | None) -> Wire:
    creator, browser = document.around.get("creator"), document.around.get("browser")
    exporter = exporter_of(creator)
    return Wire(
        source=name,
        seen_by=Seen.HAR,
        program=program(creator, browser),
        exchanges=tuple(sorted(traces.corrected(exchanges, exporter), key=lambda one: one.started)),
        pages=pages(document.around.get("pages")),
        sanitized=traces.sanitized(exporter),
        cut_off=cut_off,
        gaps=tuple(document.gaps),
    )
