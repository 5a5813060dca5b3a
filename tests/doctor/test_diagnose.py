"""The diagnosis: proof before probability, the unseen said, and one broken check costs only itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from sessile.doctor.causes import catalogue, cause_named
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import LIKELY, VERY_LIKELY, Confidence, State, Verdict
from sessile.doctor.facts import Facts
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.source import Framework, Source
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Undecided
from sessile.doctor.ranking import rank
from sessile.session.outcome import Station
from tests.doctor.facts_builder import line, log as facts_log
from tests.doctor.recorded_facts import seen
from tests.doctor.recording import asked, login, recording
from tests.doctor.report.patients import NO_KEY

NOTHING = Facts(now=datetime(2026, 11, 23, tzinfo=UTC))
PROOF = Evidence("shown", "postgres", "pg_index")


def test_nothing_seen_is_no_fault_and_says_so_of_every_cause() -> None:
    diagnosis = diagnose(NOTHING)
    assert diagnosis.verdict is Verdict.HEALTHY
    assert diagnosis.causes == ()
    assert {stop.state for stop in diagnosis.journey} == {State.UNSEEN}
    assert len(diagnosis.checklist) == 7
    assert {item.state for item in diagnosis.checklist} == {"unknown"}
    assert diagnosis.next


def test_a_check_that_crashes_costs_only_itself() -> None:
    def crash(_: Facts) -> Finding:
        raise KeyError("gone")

    broken = replace(NO_KEY, id="save-crashing", judge=crash)
    proven = replace(NO_KEY, judge=lambda _: Confirmed((PROOF,)))
    diagnosis = diagnose(NOTHING, [broken, proven])
    assert [suspect.cause.id for suspect in diagnosis.causes] == ["save-no-primary-key"]
    assert [(one.cause.id, "KeyError" in one.why) for one in diagnosis.not_checked] == [("save-crashing", True)]


def test_the_surest_proof_stands_first_then_the_earliest_station() -> None:
    def proven(certainty: float) -> Callable[[Facts], Finding]:
        return lambda _: Confirmed((PROOF,), certainty=certainty)

    causes = [
        replace(cause, judge=proven(certainty))
        for cause, certainty in zip(catalogue()[::-20], (0.95, 0.99, 0.95, 0.99), strict=False)
    ]
    ordered = diagnose(NOTHING, causes).causes
    keys = [(-suspect.probability, suspect.cause.station.position) for suspect in ordered]
    assert keys == sorted(keys)
    assert {suspect.confidence for suspect in ordered} == {Confidence.CONFIRMED}


class TestRanking:
    one = replace(NO_KEY, id="save-one", links={"a": Level.ALWAYS, "b": Level.USUALLY})
    other = replace(NO_KEY, id="save-other", links={"a": Level.ALWAYS, "b": Level.NEVER})
    silent = replace(NO_KEY, id="save-silent", links={"c": Level.ALWAYS})

    def test_what_explains_more_ranks_higher_and_something_else_keeps_its_share(self) -> None:
        ranked = rank([self.other, self.one, self.silent], {"a": True, "b": True, "c": False})
        assert [entry.cause.id for entry in ranked if entry.probability > 0] == ["save-one"]
        assert 0.9 < ranked[0].probability < 1

    def test_the_unknown_says_nothing(self) -> None:
        ranked = rank([self.one, self.other], {"a": True})
        assert ranked[0].probability == ranked[1].probability

    def test_what_no_observation_speaks_for_is_left_out(self) -> None:
        assert rank([self.one, self.silent], {"a": False, "b": False, "c": False}) == []

    def test_what_a_proven_cause_explains_speaks_for_no_other(self) -> None:
        alone = rank([self.other], {"a": True})[0].probability
        beside = rank([self.other], {"a": True}, given=[self.one])[0].probability
        assert beside < alone

    def test_rivals_that_nobody_could_judge_make_a_cause_less_likely(self) -> None:
        alone = rank([self.other], {"a": True})[0].probability
        unjudged = [replace(self.one, id=f"save-unseen-{number}") for number in range(40)]
        ranked = rank([self.other], {"a": True}, unseen=unjudged)
        assert [entry.cause.id for entry in ranked] == ["save-other"]
        assert ranked[0].probability < alone
        assert rank([self.other], {"a": True}, unseen=[self.silent])[0].probability == alone

    def test_each_observation_says_how_much_it_speaks_for_or_against(self) -> None:
        weights = {weight.observation: weight for weight in rank([self.one], {"a": True, "b": False})[0].weights}
        assert (weights["a"].log_odds or 0) > 1
        assert (weights["b"].log_odds or 0) < -0.5
        unseen = rank([self.one], {"a": True})[0].weights[-1]
        assert (unseen.observation, unseen.log_odds) == ("b", None)

    def test_a_fact_named_twice_counts_once(self) -> None:
        names = [name for cause in catalogue() for name in cause.links]
        from sessile.doctor.observations import OBSERVATIONS

        assert set(names) <= set(OBSERVATIONS)


def test_behind_a_cause_that_is_nearly_sure_the_next_must_explain_something_else() -> None:
    doubtful = [
        replace(NO_KEY, id=f"save-{name}", judge=lambda _: Undecided((PROOF,)), links=links, frequency=frequency)
        for name, links, frequency in (
            ("first", {"login, then 401": Level.ALWAYS, "signature invalid": Level.ALWAYS}, Frequency.VERY_COMMON),
            ("like-it", {"login, then 401": Level.ALWAYS}, Frequency.VERY_COMMON),
        )
    ]
    log = facts_log(*(line(Kind.SIGNATURE_INVALID) for _ in range(5)), login_then_401=5)
    found = diagnose(replace(NOTHING, logs=(log,)), doubtful).causes
    assert [suspect.cause.id for suspect in found if suspect.probability > 0.6] == ["save-first"]
    assert found[0].weights


def always(finding: Finding) -> Callable[[Facts], Finding]:
    return lambda _: finding


def test_what_nothing_proves_is_at_most_likely_unless_an_error_of_its_own_shows_it() -> None:
    links = {"login, then 401": Level.ALWAYS, "signature invalid": Level.ALWAYS}
    error = line(Kind.ERROR, "MINE", "an error of its own")
    log = facts_log(*(line(Kind.SIGNATURE_INVALID) for _ in range(5)), error, login_then_401=5)
    for evidence, sure in ((PROOF, False), (log.errors[0].evidence, True)):
        doubtful = replace(NO_KEY, judge=always(Undecided((evidence,))), links=links, frequency=Frequency.VERY_COMMON)
        (found,) = diagnose(replace(NOTHING, logs=(log,)), [doubtful]).causes
        assert (found.probability >= VERY_LIKELY) is sure
        assert found.probability >= LIKELY


def test_a_cause_behind_the_station_where_the_session_stops_is_no_suspect() -> None:
    stopped = seen(recording(login(), asked(1, status=401, sends=None)))
    suspects = [
        replace(
            NO_KEY,
            id=f"{station}-any",
            station=station,
            judge=lambda _: Undecided((PROOF,)),
            links={"cookie does not come back": Level.USUALLY},
        )
        for station in (Station.KEEP, Station.VERIFY)
    ]
    assert [one.cause.id for one in diagnose(stopped, suspects).causes] == ["keep-any"]


def test_undecided_causes_are_said_with_their_observations() -> None:
    cause = cause_named("save-trigger-swallows-insert")
    assert cause is not None
    diagnosis = diagnose(NOTHING, [replace(cause, judge=lambda _: Undecided((PROOF,)))])
    assert diagnosis.causes == ()


def test_only_the_changes_of_the_frameworks_that_were_seen_are_shown() -> None:
    changes = tuple(Change(where, "before", "after") for where in ("Express", "Starlette and FastAPI", "Flask", "nginx"))
    cause = replace(NO_KEY, judge=lambda _: Confirmed((PROOF,)), remedy=replace(NO_KEY.remedy, changes=changes))

    def shown(*frameworks: Framework) -> list[str]:
        sources = tuple(Source(source=f"./{one}", framework=one, files=1) for one in frameworks)
        (suspect,) = diagnose(replace(NOTHING, sources=sources), [cause]).causes
        return [change.where for change in suspect.cause.remedy.changes]

    everything = ["Express", "Starlette and FastAPI", "Flask", "nginx"]
    assert shown() == everything
    assert shown(Framework.FLASK) == ["Flask", "nginx"]
    assert shown(Framework.EXPRESS, Framework.FASTAPI) == ["Express", "Starlette and FastAPI", "nginx"]
    assert shown(Framework.KOA) == everything
