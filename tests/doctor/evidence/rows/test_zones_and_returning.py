"""The rows tell the writer's time zone, and whether people came back."""

from typing import Any

import pytest

from sessile.doctor.facts.database import Offset
from tests.doctor.evidence.rows.reading import DAY, HOUR, rows_of
from tests.doctor.evidence.session_table import Express


class TestZones:
    @pytest.mark.parametrize(
        ("zone", "offset"),
        [("UTC", 0), ("Asia/Kolkata", 19800), ("Etc/GMT+5", -18000), ("Asia/Kathmandu", 20700)],
    )
    def test_the_offset_of_the_writer(self, table: str, zone: str, offset: int) -> None:
        with Express(table, time_zone=zone) as express:
            for number in range(12):
                express.save(100 + 37.7 * number, userId=number)
            for number in range(40):
                express.save(4000 + 61.3 * number, touched=13.0 * number, userId=number)
        rows = rows_of(table)
        assert rows.offsets[0] == Offset(offset, 12)
        assert sum(other.rows for other in rows.offsets[1:]) <= 2
        assert abs(rows.never_returned - 12) <= 2
        assert rows.returning + rows.never_returned == 52

    def test_writers_of_two_zones_and_of_two_kinds(self, table: str, express: Express) -> None:
        express.save(100, userId=1)
        express.save(200, userId=2, sessile={"created": 1})
        with Express(table, time_zone="Asia/Kolkata") as indian:
            indian.save(300, userId=3)
        rows = rows_of(table)
        assert rows.offsets == (Offset(0, 2, sessile=1), Offset(19800, 1))
        assert (rows.returning, rows.never_returned) == (0, 2)

    def test_whom_the_reader_takes_for_live_depends_on_its_zone(self, table: str, express: Express) -> None:
        express.save(60, life=HOUR)
        assert rows_of(table).live == 1
        assert rows_of(f"{table}?options=-c%20timezone%3DAsia/Kolkata").live == 0


class TestReturning:
    def test_who_came_back_and_who_did_not(self, table: str, express: Express) -> None:
        for number in range(4):
            express.save(600, userId=number)
        for number in range(7):
            express.save(600, userId=number, touched=30 + number)
        rows = rows_of(table)
        assert (rows.returning, rows.never_returned) == (7, 4)

    def test_whom_neither_counts(self, table: str, express: Express) -> None:
        express.save(3, userId="too fresh")
        express.save(1.5 * DAY, life=7 * DAY, userId="too old")
        express.save(600)
        express.save(600, flash={}, csrfSecret="x", returnTo="/")
        express.save(600, passport={})
        express.save(600, userId="of sessile", sessile={"created": 1})
        rows = rows_of(table)
        assert (rows.read, rows.returning, rows.never_returned) == (6, 0, 0)

    @pytest.mark.parametrize(
        "identity", [{"userId": 7}, {"passport": {"user": "7"}}, {"user": {"id": 7, "at": "x"}}, {"account": "seven"}], ids=str
    )
    def test_the_same_user_again_and_again(self, table: str, express: Express, identity: dict[str, Any]) -> None:
        for ago in (100, 250, 500):
            express.save(ago, **identity)
        express.save(4000, **identity)
        express.save(200, userId="somebody else")
        rows = rows_of(table)
        assert (rows.never_returned, rows.repeated_logins) == (5, 3)

    def test_several_devices_that_all_came_back_are_no_repeated_logins(self, table: str, express: Express) -> None:
        for ago in (100, 250, 500):
            express.save(ago, userId=7, touched=7)
        assert rows_of(table).repeated_logins == 0
