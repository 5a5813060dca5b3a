"""Diagnoses made by hand, as the reports are given them."""

import io

from rich.console import Console

from sessile.doctor.causes import Cause, cause_named
from sessile.doctor.diagnosis import (
    Collection,
    Confidence,
    Diagnosis,
    Exclusion,
    Item,
    Note,
    State,
    Stop,
    Suspect,
    Unchecked,
    Verdict,
)
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.findings import Need, Remedy, Undecided
from sessile.doctor.report import terminal
from sessile.doctor.report.page import Page
from sessile.doctor.report.terminal import Surroundings
from sessile.session.outcome import Station

TITLE = '"public"."session" has no key that ON CONFLICT (sid) can use'
CHECKLIST = (
    Item("Session table exists and is not corrupted", "no", TITLE),
    Item("SESSION_SECRET is set in the environment variables", "yes", "set in 1 place"),
    Item("Session cookie is present in the browser", "unknown", "nothing that was given shows it"),
    Item("Cookie is being sent with requests", "unknown", "nothing that was given shows it"),
    Item("No session-related errors in the logs", "no", "Session save error (app.log:17)"),
    Item("Database connection is working", "yes", "connected"),
    Item("CORS is configured correctly (credentials: true)", "unknown", "no request of a browser was seen"),
)
PROOF = (
    Evidence(
        "42P10 there is no unique or exclusion constraint matching the ON CONFLICT specification",
        "experiment",
        "statement 'save', rolled back",
    ),
    Evidence('"public"."session" has IDX_session_expire (expire); none is unique on (sid)', "postgres", "pg_index"),
    Evidence("Session save error: no unique constraint (12 times, last in line 340)", "log", "app.log:17"),
    Evidence("12 logins were followed by a 401 within seconds", "log", "app.log"),
)


NO_KEY = Cause(
    id="save-no-primary-key",
    station=Station.SAVE,
    title="No key on sid that ON CONFLICT can use, so no login is saved",
    sections={"Symptom": "s", "Evidence": "e", "Tell apart": "t", "Fix": "f"},
    judge=lambda _: Undecided(),
    remedy=Remedy(
        "Give sid its primary key, in place; duplicates keep the row that expires last",
        'sessile fix save-no-primary-key "$DATABASE_URL"',
    ),
    entries=("no-unique-on-sid",),
)


def known(cause_id: str) -> Cause:
    """A cause of the catalogue."""
    cause = cause_named(cause_id)
    if cause is None:
        raise LookupError(cause_id)
    return cause


def journey(broken: Station | None = None, because: str = TITLE) -> tuple[Stop, ...]:
    """The stations: those before the broken one were passed, those after it were not seen."""
    states = [
        State.BROKEN if s is broken else State.OK if broken and s.position < broken.position else State.UNSEEN for s in Station
    ]
    return tuple(
        Stop(station, state, because if state is State.BROKEN else f"about {station}")
        for station, state in zip(Station, states, strict=True)
    )


def sick(cause: Cause | None = None, evidence: tuple[Evidence, ...] = PROOF, title: str = TITLE) -> Diagnosis:
    """A proven cause, another one that is likely, and something of everything else."""
    cause = cause or NO_KEY
    return Diagnosis(
        verdict=Verdict.SICK,
        journey=journey(cause.station, title),
        causes=(
            Suspect(cause, title, Confidence.CONFIRMED, 0.99, evidence),
            Suspect(known("find-row-security"), "Row security hides rows", Confidence.LIKELY, 0.7249, PROOF[:1], PROOF[1:2]),
        ),
        notes=(Note("verify-secret-known-default", "The secret is a known default", "every instance verifies what it signed"),),
        ruled_out=(Exclusion(known("reach-refused"), "the doctor connected"),),
        not_checked=(Unchecked(known("reach-pool-ended"), Need.LOG, "no log over a restart was given"),),
        next=(
            Collection("the service's log", 'sessile doctor "$DATABASE_URL" app.log', ("reach-pool-ended", "boot-memory-store")),
        ),
        checklist=CHECKLIST,
    )


def healthy() -> Diagnosis:
    """Nothing wrong in what was seen, and a log that was not."""
    return Diagnosis(
        verdict=Verdict.HEALTHY,
        journey=journey(),
        causes=(),
        notes=(),
        ruled_out=(),
        not_checked=(Unchecked(known("reach-pool-ended"), Need.LOG, "no log was given"),),
        next=(),
        checklist=CHECKLIST,
    )


def puzzling() -> Diagnosis:
    """A symptom that nothing explains."""
    return Diagnosis(
        verdict=Verdict.CANNOT_TELL,
        journey=journey(),
        causes=(),
        notes=(),
        ruled_out=(),
        not_checked=(),
        next=(),
        checklist=CHECKLIST,
        symptoms=(Evidence("of 23 sessions saved within a day, 23 were never used again", "postgres", "expire"),),
    )


def told(
    diagnosis: Diagnosis, around: Surroundings | None = None, *, width: int = 80, encoding: str = "utf-8", verbose: bool = False
) -> str:
    """The terminal report as it comes out of a pipe of that width and encoding."""
    out = io.TextIOWrapper(io.BytesIO(), encoding, errors="backslashreplace")
    page = Page(Console(file=out, width=width, highlight=False, markup=False))
    terminal.write(
        page, diagnosis, around or Surroundings(("postgresql://app:***@db.example.com:5432/shop (from .env)",)), verbose=verbose
    )
    out.seek(0)
    return out.read()
