"""Reads a long log: its beginning line by line, then only the lines that the sieve finds, and of what repeats a sample.

A line that is read as one of several alike counts for all of them. What follows from the order of lines (a 401 right after a
login) is taken from lines that follow each other without a gap, and nothing is left out around the starts of the service.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sessile.doctor.evidence.log_instances import Instances
from sessile.doctor.evidence.log_lines import LineReader
from sessile.doctor.evidence.log_sieve import FIRST_REQUEST, PATTERNS, Hits, Sieve
from sessile.doctor.evidence.log_source import Block, LogSource

ALL = (1 << 62,) * len(PATTERNS)
REQUESTS = len(PATTERNS) - FIRST_REQUEST
HEAD_LINES = 20
SMALL = 1 << 14
STARTS_APART = 16
_CONTINUES = (b" ", b"\t", b"}", b"]", b")", b"DETAIL:", b"HINT:", b"CONTEXT:", b"STATEMENT:", b"QUERY:", b"[SQL:", b"Caused by")


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is read: `whole` bytes line by line; the first `telling` places that the sieve finds; then of every so many
    `blocks` of a megabyte `requests` requests in a row, of each pattern `alike` lines a block until `known` of them were read,
    later only in the blocks with a row; and all of the blocks around the first `starts` starts, later of one in sixteen. Where
    a block with a row has more than `storm` places, those in the blocks up to the next are not counted but taken to be as many.
    """

    whole: int = 1 << 19
    telling: int = 1000
    blocks: int = 8
    requests: int = 24
    alike: int = 2
    known: int = 100
    starts: int = 16
    storm: int = 2000


@dataclass(frozen=True, slots=True)
class Chosen:
    """A line to be read: where something in it ends, for how many it stands, and whether it follows the one before in a row."""

    end: int
    weight: int = 1
    in_row: bool = True


class Skim:
    """Reads block after block into the tallies of `instances`."""

    def __init__(self, source: LogSource, reader: LineReader, instances: Instances, pace: Pace) -> None:
        self._source, self._reader, self._instances = source, reader, instances
        self._number = 0
        self._sample = Sample(pace)

    def all_of(self, block: Block) -> None:
        """Read every line of a block."""
        for text in self._source.lines(block):
            if self._source.is_ended:
                return
            self._line(text)

    def end(self) -> None:
        """Read what was still being collected."""
        for line in self._reader.end():
            self._instances.add(line)

    def telling_of(self, block: Block, sieve: Sieve) -> None:
        """Read the lines of a block that may tell something, and count the others."""
        if block.stop - block.start < SMALL:
            self.all_of(block)
            return
        at = self._rest_of_entry(block, block.start)
        chosen, gap = self._sample.of(block, sieve)
        if gap:
            self._instances.break_off()
        for one in chosen:
            if self._source.is_ended:
                return
            if one.end > at:
                head = _head(block, at, one.end)
                self._pass_over(block, at, head)
                at = self._entry(block, head, one)
        self._pass_over(block, at, block.stop)

    def _entry(self, block: Block, start: int, chosen: Chosen) -> int:
        """Read from the head of an entry to its end; where the line after it begins."""
        at = start
        while at < chosen.end:
            stop = _line_end(block, at)
            self._line(self._source.line(block.data[at:stop]), chosen.weight if chosen.end <= stop + 1 else 1, chosen.in_row)
            at = stop + 1
        return self._rest_of_entry(block, at)

    def _rest_of_entry(self, block: Block, at: int) -> int:
        while at < block.stop and (self._instances.in_entry or self._reader.in_record):
            stop = _line_end(block, at)
            self._line(self._source.line(block.data[at:stop]))
            at = stop + 1
        return min(at, block.stop)

    def _line(self, text: str, weight: int = 1, in_row: bool = True) -> None:
        self._number += 1
        for line in self._reader.read(self._number, text):
            line.weight, line.in_row = weight, in_row
            self._instances.add(line)

    def _pass_over(self, block: Block, start: int, stop: int) -> None:
        if start < stop:
            passed = block.data.count(b"\n", start, stop) + (not block.data.endswith(b"\n", start, stop))
            self._number += passed
            self._instances.pass_over(passed)


class Sample:
    """Chooses what is read of each block, and for how many lines each one stands."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._telling = self._blocks = self._whole = 0
        self._after_life = False
        self._storm: Hits | None = None
        self._read = [0] * len(PATTERNS)
        self._owed = [0] * len(PATTERNS)

    def of(self, block: Block, sieve: Sieve) -> tuple[Iterable[Chosen], bool]:
        """The lines to read, in order, and whether any were left out."""
        if self._telling >= self._pace.telling:
            row = 0 if self._blocks % self._pace.blocks else self._pace.requests
            hits = sieve.hits(block, self._limits(row), None if row else self._storm)
            if row:
                self._storm = hits if sum(hits.counts) > self._pace.storm else None
            self._blocks += 1
            if not self._is_worth_reading_whole(hits):
                return self._some(hits, 0 if hits.of_life else row), True
        hits = sieve.hits(block, ALL)
        self._telling += len(hits.places)
        return (Chosen(end) for end, _ in hits.places), False

    def _limits(self, row: int) -> list[int]:
        alike, known = self._pace.alike, self._pace.known
        limits = [alike if row or read < known else 0 for read in self._read]
        if row:
            limits[FIRST_REQUEST:] = [row] * REQUESTS
        return limits

    def _is_worth_reading_whole(self, hits: Hits) -> bool:
        """Around a start of the service the order of requests tells most; one that starts all the time is sampled, too."""
        near, self._after_life = hits.of_life or self._after_life, hits.of_life
        if not near or (self._whole >= self._pace.starts and self._whole * STARTS_APART >= self._blocks):
            return False
        self._whole += 1
        return True

    def _some(self, hits: Hits, row: int) -> Iterator[Chosen]:
        """Of each pattern the first lines; of requests so many in a row, as far as all of their patterns are told."""
        owed = self._owed = [before + now for before, now in zip(self._owed, hits.counts, strict=True)]
        requests = [(end, number) for end, number in hits.places if number >= FIRST_REQUEST][:row]
        row_ends, in_row = max(requests, default=(0, 0))[0], {number for _, number in requests}
        kept = []
        single: Counter[int] = Counter()
        for end, number in hits.places:
            if number in in_row:
                if end <= row_ends:
                    kept.append((end, number, True))
            elif single[number] < self._pace.alike:
                single[number] += 1
                kept.append((end, number, False))
        left = Counter(number for _, number, _ in kept)
        for end, number, follows in kept:
            weight = owed[number] // left[number]
            owed[number] -= weight
            left[number] -= 1
            self._read[number] += 1
            yield Chosen(end, weight, follows)


def _head(block: Block, floor: int, end: int) -> int:
    """Where the entry begins that a place belongs to: at its line, or before it where that line goes on with another."""
    start = max(floor, block.data.rfind(b"\n", 0, end - 1) + 1)
    for _ in range(HEAD_LINES):
        if start <= floor or not block.data.startswith(_CONTINUES, start):
            break
        start = max(floor, block.data.rfind(b"\n", 0, start - 1) + 1)
    return start


def _line_end(block: Block, start: int) -> int:
    stop = block.data.find(b"\n", start, block.stop)
    return stop if stop >= 0 else block.stop
