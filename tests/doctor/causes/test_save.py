"""Causes by which the login's row is not written."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.facts import Failure, Unknown
from sessile.doctor.facts.logs import SESSION_STORE, Kind
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from sessile.stores.postgres.shape import Index, Kind as RelationKind, Rights
from tests.doctor.facts_builder import (
    BOOT,
    EXPIRE_INDEX,
    HEALTHY_LOG,
    HEALTHY_TABLE,
    KEY,
    LOGIN,
    SAVED,
    UNAUTHORIZED,
    database,
    facts,
    judge,
    line,
    log,
    rows,
    table,
    tried,
    trigger,
)

NO_ARBITER = Failure("42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification")
IN_LOG = line(Kind.SAVE_ERROR, "42P10", NO_ARBITER.message)
KEYS = (
    "save-no-primary-key",
    "save-key-not-an-arbiter",
    "save-key-deferrable",
    "save-key-index-invalid",
    "save-partitioned-table",
    "save-duplicate-sids",
)


def confirmed(causes: tuple[str, ...], **changes: object) -> Mapping[str, Confirmed]:
    """The causes of these that the facts of a database prove."""
    known = facts(database(**changes))
    found = {cause: judge(cause, known) for cause in causes}
    return {cause: finding for cause, finding in found.items() if isinstance(finding, Confirmed)}


class TestKey:
    @pytest.mark.parametrize(
        ("cause", "index"),
        [
            ("save-no-primary-key", None),
            ("save-no-primary-key", Index("session_sid_idx", ("sid",), unique=False)),
            ("save-no-primary-key", Index("session_pkey", ("id",), unique=True, primary=True)),
            ("save-key-not-an-arbiter", replace(KEY, partial=True)),
            ("save-key-not-an-arbiter", Index("session_lower", (), unique=True, expression=True)),
            ("save-key-not-an-arbiter", replace(KEY, columns=("sid", "expire"))),
            ("save-key-deferrable", replace(KEY, immediate=False)),
            ("save-key-index-invalid", replace(KEY, valid=False)),
        ],
    )
    def test_each_unusable_index_is_a_cause_of_its_own(self, cause: str, index: Index | None) -> None:
        indexes = (EXPIRE_INDEX,) if index is None else (index, EXPIRE_INDEX)
        found = confirmed(KEYS, table=table(indexes=indexes), experiment=tried({"save": NO_ARBITER}))
        assert set(found) == {cause}

    @pytest.mark.parametrize(
        "beside",
        [
            replace(KEY, name="other", partial=True),
            replace(KEY, name="other", valid=False),
        ],
    )
    def test_one_usable_index_is_enough(self, beside: Index) -> None:
        assert not confirmed(KEYS, table=table(indexes=(beside, KEY)))

    def test_a_deferrable_key_spoils_a_usable_one_beside_it(self) -> None:
        beside = replace(KEY, name="b", immediate=False)
        assert set(confirmed(KEYS, table=table(indexes=(beside, KEY)))) == {"save-key-deferrable"}

    def test_the_proof_shows_the_index_and_what_the_login_met(self) -> None:
        found = confirmed(KEYS, table=table(indexes=()), experiment=tried({"save": NO_ARBITER}))["save-no-primary-key"]
        assert [evidence.source for evidence in found.evidence] == ["postgres", "experiment"]
        assert found.title == '"public"."session" has no key that ON CONFLICT (sid) can use'

    def test_a_partitioned_table_has_its_own_cause(self) -> None:
        shape = table(kind=RelationKind.PARTITIONED, indexes=())
        assert set(confirmed(KEYS, table=shape, experiment=tried({"save": NO_ARBITER}))) == {"save-partitioned-table"}

    def test_a_table_partitioned_by_sid_can_have_its_key(self) -> None:
        assert not confirmed(KEYS, table=table(kind=RelationKind.PARTITIONED))

    def test_a_view_is_judged_by_the_table_behind_it(self) -> None:
        behind = table(indexes=())
        view = replace(HEALTHY_TABLE, name="sessions", kind=RelationKind.VIEW, indexes=(), base=behind)
        assert set(confirmed(KEYS, table=view)) == {"save-no-primary-key"}
        assert not confirmed(KEYS, table=replace(view, indexes=behind.indexes or (KEY,), base=HEALTHY_TABLE))

    def test_a_log_alone_names_the_likeliest(self) -> None:
        known = facts(None, log(BOOT, IN_LOG))
        assert isinstance(judge("save-no-primary-key", known), Confirmed)
        assert isinstance(judge("save-key-not-an-arbiter", known), Unseen)

    def test_a_deferrable_key_has_an_error_of_its_own(self) -> None:
        text = "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters"
        known = facts(None, log(BOOT, line(Kind.SAVE_ERROR, "55000", text)))
        assert isinstance(judge("save-key-deferrable", known), Confirmed)
        assert not isinstance(judge("save-no-primary-key", known), Confirmed)

    def test_another_object_in_the_wrong_state_is_not_a_deferrable_key(self) -> None:
        known = facts(None, log(BOOT, line(Kind.ERROR, "55000", 'currval of sequence "x" is not yet defined')))
        assert not isinstance(judge("save-key-deferrable", known), Confirmed)

    def test_a_key_that_was_added_since_contradicts_the_log(self) -> None:
        assert isinstance(judge("save-no-primary-key", facts(database(), log(BOOT, IN_LOG))), RuledOut)
        assert isinstance(judge("save-no-primary-key", facts(None, log(BOOT, IN_LOG, SAVED))), RuledOut)


class TestDuplicateSids:
    def test_it_comes_before_the_missing_key(self) -> None:
        found = confirmed(KEYS, table=table(indexes=()), rows=rows(duplicate_sids=3, duplicate_rows=4))
        assert found["save-duplicate-sids"].certainty > found["save-no-primary-key"].certainty
        assert "3 sids stand in it more than once" in found["save-duplicate-sids"].title

    def test_without_duplicates_only_the_key_is_missing(self) -> None:
        assert set(confirmed(KEYS, table=table(indexes=()))) == {"save-no-primary-key"}

    def test_a_sample_cannot_tell(self) -> None:
        sampled = Unknown("only a sample of the table was read")
        known = facts(
            database(table=table(indexes=()), rows=rows(complete=False, duplicate_sids=sampled, duplicate_rows=sampled))
        )
        assert isinstance(judge("save-duplicate-sids", known), Unseen)

    def test_under_a_valid_key_it_is_the_index_that_is_damaged(self) -> None:
        known = facts(database(rows=rows(duplicate_sids=3, duplicate_rows=3)))
        assert isinstance(judge("save-duplicate-sids", known), RuledOut)
        assert isinstance(judge("find-index-disagrees", known), Confirmed)

    def test_a_failed_build_of_the_key_in_the_log(self) -> None:
        text = 'could not create unique index "session_pkey"'
        assert isinstance(judge("save-duplicate-sids", facts(None, log(BOOT, line(Kind.ERROR, "23505", text)))), Confirmed)
        other = 'could not create unique index "invoices_pkey"'
        assert not isinstance(judge("save-duplicate-sids", facts(None, log(BOOT, line(Kind.ERROR, "23505", other)))), Confirmed)


class TestRightsMissing:
    @pytest.mark.parametrize("right", ["select", "insert", "update", "delete"])
    def test_each_missing_right_is_named(self, right: str) -> None:
        rights = Rights(**{"select": True, "insert": True, "update": True, "delete": True, right: False})
        finding = judge("save-rights-missing", facts(database(table=table(rights=rights), experiment=Unknown("no right"))))
        assert isinstance(finding, Confirmed)
        assert finding.title == f'app lacks {right.upper()} on "public"."session"'

    def test_the_schema_is_named_beside_the_table(self) -> None:
        rights = Rights(select=True, insert=False, update=True, delete=True, usage=False)
        finding = judge("save-rights-missing", facts(database(table=table(rights=rights))))
        assert isinstance(finding, Confirmed)
        assert finding.title == 'app lacks USAGE on schema public and INSERT on "public"."session"'

    def test_the_logs_word_stands_where_the_service_has_another_role(self) -> None:
        denied = log(BOOT, line(Kind.SAVE_ERROR, "42501", "permission denied for table session", "session"))
        other = database(table=None, relations=(), rows=Unknown("no table"), experiment=Unknown("no table"))
        assert isinstance(judge("save-rights-missing", facts(other, denied)), Confirmed), "the table of another library"
        alone, beside = (judge("save-rights-missing", facts(given, denied)) for given in (None, database()))
        assert isinstance(alone, Confirmed)
        assert isinstance(beside, Confirmed)
        assert beside.certainty < alone.certainty
        assert "another role" in beside.evidence[-1].says

    @pytest.mark.parametrize(
        "text",
        [
            "permission denied for table invoices",
            "permission denied for schema public",
            'new row violates row-level security policy for table "session"',
        ],
    )
    def test_other_refusals_are_other_causes(self, text: str) -> None:
        denied = log(BOOT, line(Kind.ERROR, "42501", text))
        assert not isinstance(judge("save-rights-missing", facts(None, denied)), Confirmed)


class TestRuleForbidsInsert:
    CAUSE = "save-rule-forbids-insert"
    RULED = table(rules=("nothing",))
    TEXT = 'cannot perform INSERT RETURNING on relation "session"'

    def test_the_login_meets_it(self) -> None:
        known = database(table=self.RULED, experiment=tried({"save": Failure("0A000", self.TEXT)}))
        finding = judge(self.CAUSE, facts(known))
        assert isinstance(finding, Confirmed)
        assert finding.title == 'The rules of "public"."session" (nothing) forbid its INSERT'

    def test_a_log_alone_tells_it(self) -> None:
        error = line(Kind.SAVE_ERROR, "0A000", self.TEXT)
        assert isinstance(judge(self.CAUSE, facts(None, log(BOOT, error))), Confirmed)
        assert isinstance(judge(self.CAUSE, facts(database(), log(BOOT, error))), RuledOut)

    def test_a_rule_that_nobody_tried_is_undecided_and_one_that_lets_logins_through_is_not(self) -> None:
        untried = database(table=self.RULED, experiment=Unknown("a rollback may not undo all"))
        assert isinstance(judge(self.CAUSE, facts(untried)), Undecided)
        assert isinstance(judge(self.CAUSE, facts(database(table=self.RULED))), RuledOut)

    def test_another_feature_that_is_not_supported_is_not_ours(self) -> None:
        error = line(Kind.ERROR, "0A000", "unique constraint on partitioned table must include all partitioning columns")
        assert isinstance(judge(self.CAUSE, facts(None, log(BOOT, error))), RuledOut)


class TestTriggerSwallowsInsert:
    SWALLOW = trigger("CREATE TRIGGER guard BEFORE INSERT ON public.session FOR EACH ROW EXECUTE FUNCTION swallow()")
    AUDIT = trigger("CREATE TRIGGER insert_log AFTER INSERT ON public.session FOR EACH ROW EXECUTE FUNCTION audit()")

    def test_the_insert_that_inserts_nothing(self) -> None:
        known = database(table=table(triggers=(self.SWALLOW, self.AUDIT)), experiment=tried(save=0, find=0, touch=0, destroy=0))
        finding = judge("save-trigger-swallows-insert", facts(known))
        assert isinstance(finding, Confirmed)
        assert finding.title == 'guard swallows the INSERT into "public"."session"'

    def test_a_trigger_before_insert_that_nobody_tried_is_undecided(self) -> None:
        known = database(table=table(triggers=(self.SWALLOW,)), experiment=Unknown("a rollback may not undo all"))
        assert isinstance(judge("save-trigger-swallows-insert", facts(known)), Undecided)

    def test_sessile_says_so_in_its_log(self) -> None:
        text = "Session save error: the INSERT was accepted and stored no row: a trigger or a rule on the table swallows it"
        known = database(table=table(triggers=(self.SWALLOW,)), experiment=Unknown("a rollback may not undo all"))
        for given in (None, known):
            told = facts(given, log(BOOT, line(Kind.SAVE_ERROR, "", text)))
            assert isinstance(judge("save-trigger-swallows-insert", told), Confirmed)

    def test_logins_that_end_in_401_without_any_error_make_it_likely(self) -> None:
        known = database(table=table(triggers=(self.SWALLOW,)), experiment=Unknown("a rollback may not undo all"))
        diagnosis = diagnose(facts(known, log(BOOT, LOGIN, UNAUTHORIZED, login_then_401=3)))
        assert diagnosis.causes[0].cause.id == "save-trigger-swallows-insert"
        assert diagnosis.verdict is Verdict.SICK

    def test_an_error_of_the_store_is_no_silent_loss(self) -> None:
        known = database(table=table(triggers=(self.SWALLOW,)), experiment=Unknown("a rollback may not undo all"))
        timeout = line(Kind.ERROR, "57014", "canceling statement due to statement timeout", SESSION_STORE)
        finding = judge("save-trigger-swallows-insert", facts(known, log(BOOT, LOGIN, timeout, UNAUTHORIZED, login_then_401=3)))
        assert isinstance(finding, RuledOut)
        assert "57014" in finding.because

    def test_a_trigger_after_insert_or_one_switched_off_swallows_nothing(self) -> None:
        for shape in (table(triggers=(self.AUDIT,)), table(triggers=(replace(self.SWALLOW, enabled=False),))):
            known = database(table=shape, experiment=Unknown("a rollback may not undo all"))
            assert isinstance(judge("save-trigger-swallows-insert", facts(known)), RuledOut)

    def test_a_trigger_that_lets_the_row_through(self) -> None:
        assert isinstance(judge("save-trigger-swallows-insert", facts(database(table=table(triggers=(self.SWALLOW,))))), RuledOut)

    def test_an_insert_that_fails_is_not_swallowed(self) -> None:
        known = database(table=table(indexes=()), experiment=tried({"save": NO_ARBITER}))
        assert isinstance(judge("save-trigger-swallows-insert", facts(known)), RuledOut)


@pytest.mark.parametrize("cause", [*KEYS, "save-rights-missing", "save-extra-column-required"])
def test_a_healthy_table_gives_none_of_them(cause: str) -> None:
    assert isinstance(judge(cause, facts(database(), HEALTHY_LOG)), RuledOut)
