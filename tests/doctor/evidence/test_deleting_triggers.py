"""A trigger that ends a user's other sessions is told from one that prunes."""

import pytest

from sessile.doctor.facts import Facts
from sessile.doctor.findings import Noted, Unseen
from tests.doctor.evidence.session_table import TABLE, execute, look
from tests.doctor.facts_builder import NOW, judge

ONE_PER_USER = "DELETE FROM session WHERE sid <> NEW.sid AND sess ->> 'userId' = NEW.sess ->> 'userId'"
PRUNES = "DELETE FROM session WHERE expire < now()"


@pytest.mark.parametrize(("statement", "finding"), [(ONE_PER_USER, Noted), (PRUNES, Unseen)])
def test_what_its_function_deletes(database: str, statement: str, finding: type) -> None:
    function = f"CREATE FUNCTION deletes() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {statement}; RETURN NEW; END$$;"
    trigger = "CREATE TRIGGER deletes AFTER INSERT ON session FOR EACH ROW EXECUTE FUNCTION deletes()"
    execute(database, f"{TABLE}{function}{trigger}")
    assert isinstance(judge("find-single-session", Facts(now=NOW, database=look(database))), finding)
