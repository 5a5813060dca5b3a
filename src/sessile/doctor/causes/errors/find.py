"""Errors by which rows that are there are not found: damage on the disk."""

from sessile.doctor.causes.errors.row import Met, Row
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.findings import Frequency, Remedy

ROWS = (
    Row(
        slug="deleted-during-request",
        title="The session was deleted while one of its requests was on its way",
        symptom="A single request is answered 400, mostly right after a logout, while others of the page were still running.",
        evidence="Django: the request's session was deleted before the request completed (SessionInterrupted).",
        tell_apart="400, and not 401. Where it comes without a logout, something deletes rows that live: find-rows-removed.",
        fix="None is needed where a user logged out: the client may ask once more, or ignore the answer.",
        sign=Sign(("SESSION_DELETED",), text="session was deleted before the request completed", course=Course.SELECTIVE),
        met=Met.IN_THE_SERVICE,
        remedy=Remedy("Let the page wait for its requests before it logs out, or ignore a 400 after a logout", None),
        entries=("django-session-interrupted",),
        frequency=Frequency.RARE,
        links={},
    ),
    Row(
        slug="index-corrupt",
        title="The session table's index is damaged",
        symptom="Requests fail with 500 for some or all sessions.",
        evidence="XX002: an index holds a bad or empty page, or its order is broken; or XX000 on opening the index's file.",
        tell_apart="This is what a corrupted session table looks like; 42P16 is not. The same row is found when the index"
        " is not used (SET enable_indexscan = off).",
        fix="Copy the rows first, then rebuild the index. The rows stay.",
        sign=Sign(
            ("XX002", "XX000"),
            only=r"in index|index \"|item order|target block",
            course=Course.SELECTIVE,
            of_sessions=True,
        ),
        met=Met.SAVING,
        remedy=Remedy(
            "Back the rows up, then rebuild the index without blocking anybody",
            'pg_dump -t session "$DATABASE_URL" > session.sql && psql "$DATABASE_URL" -c "REINDEX TABLE CONCURRENTLY session"',
        ),
        entries=("index-physically-corrupt",),
        frequency=Frequency.RARE,
        unprovoked="PostgreSQL calls an overwritten page XX001 in an index too; it is tested on the errors of its source.",
    ),
    Row(
        slug="table-corrupt",
        title="Pages of the session table are damaged",
        symptom="Requests fail with 500 for the sessions on those pages, and pg_dump fails too.",
        evidence="XX001: invalid page in a block of the table's own file; 58P01 or 58030 where the file cannot be read.",
        tell_apart="A damaged index is XX002 and names the index; rebuilding it cures that, and does not cure this.",
        fix="Stop and copy the whole cluster before anything else; restore from a backup, save what can still be read.",
        sign=Sign(
            ("XX001", "58P01", "58030"),
            only="invalid page|could not (open|read)|checksum",
            course=Course.SELECTIVE,
            of_sessions=True,
        ),
        met=Met.SAVING,
        remedy=Remedy("Copy the cluster's files, restore from a backup; no tool cures this in place", None),
        entries=("heap-corrupt",),
        frequency=Frequency.RARE,
    ),
)
