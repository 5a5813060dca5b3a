"""Errors by which sessions are not found, or not any more."""

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
)
