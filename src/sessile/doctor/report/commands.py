"""The commands that a report prints, written the way this person names the database."""

from dataclasses import replace

from sessile.doctor.diagnosis import Diagnosis, Suspect

VARIABLE = '"$DATABASE_URL"'


def addressed(diagnosis: Diagnosis, database: str) -> Diagnosis:
    """The same diagnosis, its commands naming the database as `database` does: `.env`, or `"$SHOP_URL" --table auth.session`."""
    return replace(
        diagnosis,
        causes=tuple(_addressed(suspect, database) for suspect in diagnosis.causes),
        next=tuple(replace(one, command=one.command.replace(VARIABLE, database)) for one in diagnosis.next),
    )


def _addressed(suspect: Suspect, database: str) -> Suspect:
    remedy = suspect.cause.remedy
    if not remedy.command:
        return suspect
    remedy = replace(remedy, command=remedy.command.replace(VARIABLE, database))
    return replace(suspect, cause=replace(suspect.cause, remedy=remedy))
