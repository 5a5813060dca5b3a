"""A long log is read by a sieve and a sample: it says what reading every line says, and a sample says that it is one."""

import gzip
import io
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.evidence.log_sample import Pace
from sessile.doctor.evidence.log_sieve import PATTERNS, sieve
from sessile.doctor.evidence.logs import collect
from sessile.doctor.evidence.watch import Watch
from sessile.doctor.facts.logs import Kind, Log
from tests.doctor.facts_builder import facts

FIXTURES = Path(__file__).parents[2] / "fixtures" / "logs"
RECORDED = sorted(path for path in FIXTURES.rglob("*") if path.is_file())
EVERY_LINE = Pace(whole=1 << 62)
SIEVED = Pace(whole=0, telling=1 << 62)
SAMPLED = Pace(whole=0, telling=0, starts=0)

PADDING = b"".join(b"2026-11-23T10:00:%02dZ GET /assets/%d.js 200 1.2 ms\n" % (n % 60, n) for n in range(400))
STARTED = b"2026-11-23T10:00:00Z Server running on port 3000\n"
ME = b'2026-11-23T10:00:00Z 203.0.113.9 - - "GET /api/me HTTP/1.1" %d 12\n'
LOGIN = b'2026-11-23T10:00:00Z 203.0.113.9 - - "POST /api/auth/login HTTP/1.1" 200 12\n'
ERROR = b"""2026-11-23T10:00:00Z Session save error: error: there is no unique or exclusion constraint
    at Parser.parseErrorMessage (/app/node_modules/pg-protocol/dist/parser.js:283:98) {
  code: '42P10',
}
"""


def read(content: bytes, pace: Pace) -> Log:
    (log,) = collect("app.log", text=io.BytesIO(content), pace=pace)
    return log


def without_lines(logs: tuple[Log, ...]) -> list[Log]:
    """How many lines each instance has cannot be told where only those that tell something are read."""
    return [replace(log, lines=0) for log in logs]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_sieve_loses_nothing_of_a_recorded_log(path: Path) -> None:
    content = PADDING + path.read_bytes() + PADDING
    every = collect("app.log", text=io.BytesIO(content), pace=EVERY_LINE)
    sieved = collect("app.log", text=io.BytesIO(content), pace=SIEVED)
    assert without_lines(sieved) == without_lines(every)
    assert sum(log.lines for log in sieved) == sum(log.lines for log in every)


def test_the_patterns_are_hyperscans_and_ripgreps() -> None:
    assert sieve() is not None
    assert [pattern for pattern in PATTERNS if re.search(r"\(\?[=!<]|\\b", pattern)] == []


def test_what_is_sampled_is_counted_and_said_to_be_estimated() -> None:
    content = PADDING + (PADDING[:200] + b"\n" + ME % 200 + ME % 401 + ERROR) * 5000 + PADDING
    every, sampled = read(content, EVERY_LINE), read(content, SAMPLED)
    for kind in (Kind.AUTHORIZED, Kind.UNAUTHORIZED, Kind.SAVE_ERROR):
        assert sampled.count(kind) == pytest.approx(every.count(kind), rel=0.35), kind
    assert [event.code for event in sampled.of(Kind.SAVE_ERROR)] == ["42P10"]
    assert sampled.lines == every.lines
    assert all(event.estimated for event in sampled.events)
    assert "about" in sampled.evidence(sampled.events[0]).says
    assert not any(event.estimated for event in every.events)


def test_a_single_line_in_a_gigabyte_of_others_is_found_where_it_stands() -> None:
    content = PADDING * 300 + (ME % 200) * 30_000 + ERROR + (ME % 200) * 30_000 + STARTED + (ME % 401) * 30_000
    (error,) = read(content, SAMPLED).of(Kind.SAVE_ERROR)
    assert (error.count, error.first.line, error.code) == (1, 400 * 300 + 30_000 + 1, "42P10")


def test_logins_that_fail_are_seen_in_a_sample() -> None:
    log = read(PADDING * 60 + (LOGIN + ME % 401 + PADDING[:2000] + b"\n") * 4000, SAMPLED)
    assert log.login_then_401 > 3
    assert log.login_then_authorized == 0


def test_a_gap_is_no_proof_that_nobody_logged_in_before() -> None:
    log = read(STARTED + PADDING * 60 + (ME % 200) * 20_000 + (ME % 401) * 20_000, SAMPLED)
    assert sum(run.unauthorized_before_login for run in log.runs) == 0


STORM = (ERROR + ME % 401 * 3) * 60_000
"""Some 28 MB of the same error, and of requests that are turned away."""


def test_in_a_storm_no_entry_is_read_from_its_middle_on() -> None:
    assert {(event.kind, event.code) for event in read(STORM, SAMPLED).events} == {
        (Kind.SAVE_ERROR, "42P10"),
        (Kind.UNAUTHORIZED, ""),
    }


def test_in_a_storm_a_single_other_error_is_found_where_it_stands() -> None:
    (error,) = read(STORM + b"Error: sorry, too many clients already\n" + STORM, SAMPLED).of(Kind.ERROR)
    assert (error.count, error.first.line, error.code) == (1, 60_000 * 7 + 1, "53300")


def test_in_a_storm_what_was_counted_before_and_in_it_is_about_right() -> None:
    log = read(PADDING * 300 + STORM + PADDING * 300, SAMPLED)
    assert log.count(Kind.SAVE_ERROR) == pytest.approx(60_000, rel=0.3)
    assert log.count(Kind.UNAUTHORIZED) == pytest.approx(180_000, rel=0.3)
    assert log.lines == 600 * 400 + 60_000 * 7


def test_in_a_storm_of_refusals_who_is_let_in_is_counted_as_well() -> None:
    log = read((STORM[: len(STORM) // 1500] + ME % 200) * 1500, SAMPLED)
    assert log.count(Kind.AUTHORIZED) == pytest.approx(1500, rel=0.3)
    assert log.count(Kind.UNAUTHORIZED) == pytest.approx(180_000, rel=0.3)


def test_after_a_storm_who_is_let_in_is_counted_again() -> None:
    log = read(STORM + PADDING * 400 + (ME % 200) * 20 + PADDING * 10, SAMPLED)
    assert log.count(Kind.AUTHORIZED) == pytest.approx(20, rel=0.3)


def test_in_a_storm_what_stands_around_a_start_is_read_whole() -> None:
    log = read(STORM + STARTED + STORM, replace(SAMPLED, starts=16))
    assert (log.boots, log.runs[-1].boot) == (1, 1)
    assert log.runs[-1].unauthorized_before_login > 500


def blocks(watch: Watch) -> Iterator[bytes]:
    yield ERROR + PADDING * 80
    watch.stop()
    while True:
        yield ME % 401 * 10_000


class Endless(io.BytesIO):
    """A log that never ends; somebody asks for an end after its first megabytes."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._blocks = blocks(watch)

    def read(self, _size: int | None = -1) -> bytes:
        return next(self._blocks)


def test_a_reading_that_is_ended_tells_what_it_has() -> None:
    watch = Watch()
    (log,) = collect("app.log", text=Endless(watch), watch=watch)
    assert log.cut_off
    assert log.count(Kind.SAVE_ERROR) == 1
    assert str(watch).startswith("app.log ")


def test_a_short_log_is_read_though_an_end_was_asked_for_before() -> None:
    watch = Watch()
    watch.stop()
    (log,) = collect("app.log", text=io.BytesIO(ERROR), watch=watch)
    assert log.count(Kind.SAVE_ERROR) == 1


@pytest.mark.parametrize("seed", range(4))
def test_a_rare_line_hidden_anywhere_in_a_storm_is_found_where_it_stands(seed: int) -> None:
    entries = [ERROR, ME % 401 * 3] * 60_000
    at = random.Random(seed).randrange(len(entries) // 8, len(entries))
    rare = (b"Error: sorry, too many clients already\n", b"2026-11-23T10:00:00Z Node.js v22.1.0\n")[seed % 2]
    log = read(b"".join([*entries[:at], rare, *entries[at:]]), SAMPLED)
    line = b"".join(entries[:at]).count(b"\n") + 1
    assert [(event.kind, event.first.line) for event in log.events if event.first.line == line] == [
        (Kind.EXIT if seed % 2 else Kind.ERROR, line)
    ]


@pytest.mark.parametrize(
    "packed", [gzip.compress, lambda text: text.decode().encode("utf-16"), lambda text: b"\xef\xbb\xbf" + text]
)
def test_a_storm_is_read_the_same_however_it_is_packed(packed: Callable[[bytes], bytes]) -> None:
    content = STORM[: len(STORM) // 4] + b"Error: sorry, too many clients already\n" + STORM[: len(STORM) // 4]
    plain, unpacked = read(content, SAMPLED), read(packed(content), SAMPLED)
    assert unpacked.lines == plain.lines
    assert (
        [(e.kind, e.code, e.first.line) for e in unpacked.of(Kind.ERROR)]
        == [(e.kind, e.code, e.first.line) for e in plain.of(Kind.ERROR)]
        != []
    )
    assert unpacked.count(Kind.SAVE_ERROR) == pytest.approx(plain.count(Kind.SAVE_ERROR), rel=0.3)


@pytest.mark.parametrize(
    "content",
    [
        STARTED + (ERROR + ME % 401 * 3) * 2000,
        STARTED + (LOGIN + ME % 401 + PADDING[:2000] + b"\n") * 300,
        STARTED + (LOGIN + ME % 200 + PADDING[:2000] + b"\n") * 300,
    ],
    ids=["a storm", "logins that fail", "logins that work"],
)
def test_a_sample_is_diagnosed_like_the_whole_log(content: bytes) -> None:
    whole, sampled = diagnose(facts(None, read(content, EVERY_LINE))), diagnose(facts(None, read(content, SAMPLED)))
    assert sampled.verdict is whole.verdict
    assert [(one.cause.id, one.confidence) for one in sampled.causes] == [(one.cause.id, one.confidence) for one in whole.causes]
