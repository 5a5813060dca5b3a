"""Chooses what is read of a long log: at first all that may tell something, later all around the starts and a sample of the rest.

Where the same patterns are found all the time (a storm), they are looked for in a piece of every so many blocks only, and
taken to be as frequent in between; all other patterns are looked for everywhere.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sessile.doctor.evidence.log_sieve import FIRST_OF_LIFE, FIRST_REQUEST, LET_IN, PATTERNS, REFUSED, Hits, Sieve
from sessile.doctor.evidence.log_source import Block

ALL = [1 << 62] * len(PATTERNS)
LIFE = range(FIRST_OF_LIFE, FIRST_REQUEST)
REQUESTS = len(PATTERNS) - FIRST_REQUEST
STARTS_APART = 16
CHANGES_APART = 32
MEGABYTE = 1 << 20
SMALL = 1 << 14
"""A line between two blocks, or a few at the log's end."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is read: `whole` bytes line by line; the first `telling` places that the sieve finds; then of every so many
    `blocks` of a megabyte `requests` requests in a row, of each pattern some `alike` lines a block until `known` of them were
    read, later only in the blocks with a row; and all of the blocks around the first `starts` starts, later of one in sixteen.

    More than `storm` places in a megabyte are a storm. Then every pattern is looked for in the first `piece` bytes of the blocks
    with a row, those found `frequent` times in a megabyte only there (with refusals also who is let in), and around a start
    `around` bytes are read.
    """

    whole: int = 1 << 18
    telling: int = 1000
    blocks: int = 8
    requests: int = 24
    alike: int = 2
    known: int = 100
    starts: int = 16
    storm: int = 500
    frequent: int = 128
    piece: int = 1 << 16
    around: int = 1 << 17


@dataclass(frozen=True, slots=True)
class Chosen:
    """A line to be read: where something in it ends, for how many it stands, and whether it follows the one before in a row."""

    end: int
    weight: int = 1
    in_row: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """Whole lines of a block, the lines to read of them in order, and whether any may have been left out before or among them."""

    block: Block
    chosen: Iterable[Chosen]
    gap: bool = True


@dataclass(frozen=True, slots=True)
class Storm:
    """How often patterns are found in a byte, and those that are not looked for until the next row."""

    rates: Mapping[int, float]
    left_out: frozenset[int] = frozenset()

    def estimated(self, hits: Hits, size: int) -> Hits:
        """What was found first in so many bytes, counted as often as it is likely to be there."""
        counts = dict(hits.counts)
        for number in self.left_out | counts.keys():
            counts[number] = max(counts.get(number, 0), int(self.rates.get(number, 0) * size))
        return Hits(counts, hits.places)


class Sample:
    """Chooses block after block."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._telling = self._blocks = self._whole = 0
        self._after_start = 0
        self._changed = -CHANGES_APART
        self._storm: Storm | None = None
        self._read = [0] * len(PATTERNS)
        self._between_rows = [pace.alike] * len(PATTERNS)
        self._owed = [0] * len(PATTERNS)

    @property
    def leaves_out(self) -> bool:
        """Whether not all that may tell something is read any more."""
        return self._telling >= self._pace.telling

    def of(self, block: Block, sieve: Sieve) -> Iterator[Part]:
        """The parts of a block."""
        if not self.leaves_out:
            return self._at_first(block, sieve)
        is_small = _size(block) < SMALL
        row = 0 if is_small or self._blocks % self._pace.blocks else self._pace.requests
        self._blocks += not is_small
        return self._calm(block, sieve, row) if self._storm is None else self._stormy(block, sieve, row)

    def _at_first(self, block: Block, sieve: Sieve) -> Iterator[Part]:
        places = sieve.hits(block, ALL).places
        told = places[: self._pace.telling - self._telling]
        self._telling += len(told)
        read, rest = split(block, told[-1][0] if len(told) < len(places) else block.stop)
        for _, number in told:
            self._note(number)
        yield Part(read, (Chosen(end) for end, _ in told), gap=False)
        if rest.start < rest.stop:
            yield from self.of(rest, sieve)

    def _calm(self, block: Block, sieve: Sieve, row: int) -> Iterator[Part]:
        hits = sieve.hits(block, self._limits(row))
        near, self._after_start = hits.starts or self._after_start, len(hits.starts)
        if near and self._is_start_worth_reading():
            yield Part(block, (Chosen(end) for end, _ in sieve.hits(block, ALL).places), gap=False)
        else:
            yield Part(block, self._some(hits, 0 if hits.starts else row))
        if row:
            self._watch(hits, block)

    def _stormy(self, block: Block, sieve: Sieve, row: int) -> Iterator[Part]:
        rest = block
        if row:
            piece, rest = split(block, block.start + self._pace.piece)
            hits = sieve.hits(piece, self._limits(row))
            yield from self._around_starts(piece, hits, sieve, row)
            self._watch(hits, piece)
        if self._storm is None:
            yield from self._calm(rest, sieve, 0)
        else:
            hits = sieve.first_hits(rest, self._limits(0), self._storm.left_out)
            yield from self._around_starts(rest, self._storm.estimated(hits, _size(rest)), sieve, 0)

    def _around_starts(self, block: Block, hits: Hits, sieve: Sieve, row: int) -> Iterator[Part]:
        """A sample of a block in a storm, and all of what stands around a start."""
        goes_on = self._after_start > 0
        near = self._near_start(block, hits)
        if _size(near) == 0:
            yield Part(block, self._some(hits, 0 if hits.starts else row))
            return
        share = 1 - _size(near) / _size(block)
        outside = [(end, number) for end, number in hits.places if not near.start < end <= near.stop]
        sample = list(self._some(Hits({number: int(count * share) for number, count in hits.counts.items()}, outside), 0))
        yield Part(Block(block.data, block.start, near.start), [one for one in sample if one.end <= near.start])
        yield Part(near, (Chosen(end) for end, _ in sieve.hits(near, ALL).places), gap=not goes_on)
        yield Part(Block(block.data, near.stop, block.stop), [one for one in sample if one.end > near.stop])

    def _near_start(self, block: Block, hits: Hits) -> Block:
        """What is to be read whole of a block: a piece from its first start on, with an eighth of that before."""
        left, self._after_start = self._after_start, 0
        if not left and not hits.starts:
            return Block(block.data, block.start, block.start)
        begin = block.start
        if hits.starts and self._is_start_worth_reading():
            begin = begin if left else split(block, hits.starts[0] - self._pace.around // 8)[0].stop
            left = hits.starts[0] + self._pace.around - block.start
        near = split(Block(block.data, begin, block.stop), block.start + left)[0]
        self._after_start = max(0, block.start + left - block.stop)
        return near

    def _is_start_worth_reading(self) -> bool:
        """Around a start of the service the order of requests tells most; one that starts all the time is sampled, too."""
        if self._whole >= self._pace.starts and self._whole * STARTS_APART >= self._blocks:
            return False
        self._whole += 1
        return True

    def _watch(self, hits: Hits, block: Block) -> None:
        """Whether there is a storm, by what was found in a block with a row."""
        size, pace = _size(block), self._pace
        if sum(hits.counts.values()) * MEGABYTE <= pace.storm * size:
            self._storm = None
            return
        before = self._storm.left_out if self._storm else frozenset()
        rates = {number: count / size for number, count in hits.counts.items()}
        frequent = frozenset(
            number
            for number, rate in rates.items()
            if rate * MEGABYTE >= pace.frequent and self._read[number] >= pace.known and number not in LIFE
        )
        lasting = frozenset(number for number in before if rates.get(number, 0) * MEGABYTE >= pace.frequent / 4)
        left_out = frequent | lasting
        if left_out & REFUSED:  # who is let in is counted in the sample of who is not: one can be compared with the other
            left_out |= LET_IN
        changes = left_out != before and self._blocks - self._changed >= CHANGES_APART
        self._changed = self._blocks if changes else self._changed
        self._storm = Storm(rates, left_out if changes else before)

    def _limits(self, row: int) -> list[int]:
        if not row:
            return self._between_rows
        alike, known = self._pace.alike, self._pace.known
        limits = [alike if read >= known else alike * self._pace.blocks for read in self._read]
        limits[FIRST_OF_LIFE:FIRST_REQUEST] = [alike] * len(LIFE)
        limits[FIRST_REQUEST:] = [row] * REQUESTS
        return limits

    def _note(self, number: int) -> None:
        """One more place of a pattern is read; those of a pattern that is known are not looked at between the rows."""
        self._read[number] += 1
        if self._read[number] >= self._pace.known and number not in LIFE:
            self._between_rows[number] = 0

    def _some(self, hits: Hits, row: int) -> Iterator[Chosen]:
        """Of each pattern the first lines; of requests so many in a row, as far as all of their patterns are told."""
        owed = self._owed
        for number, count in hits.counts.items():
            owed[number] += count
        requests = [(end, number) for end, number in hits.places if number >= FIRST_REQUEST][:row]
        row_ends, in_row = max(requests, default=(0, 0))[0], {number for _, number in requests}
        kept = []
        single: Counter[int] = Counter()
        for end, number in hits.places:
            if number in in_row:
                if end <= row_ends:
                    kept.append((end, number, True))
            elif number < FIRST_REQUEST or single[number] < self._pace.alike:
                single[number] += 1
                kept.append((end, number, False))
        left = Counter(number for _, number, _ in kept)
        for end, number, follows in kept:
            weight = owed[number] // left[number]
            owed[number] -= weight
            left[number] -= 1
            self._note(number)
            yield Chosen(end, weight, follows)


def split(block: Block, at: int) -> tuple[Block, Block]:
    """The lines up to the one that `at` stands in, with it, and those after it."""
    end = min(max(at, block.start), block.stop)
    if block.start < end < block.stop:
        end = block.data.find(b"\n", end - 1, block.stop) + 1 or block.stop
    return Block(block.data, block.start, end), Block(block.data, end, block.stop)


def _size(block: Block) -> int:
    return block.stop - block.start
