"""Reads a long log: its beginning line by line, then only the lines that the sieve finds, and of what repeats a sample.

A line that is read as one of several alike counts for all of them. What follows from the order of lines (a 401 right after a
login) is taken from lines that follow each other without a gap, and nothing is left out around the starts of the service.
"""

from sessile.doctor.evidence.log_instances import Instances
from sessile.doctor.evidence.log_lines import LineReader
from sessile.doctor.evidence.log_sample import Chosen, Pace, Part, Sample
from sessile.doctor.evidence.log_sieve import Sieve
from sessile.doctor.evidence.log_source import Block, LogSource

HEAD_LINES = 20
_CONTINUES = (b" ", b"\t", b"}", b"]", b")", b"DETAIL:", b"HINT:", b"CONTEXT:", b"STATEMENT:", b"QUERY:", b"[SQL:", b"Caused by")

AT_ONCE = 500
"""So many lines are read also after an end was asked for: a short log is read whole whenever that happens."""


class Skim:
    """Reads block after block into the tallies of `instances`."""

    def __init__(self, source: LogSource, reader: LineReader, instances: Instances, pace: Pace) -> None:
        self._source, self._reader, self._instances = source, reader, instances
        self._number = 0
        self._sample = Sample(pace)

    def all_of(self, block: Block) -> None:
        """Read every line of a block; where an end is asked for, those that take no time."""
        for number, text in enumerate(self._source.lines(block)):
            if number >= AT_ONCE and self._source.is_ended:
                return
            self._line(text)

    def end(self) -> None:
        """Read what was still being collected."""
        for line in self._reader.end():
            self._instances.add(line)

    def telling_of(self, block: Block, sieve: Sieve) -> None:
        """Read the lines of a block that may tell something, and count the others."""
        for part in self._sample.of(block, sieve):
            self._part(part)

    def _part(self, part: Part) -> None:
        block = self._without_rest(part.block) if part.gap else part.block
        at = self._rest_of_entry(block, block.start)
        if part.gap and block.start < block.stop:
            self._instances.break_off()
        for one in part.chosen:
            if self._source.is_ended:
                return
            if one.end > at:
                head = _head(block, at, one.end)
                self._pass_over(block, at, head)
                at = self._entry(block, head, one)
        self._pass_over(block, at, block.stop)

    def _without_rest(self, block: Block) -> Block:
        """Without the rest of an entry whose head was not read: by itself it would be taken for another one."""
        at = block.start
        while at < block.stop and block.data.startswith(_CONTINUES, at) and not self._in_entry:
            at = min(_line_end(block, at) + 1, block.stop)
        self._pass_over(block, block.start, at)
        return Block(block.data, at, block.stop)

    @property
    def _in_entry(self) -> bool:
        return self._instances.in_entry or self._reader.in_record

    def _entry(self, block: Block, start: int, chosen: Chosen) -> int:
        """Read from the head of an entry to its end; where the line after it begins."""
        at = start
        while at < chosen.end:
            stop = _line_end(block, at)
            self._line(self._source.line(block.data[at:stop]), chosen.weight if chosen.end <= stop + 1 else 1, chosen.in_row)
            at = stop + 1
        return self._rest_of_entry(block, at)

    def _rest_of_entry(self, block: Block, at: int) -> int:
        while at < block.stop and self._in_entry:
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
            passed = _line_ends(block, start, stop) + (not block.data.endswith(b"\n", start, stop))
            self._number += passed
            self._instances.pass_over(passed)


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


def _line_ends(block: Block, start: int, stop: int) -> int:
    """How many lines end there. Of most of a block it is quicker to count all, and those at its ends, than to copy that part."""
    data = block.data
    if 2 * (stop - start) < len(data):
        return _counted(data[start:stop])
    return _counted(data) - _counted(data[:start]) - _counted(data[stop:])


def _counted(data: bytes) -> int:
    """The line ends. `data.count` looks at byte after byte up to CPython 3.12, but `replace` at many at once."""
    return len(data) - len(data.replace(b"\n", b""))
