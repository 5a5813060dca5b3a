"""Causes by which the row has expired for its reader."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sessile.doctor.facts import Database, Unknown
from sessile.doctor.facts.database import Experiment, Offset
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from sessile.stores.postgres.shape import Column
from tests.doctor.facts_builder import EXPIRE, database, facts, judge, rows, server, setting, table, tried

INDIA = 19800
NEW_YORK = -18000
BERLIN = 3600


def connected(zone: str, offset: int, *offsets: Offset, read: int = 20) -> Database:
    """A database whose connection reads in a zone, with rows written at these offsets."""
    login = replace(tried(), life_difference_in_utc=timedelta(seconds=offset))
    return database(server=server(time_zone=zone), experiment=login, rows=rows(offsets=offsets, read=read))


class TestTimeZoneMismatch:
    CAUSE = "live-time-zone-mismatch"

    def test_rows_of_another_zone_end_too_early(self) -> None:
        finding = judge(self.CAUSE, facts(connected("Asia/Kolkata", INDIA, Offset(0, 12))))
        assert isinstance(finding, Confirmed)
        assert finding.title == "Sessions end 5:30 h too early: they are written at UTC and read at UTC+05:30"

    def test_or_live_too_long(self) -> None:
        finding = judge(self.CAUSE, facts(connected("UTC", 0, Offset(INDIA, 12))))
        assert isinstance(finding, Confirmed)
        assert finding.title == "Sessions live 5:30 h too long: they are written at UTC+05:30 and read at UTC"

    def test_two_writers_in_different_zones(self) -> None:
        finding = judge(self.CAUSE, facts(connected("Asia/Kolkata", INDIA, Offset(INDIA, 9), Offset(NEW_YORK, 4))))
        assert isinstance(finding, Confirmed)
        assert finding.title == "Sessions end 10:30 h too early: they are written at UTC-05:00 and read at UTC+05:30"
        assert [evidence.says for evidence in finding.evidence[:2]] == [
            "9 rows were written at UTC+05:30",
            "4 rows were written at UTC-05:00",
        ]

    def test_rows_by_sessile_are_called_so(self) -> None:
        finding = judge(self.CAUSE, facts(connected("UTC", 0, Offset(0, 9), Offset(INDIA, 4, sessile=4))))
        assert isinstance(finding, Confirmed)
        assert finding.evidence[1].says == "4 rows were written at UTC+05:30 by sessile"

    def test_a_zone_that_sessile_was_given_is_read_as_it_is_written(self) -> None:
        finding = judge(self.CAUSE, facts(connected("UTC", 0, Offset(INDIA, 9, sessile=4))))
        assert isinstance(finding, Noted)
        assert finding.title == "All rows are written at UTC+05:30, and this role connects in UTC"

    @pytest.mark.parametrize(("zone", "offset"), [("UTC", 0), ("Asia/Kolkata", INDIA), ("America/New_York", NEW_YORK)])
    def test_one_zone_everywhere_is_healthy_whichever_it_is(self, zone: str, offset: int) -> None:
        assert isinstance(judge(self.CAUSE, facts(connected(zone, offset, Offset(offset, 12)))), RuledOut)

    def test_rows_of_both_sides_of_a_change_of_clocks_are_of_one_zone(self) -> None:
        summer = connected("Europe/Berlin", BERLIN, Offset(BERLIN, 8), Offset(2 * BERLIN, 6))
        assert isinstance(judge(self.CAUSE, facts(summer)), RuledOut)

    def test_utc_has_no_summer(self) -> None:
        assert isinstance(judge(self.CAUSE, facts(connected("UTC", 0, Offset(0, 8), Offset(BERLIN, 6)))), Confirmed)

    def test_a_row_that_was_touched_by_chance_at_a_quarter_of_an_hour_is_no_writer(self) -> None:
        assert isinstance(judge(self.CAUSE, facts(connected("UTC", 0, Offset(0, 60), Offset(900, 2), read=4000))), RuledOut)
        assert isinstance(judge(self.CAUSE, facts(connected("UTC", 0, Offset(2700, 1), read=400))), RuledOut)

    def test_a_timestamptz_has_no_such_trouble(self) -> None:
        aware = replace(
            connected("Asia/Kolkata", INDIA), table=table(Column("expire", "timestamp(6) with time zone", not_null=True))
        )
        assert isinstance(judge(self.CAUSE, facts(aware)), RuledOut)

    def test_another_roles_zone_is_a_note_while_the_rows_agree(self) -> None:
        known = replace(
            connected("UTC", 0, Offset(0, 9)), server=server(settings=(setting("report", "TimeZone", "Asia/Kolkata"),))
        )
        finding = judge(self.CAUSE, facts(known))
        assert isinstance(finding, Noted)
        assert finding.evidence[0].says == "role report has TimeZone Asia/Kolkata, this role UTC"

    def test_another_roles_zone_leaves_it_undecided_where_no_row_tells(self) -> None:
        known = database(
            server=server(settings=(setting("report", "TimeZone", "Asia/Kolkata"),)), rows=Unknown("no right to read")
        )
        assert isinstance(judge(self.CAUSE, facts(known)), Undecided)

    def test_the_same_zone_for_another_role_is_nothing(self) -> None:
        known = replace(connected("UTC", 0, Offset(0, 9)), server=server(settings=(setting("report", "timezone", "utc"),)))
        assert isinstance(judge(self.CAUSE, facts(known)), RuledOut)

    def test_without_the_experiment_utc_is_still_utc_and_other_zones_are_unknown(self) -> None:
        untried: Unknown | Experiment = Unknown("the experiment was not wanted")
        in_utc = replace(connected("Etc/UTC", 0, Offset(INDIA, 9)), experiment=untried)
        elsewhere = replace(connected("Asia/Kolkata", INDIA, Offset(INDIA, 9)), experiment=untried)
        two = replace(connected("Asia/Kolkata", INDIA, Offset(INDIA, 9), Offset(0, 9)), experiment=untried)
        assert isinstance(judge(self.CAUSE, facts(in_utc)), Confirmed)
        assert isinstance(judge(self.CAUSE, facts(elsewhere)), Undecided)
        assert isinstance(judge(self.CAUSE, facts(two)), Confirmed)

    def test_without_rows_it_is_unseen(self) -> None:
        assert isinstance(judge(self.CAUSE, facts(database(rows=Unknown("no right to read")))), Unseen)


class TestExpireIsDate:
    DATE = table(Column("expire", "date", not_null=True))

    def test_the_type_proves_it_and_the_experiment_tells_how_much_is_lost(self) -> None:
        login = replace(tried(find=0), life_difference=timedelta(hours=-13), life_difference_in_utc=None)
        finding = judge("live-expire-is-date", facts(database(table=self.DATE, experiment=login)))
        assert isinstance(finding, Confirmed)
        assert finding.evidence[1].says == "a session saved for one hour would end 13:00:00 too early"

    def test_a_timestamp_is_no_date(self) -> None:
        assert isinstance(judge("live-expire-is-date", facts(database())), RuledOut)


class TestExpireNull:
    NULLABLE = table(replace(EXPIRE, not_null=False))

    def test_rows_without_it(self) -> None:
        finding = judge("live-expire-null", facts(database(table=self.NULLABLE, rows=rows(null_expire=3))))
        assert isinstance(finding, Confirmed)
        assert finding.title == "3 of 20 rows have no expire, so their sessions are never found"

    def test_a_column_that_may_be_null_and_is_not(self) -> None:
        assert isinstance(judge("live-expire-null", facts(database(table=self.NULLABLE))), RuledOut)

    def test_a_column_that_may_not_be_null_needs_no_rows(self) -> None:
        assert isinstance(judge("live-expire-null", facts(database(rows=Unknown("too slow")))), RuledOut)
        assert isinstance(judge("live-expire-null", facts(database(table=self.NULLABLE, rows=Unknown("too slow")))), Unseen)


class TestExpireInWrongUnit:
    CAUSE = "live-expire-in-wrong-unit"

    def test_sessions_of_1970(self) -> None:
        finding = judge(self.CAUSE, facts(database(rows=rows(absurd_past=12, live=0, expired=20))))
        assert isinstance(finding, Confirmed)

    def test_live_sessions_beside_them_do_not_contradict_it(self) -> None:
        assert isinstance(judge(self.CAUSE, facts(database(rows=rows(absurd_past=2)))), Confirmed)

    def test_a_few_rows_of_1970_among_many_live_ones_are_undecided(self) -> None:
        assert isinstance(judge(self.CAUSE, facts(database(rows=rows(read=500, live=400, absurd_past=2)))), Undecided)

    def test_sessions_of_the_year_58000_log_nobody_out(self) -> None:
        assert isinstance(judge(self.CAUSE, facts(database(rows=rows(absurd_future=15)))), Noted)

    def test_rows_that_expired_last_year_are_sensible(self) -> None:
        assert isinstance(judge(self.CAUSE, facts(database(rows=rows(live=0, expired=20)))), RuledOut)


class TestMaxAgeInSeconds:
    def test_most_rows_were_meant_to_live_for_seconds(self) -> None:
        assert isinstance(judge("live-max-age-in-seconds", facts(database(rows=rows(short_lived=18)))), Confirmed)

    def test_some_rows_are_undecided_and_none_rules_it_out(self) -> None:
        assert isinstance(judge("live-max-age-in-seconds", facts(database(rows=rows(short_lived=2)))), Undecided)
        assert isinstance(judge("live-max-age-in-seconds", facts(database())), RuledOut)


class TestClockSkew:
    @pytest.mark.parametrize(("minutes", "says"), [(5, "300 s ahead of"), (-5, "300 s behind")])
    def test_clocks_that_differ_are_a_note(self, minutes: int, says: str) -> None:
        finding = judge("live-clock-skew", facts(database(server=server(clock_ahead=timedelta(minutes=minutes)))))
        assert isinstance(finding, Noted)
        assert says in finding.title

    def test_a_slow_network_is_no_skew(self) -> None:
        assert isinstance(judge("live-clock-skew", facts(database(server=server(clock_ahead=timedelta(seconds=9))))), RuledOut)
