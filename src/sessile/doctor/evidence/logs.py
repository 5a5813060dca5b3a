"""Collects what application logs say: one `Log` for each instance that can be told apart."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from sessile.doctor.evidence.log_guarded import Guarded
from sessile.doctor.evidence.log_instances import Instances
from sessile.doctor.evidence.log_lines import LineReader
from sessile.doctor.evidence.log_sample import Pace, split
from sessile.doctor.evidence.log_sieve import sieve
from sessile.doctor.evidence.log_skim import Skim
from sessile.doctor.evidence.log_source import Block, LogSource
from sessile.doctor.evidence.opening import EvidenceError, opened
from sessile.doctor.evidence.watch import Watch
from sessile.doctor.facts.logs import Log

__all__ = ["EvidenceError", "collect"]

SAMPLE = 500


def name_of(path: Path | str, older: Sequence[Path] = ()) -> str:
    """What a log is called."""
    name = "standard input" if str(path) == "-" else str(path)
    return f"{older[0]} to {path}" if older else name


def collect(
    path: Path | str,
    *,
    text: BinaryIO | None = None,
    instance: str | None = None,
    watch: Watch | None = None,
    pace: Pace | None = None,
    older: Sequence[Path] = (),
) -> tuple[Log, ...]:
    """Read a log and tell what it says about sessions.

    `path` is a file, plain or gzip, or `-` for standard input; where `text` is given it is read instead, and `path` names it.
    `older` are files of the same log that are read before it, as one with it.
    Understood are lines as console.log, Python's logging, the usual JSON loggers and the platforms print them. The lines of
    several instances become one `Log` each, those whose instance is unknown a `Log` of their own; `instance` names all of it
    instead. Memory is bounded, whatever the log's size; `pace` says how much of a long one is read line by line. `watch` is told
    how far it has come, and may end it.

    Raises EvidenceError, with one line that says what to do, if there is no such file or it is no text.
    """
    name = name_of(path, older)
    pace = pace or Pace()
    with opened(path, text, "a log file") as stream:
        source = LogSource(name, stream, watch, older)
        blocks = source.blocks()
        beginning = next(blocks, Block(b"", 0, 0))
        lines = source.lines(beginning)
        guarded = Guarded.seen_in(lines)
        instances = Instances(fixed=instance, guarded=guarded)
        skim = Skim(source, LineReader(lines[:SAMPLE], any_page=bool(guarded.pages or guarded.private)), instances, pace)
        whole, rest = split(beginning, beginning.stop if guarded != Guarded() else beginning.start + pace.whole)
        skim.all_of(whole)
        done = whole.stop - whole.start
        for block in chain((rest,), blocks):
            if done < pace.whole or (looked_through := sieve()) is None:
                skim.all_of(block)
            else:
                instances.guarded = Guarded()
                skim.telling_of(block, looked_through)
            done += block.stop - block.start
        skim.end()
        return instances.logs(name, cut_off=source.cut_off)
