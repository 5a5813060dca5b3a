"""The commands that a report prints, written the way this person names the database."""

from dataclasses import replace

from sessile.doctor.diagnosis import Diagnosis, Suspect

VARIABLE = '"$DATABASE_URL"'


def addressed(diagnosis: Diagnosis, database: str) -> Diagnosis:
    """The same diagnosis, its commands naming the database as `database` does: `.env`, or `"$SHOP_URL" --table auth.session`."""
    return replace(
        diagnosis,
        causes=tuple(_addressed(suspect, database) for suspect in diagnosis.causes),
        next=tuple(replace(one, command=_rewritten(one.command, database)) for one in diagnosis.next),
    )


def _addressed(suspect: Suspect, database: str) -> Suspect:
    remedy = suspect.cause.remedy
    if not remedy.command:
        return suspect
    remedy = replace(remedy, command=_rewritten(remedy.command, database))
    return replace(suspect, cause=replace(suspect.cause, remedy=remedy))


def _rewritten(command: str, database: str) -> str:
    """Only sessile reads a URL out of a .env file; psql and its like get the variable."""
    return command.replace(VARIABLE, database) if command.startswith("sessile ") else command
