"""An error in a log proves its cause only while nothing after it shows that sessions work."""

from sessile.doctor.causes import signs
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.facts_builder import AUTHORIZED, BOOT, EXIT, LOGIN, SAVED, facts, line, log

FULL = Sign(("53100",), text="No space left", course=Course.WRITING)
ERROR = line(Kind.SAVE_ERROR, "53100", 'could not extend file "base/1/2": No space left on device')


def judged(sign: Sign, *lines: tuple[Kind, str, str, tuple[str, ...]]) -> object:
    return signs.judge(facts(None, log(*lines)), sign)


def test_an_error_that_nothing_follows_is_proof_by_a_logs_word() -> None:
    finding = judged(FULL, BOOT, SAVED, ERROR)
    assert isinstance(finding, Confirmed)
    assert finding.certainty == 0.95
    assert finding.evidence[0].pointer == "app.log:3"


def test_a_session_saved_afterwards_contradicts_it_and_says_where_it_was_seen() -> None:
    finding = judged(FULL, BOOT, ERROR, ERROR, SAVED)
    assert isinstance(finding, RuledOut)
    assert finding.because == "seen 2 times, last in line 3; sessions have worked since"


def test_a_session_read_afterwards_says_nothing_of_a_fault_in_writing() -> None:
    assert isinstance(judged(FULL, BOOT, ERROR, AUTHORIZED), Confirmed)


def test_a_session_read_afterwards_contradicts_a_fault_of_the_connection() -> None:
    refused = Sign(("ECONNREFUSED",))
    assert isinstance(judged(refused, BOOT, line(Kind.ERROR, "ECONNREFUSED", "x"), AUTHORIZED), RuledOut)


def test_what_comes_and_goes_is_undecided_once_sessions_work_again() -> None:
    crowded = Sign(("53300",), course=Course.PASSING)
    error = line(Kind.ERROR, "53300", "sorry, too many clients already")
    assert isinstance(judged(crowded, BOOT, SAVED, error, SAVED), Undecided)
    assert isinstance(judged(crowded, BOOT, SAVED, error), Confirmed)


def test_what_strikes_some_users_is_not_contradicted_by_the_others() -> None:
    some = Sign(("22P05",), course=Course.SELECTIVE)
    assert isinstance(judged(some, BOOT, line(Kind.ERROR, "22P05", "x"), SAVED, AUTHORIZED), Confirmed)


def test_an_error_of_an_earlier_run_is_undecided_once_people_log_in_again() -> None:
    assert isinstance(judged(FULL, BOOT, ERROR, BOOT, LOGIN), Undecided)
    assert isinstance(judged(FULL, BOOT, ERROR, BOOT), Confirmed)


def test_another_tables_error_is_not_ours() -> None:
    missing = Sign(("42P01",), of_sessions=True)
    error = line(Kind.ERROR, "42P01", 'relation "invoices" does not exist')
    assert isinstance(judged(missing, BOOT, error), RuledOut)


def test_an_error_that_names_nothing_proves_nothing_unless_a_save_met_it() -> None:
    too_long = Sign(("22001",), of_sessions=True)
    text = "value too long for type character varying(20)"
    assert isinstance(judged(too_long, BOOT, line(Kind.ERROR, "22001", text)), Undecided)
    assert isinstance(judged(too_long, BOOT, line(Kind.SAVE_ERROR, "22001", text)), Confirmed)


def test_the_same_code_with_other_words_is_another_error() -> None:
    limit = Sign(("57014",), only="statement timeout")
    assert judged(limit, BOOT, line(Kind.ERROR, "57014", "canceling statement due to user request")) is None


def test_an_error_without_a_code_is_told_by_its_words_and_one_with_another_code_is_not() -> None:
    assert isinstance(judged(FULL, BOOT, line(Kind.SAVE_ERROR, "", "No space left on device")), Confirmed)
    assert judged(FULL, BOOT, line(Kind.SAVE_ERROR, "58030", "No space left on device")) is None


def test_what_the_log_says_twice_is_shown_once() -> None:
    text = "No space left on device"
    finding = judged(FULL, BOOT, line(Kind.ERROR, "53100", text), line(Kind.EXIT, "53100", text))
    assert isinstance(finding, Confirmed)
    assert len(finding.evidence) == 1


def test_without_a_log_or_with_one_that_says_nothing_the_error_is_unseen() -> None:
    assert isinstance(signs.absent(facts()), Unseen)
    assert isinstance(signs.absent(facts(None, log())), Unseen)


def test_a_log_without_the_error_rules_it_out_and_says_how_much_was_read() -> None:
    finding = signs.absent(facts(None, log(BOOT, SAVED, EXIT)))
    assert finding == RuledOut("no such error in 3 lines of log")
