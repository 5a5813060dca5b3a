"""Commands are written the way this person names the database."""

from dataclasses import replace

from sessile.doctor.findings import Remedy
from sessile.doctor.report.commands import addressed
from tests.doctor.report.patients import NO_KEY, sick


def test_our_own_commands_name_the_file_that_was_given() -> None:
    diagnosis = addressed(sick(), "web.env --table auth.session")
    assert diagnosis.causes[0].cause.remedy.command == "sessile fix save-no-primary-key web.env --table auth.session"
    assert diagnosis.next[0].command == "sessile doctor web.env --table auth.session app.log"


def test_other_programs_get_the_variable_for_they_read_no_env_file() -> None:
    cause = replace(NO_KEY, remedy=Remedy("See whether it answers", 'pg_isready -d "$DATABASE_URL"'))
    diagnosis = addressed(sick(cause), "web.env")
    assert diagnosis.causes[0].cause.remedy.command == 'pg_isready -d "$DATABASE_URL"'
