"""The journey of one cookie, over what was seen of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from sessile.doctor.case import Arrival, Case, Ending, NoRow, Row
from sessile.doctor.diagnosis import State
from sessile.doctor.facts.correlation import Signature, Unsigned
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.why import Status, answer, spelled
from sessile.session.outcome import Station
from sessile.stores.postgres.journal import Word

ARRIVAL = Arrival("connect.sid", "abcdefgh", "abcdefgh.signature")
SIGNED = Signature("SESSION_SECRET (.env:1)", "0123abcd")
ROW = Row(
    table='"public"."session"',
    masked_id="abcd…",
    expire="2026-12-06 20:30:20",
    left=timedelta(days=13, hours=4, minutes=3),
    time_zone="UTC",
    identities=("userId",),
    other_keys=1,
)
ALIVE = Case(arrival=ARRIVAL, signature=SIGNED, row=ROW)


def test_an_expiry_spells_out_the_time_and_both_zones() -> None:
    row = replace(ROW, left=-timedelta(seconds=19_800), time_zone="Asia/Kolkata", writer_zone="UTC")
    says = answer(replace(ALIVE, row=row)).says
    assert "it expired 5 h 30 min ago (19,800 s) for this reader, whose TimeZone is Asia/Kolkata" in says
    assert says.endswith("the writer's was UTC")


def test_a_session_that_lives_says_how_long() -> None:
    found = answer(ALIVE)
    assert (found.status, found.station, found.says) == (Status.LIVES, None, "its session has 13 d 4 h left")
    assert [stop.state for stop in found.stops] == [State.OK] * 6


@pytest.mark.parametrize(
    ("case", "station", "says"),
    [
        (replace(ALIVE, first=ARRIVAL, arrival=replace(ARRIVAL, number=2)), Station.SEND, "number 2 is good"),
        (replace(ALIVE, arrival=replace(ARRIVAL, damage="it was cut")), Station.ARRIVE, "it was cut"),
        (replace(ALIVE, arrival=replace(ARRIVAL, prefixed=False)), Station.VERIFY, "takes it for unsigned"),
        (replace(ALIVE, signature=Unsigned(("A (.env:1)",))), Station.VERIFY, "A (.env:1) did not sign it"),
        (replace(ALIVE, signature=Unsigned(("A", "B"))), Station.VERIFY, "none of A, B signed it"),
        (replace(ALIVE, signature=replace(SIGNED, variant="in double quotes")), Station.VERIFY, "only in double quotes"),
        (replace(ALIVE, signature=replace(SIGNED, known_default=True)), Station.VERIFY, "everybody knows"),
        (replace(ALIVE, row=NoRow("session", "abcd…")), Station.FIND, "session has no row with sid abcd…: it was logged out"),
        (replace(ALIVE, row=NoRow("session", "abcd…", "row security")), Station.FIND, "abcd…: row security"),
        (replace(ALIVE, row=replace(ROW, rows=3)), Station.FIND, "3 rows with sid abcd…"),
        (replace(ALIVE, row=replace(ROW, left=-timedelta(hours=5))), Station.LIVE, "it expired 5 h ago"),
        (replace(ALIVE, row=replace(ROW, left=None, expire="1763900000")), Station.LIVE, "1763900000, which is no point in time"),
        (replace(ALIVE, row=replace(ROW, readable=False)), Station.READ, "no JSON object"),
        (replace(ALIVE, row=replace(ROW, has_cookie=False)), Station.READ, "Express answers 500"),
        (replace(ALIVE, row=replace(ROW, identities=(), other_keys=0)), Station.READ, "nobody is logged in"),
    ],
)
def test_it_stops_where_the_first_thing_is_wrong(case: Case, station: Station, says: str) -> None:
    found = answer(case)
    assert (found.status, found.station) == (Status.STOPS, station)
    assert says in found.says
    assert found.says.startswith(f"at {station}: ")


def test_an_expiry_that_only_this_time_zone_sees_is_named() -> None:
    row = replace(ROW, left=-timedelta(hours=1), cookie_left=timedelta(hours=4))
    assert "its own cookie says 4 h more, so writer and reader differ in time zone" in answer(replace(ALIVE, row=row)).says


@pytest.mark.parametrize(
    "case",
    [
        replace(ALIVE, row=Unknown("no database was given")),
        replace(ALIVE, signature=Unknown("no secret was given")),
        replace(ALIVE, row=replace(ROW, identities=(), other_keys=2)),
    ],
)
def test_what_was_not_seen_is_neither_life_nor_death(case: Case) -> None:
    found = answer(case)
    assert (found.status, found.station) == (Status.CANNOT_TELL, None)


def test_a_fault_outweighs_what_was_not_seen() -> None:
    case = replace(ALIVE, signature=Unknown("no secret was given"), row=NoRow("session", "abcd…"))
    assert answer(case).station is Station.FIND


def test_a_value_alone_leaves_only_the_sending_unseen() -> None:
    found = answer(replace(ALIVE, arrival=replace(ARRIVAL, name=None)))
    assert found.status is Status.LIVES
    assert found.stops[0].state is State.UNSEEN


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=2, hours=3, minutes=9), "2 d 3 h"),
        (timedelta(minutes=-5, seconds=-2), "5 min 2 s"),
        (timedelta(hours=1), "1 h"),
        (timedelta(milliseconds=20), "less than a second"),
    ],
)
def test_spans_are_spelled_in_their_two_largest_units(span: timedelta, words: str) -> None:
    assert spelled(span) == words


AT = datetime(2026, 11, 23, 21, 4, 11, tzinfo=UTC)
AGO = timedelta(minutes=5, seconds=12)


def gone(**known: Any) -> Case:
    return replace(ALIVE, row=NoRow("session", "abcd…", ending=Ending(**known)))


class TestHowItEnded:
    @pytest.mark.parametrize(
        ("event", "says"),
        [
            ("logged out", "this session was logged out at 2026-11-23 21:04:11 UTC, 5 min 12 s ago"),
            ("regenerated", "(regenerated) at 2026-11-23 21:04:11 UTC, 5 min 12 s ago, and the browser still sends the old one"),
            ("rotated", "its id was rotated at 2026-11-23 21:04:11 UTC"),
            ("revoked", "this session was revoked at 2026-11-23"),
            ("pruned", "had expired, and was pruned at 2026-11-23"),
        ],
    )
    def test_is_told_by_the_journal(self, event: str, says: str) -> None:
        found = answer(gone(words=(Word(event, AT, AGO), Word("created", AT, AGO)), kept=True))
        assert found.station is Station.FIND
        assert says in found.says
        assert found.ended == Word(event, AT, AGO)

    def test_time_is_told_in_utc(self) -> None:
        there = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
        assert "at 2026-11-23 21:04:11 UTC" in answer(gone(words=(Word("logged out", there, AGO),), kept=True)).says

    def test_so_is_the_end_of_what_took_its_place(self) -> None:
        says = answer(gone(words=(Word("regenerated", AT, AGO, successor="logged out"),), kept=True)).says
        assert says.endswith("the session that took its place was logged out since")

    def test_else_by_the_tombstone(self) -> None:
        deleted = Word("deleted", AT, AGO)
        assert "its row was deleted at 2026-11-23 21:04:11 UTC, 5 min 12 s ago" in answer(gone(deleted=deleted)).says
        both = answer(gone(words=(Word("created", AT, AGO),), kept=True, deleted=deleted))
        assert "was deleted at 2026-11-23 21:04:11 UTC, 5 min 12 s ago by somebody who keeps no journal" in both.says
        assert both.ended == deleted

    def test_what_the_journal_does_not_know_is_said(self) -> None:
        assert "the journal has nothing of it" in answer(gone(kept=True)).says
        created = answer(gone(words=(Word("created", AT, AGO),), kept=True))
        assert "it was created at 2026-11-23 21:04:11 UTC" in created.says
        assert created.ended is None

    def test_what_could_not_be_read_is_said(self) -> None:
        found = answer(gone(unread=('"session_journal" cannot be read: this role lacks SELECT on it',)))
        assert found.says.endswith('never saved; "session_journal" cannot be read: this role lacks SELECT on it')

    def test_a_known_end_outweighs_a_guess(self) -> None:
        row = NoRow("session", "abcd…", "row security", Ending(deleted=Word("deleted", AT, AGO)))
        assert "row security" not in answer(replace(ALIVE, row=row)).says
