"""What a healthy report calls unseen is what nobody gave, not what it lacked."""

from pathlib import Path

from sessile.doctor.diagnose import diagnose
from sessile.doctor.findings import Need
from sessile.doctor.report.headline import headline
from tests.doctor.causes.frameworks import django, seen
from tests.doctor.evidence.test_log_guarded import START, read
from tests.doctor.facts_builder import facts


def test_code_in_python_is_the_services_code(tmp_path: Path) -> None:
    diagnosis = diagnose(seen(tmp_path, django(), read(*START)))
    assert {Need.SOURCE, Need.LOG} <= diagnosis.given
    assert "the service's code" not in headline(diagnosis)
    assert "the service's log" not in headline(diagnosis)
    assert "the database" in headline(diagnosis)


def test_nothing_given_is_nothing_seen() -> None:
    assert diagnose(facts()).given == frozenset()


def test_causes_of_express_do_not_ask_for_its_code_then(tmp_path: Path) -> None:
    diagnosis = diagnose(seen(tmp_path, django()))
    assert not any("Express" in one.why for one in diagnosis.not_checked)
