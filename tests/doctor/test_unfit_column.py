"""A column that holds no session is where it stops, whatever the reader then says of what it finds there."""

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts.logs import Kind
from sessile.session.outcome import Station
from sessile.stores.postgres.shape import Column
from tests.doctor.facts_builder import BOOT, EXPIRE, LOGIN, SID, database, facts, line, log, made_of

UNREADABLE = line(Kind.ERROR, "COOKIE_READ", "Cannot read properties of undefined (reading 'expires')")
ENDED = line(Kind.EXIT, "", "Application startup failed. Exiting.")


@pytest.mark.parametrize(("kind", "unfit"), [("bytea", True), ("json", False)])
@pytest.mark.parametrize("said", [UNREADABLE, ENDED])
def test_what_cannot_be_held_is_not_saved(kind: str, unfit: bool, said: tuple[Kind, str, str, tuple[str, ...]]) -> None:
    known = database(table=made_of(SID, Column("sess", kind, not_null=True), EXPIRE))
    found = diagnose(facts(known, log(BOOT, LOGIN, said, said)), []).something_else
    assert found is not None
    assert (found.stations == (Station.SAVE,)) is unfit
