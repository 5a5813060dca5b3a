"""Causes of the tables of other session libraries."""

from pathlib import Path

import pytest

from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.other_tables import Library
from sessile.doctor.findings import Confirmed, Noted, RuledOut
from tests.doctor.causes.frameworks import seen, table
from tests.doctor.facts_builder import BOOT, database, facts, judge, line, log, server


class TestOtherTables:
    def test_an_expiry_with_a_zone_breaks_flask_session(self) -> None:
        zoned = table(library=Library.FLASK_SESSION, expiry_type="timestamp with time zone", tried=())
        assert isinstance(judge("read-expiry-with-zone", seen(Path(), {}, tables=(zoned,))), Confirmed)
        plain = table(library=Library.FLASK_SESSION, expiry_type="timestamp without time zone", tried=())
        assert isinstance(judge("read-expiry-with-zone", seen(Path(), {}, tables=(plain,))), RuledOut)
        said = line(Kind.ERROR, "NAIVE_DATETIME", "TypeError: can't compare offset-naive and offset-aware datetimes")
        assert isinstance(judge("read-expiry-with-zone", facts(None, log(BOOT, said))), Confirmed)

    @pytest.mark.parametrize(
        ("zone", "type_", "kind"),
        [
            ("Asia/Kolkata", "timestamp without time zone", Confirmed),
            ("UTC", "timestamp without time zone", Noted),
            ("Asia/Kolkata", "timestamp with time zone", RuledOut),
        ],
    )
    def test_times_of_connect_session_knex(self, zone: str, type_: str, kind: type) -> None:
        known = seen(
            Path(), {}, database=database(server=server(time_zone=zone)), tables=(table(library=Library.KNEX, expiry_type=type_),)
        )
        assert isinstance(judge("live-knex-time-zone", known), kind)
