"""Errors by which a row is found and cannot be read."""

from sessile.doctor.causes import sight
from sessile.doctor.causes.errors.row import Met, Row
from sessile.doctor.causes.read.user_erased import NOBODY_FOUND
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Facts
from sessile.doctor.facts.database import Rows
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Frequency, Level, Remedy

LINKS = {"server errors with a cookie": Level.USUALLY}


def _all_rows_readable(facts: Facts) -> str | None:
    rows = sight.rows(facts)
    if not isinstance(rows, Rows) or not rows.complete or not rows.read or rows.without_cookie or rows.not_objects:
        return None
    return f"all {rows.read} rows hold an object with a cookie"


def _every_new_session_fails(facts: Facts) -> str | None:
    """What says that maxAge is text for all sessions, not in one row: new ones fail, too, and end the process."""
    errors = (error for log in facts.logs for error in log.errors)
    return "new sessions fail as well, so it is no single row" if any(one.code == "MAXAGE_READ" for one in errors) else None


def _look_up_works(facts: Facts) -> str | None:
    """What says that users are found, or that none was looked for: a login that fails has frames of the same file."""
    if any(source.did(Deed.LOOKS_UP_OBJECT) for source in facts.sources):
        return NOBODY_FOUND
    failed = [(log, event) for log in facts.logs for event in log.of(Kind.ERROR, "DESERIALIZE_FAILS")]
    if any(later.last.line > event.last.line for log, event in failed for later in log.of(Kind.AUTHORIZED)):
        return "users were let in since"
    no_login = any(log.count(Kind.SERVER_ERROR) and not log.count(Kind.LOGIN) for log, _ in failed)
    return "the log has requests, and no login that worked" if no_login else None


ROWS = (
    Row(
        slug="deserialize-fails",
        title="The look-up of a session's user fails, and with it every request of whoever is logged in",
        symptom="The login answers 200, and then every page 500; guests are served.",
        evidence="In the log, an error whose stack leads through passport's deserializeUser (or the file named for passport that"
        " has it), Django's get_user, or Flask-Login's user_loader: a TypeError, or a statement that names a table or column that"
        " is not there.",
        tell_apart="The session is found and read. Failed to deserialize user out of session is another error: nobody looked, or"
        " nobody was found (read-deserialize-missing, read-user-unknown).",
        fix="Mend the look-up. No session is lost.",
        sign=Sign(("DESERIALIZE_FAILS",), course=Course.SELECTIVE),
        met=Met.IN_THE_SERVICE,
        unless=_look_up_works,
        remedy=Remedy(
            "Mend the look-up of the user: deserializeUser, user_loader, or the backend's get_user",
            changes=(
                Change(
                    "Flask",
                    "@login_manager.user_loader\ndef load(id): return User.query.filter_by(id=id).one()",
                    "@login_manager.user_loader\ndef load(id): return db.session.get(User, int(id))",
                ),
                Change(
                    "Express",
                    "passport.deserializeUser(async (id, done) => done(null, await findWithClinic(id)))",
                    "passport.deserializeUser((id, done) => findUser(id).then((user) => done(null, user || null), done))",
                ),
            ),
        ),
        entries=(),
        frequency=Frequency.RARE,
        links={"server errors with a cookie": Level.ALWAYS},
    ),
    Row(
        slug="user-key-of-another-type",
        title="Sessions name their user by a key that the user model no longer has: their requests fail",
        symptom="After a deploy whoever was logged in gets 500 on every page, until the cookie is deleted; new logins work.",
        evidence="In the log, an error whose stack ends in Django's _get_user_session_key: _auth_user_id is no value"
        " of the model's primary key, as where AUTH_USER_MODEL went from numbers to UUIDs.",
        tell_apart="A user who is gone is nobody, without an error. With another SECRET_KEY no session is read at all.",
        fix="End the sessions of before once, or translate their keys.",
        sign=Sign(("USER_KEY",), course=Course.SELECTIVE),
        met=Met.IN_THE_SERVICE,
        remedy=Remedy(
            "End the sessions that were begun before the key changed: they are of no use to anybody",
            logs_out="whoever logged in before the change, once: every page is an error to them now",
            instead="a SessionStore of your own whose load() puts the new key in the place of the old one keeps them",
        ),
        entries=(),
        frequency=Frequency.RARE,
        links={"server errors with a cookie": Level.ALWAYS},
    ),
    Row(
        slug="flask-expiry-null",
        title="Rows of Flask-Session without an expiry break their users' requests",
        symptom="Some users get 500 after a logout, until their row is mended.",
        evidence="can't compare datetime.datetime to NoneType: Flask-Session before 0.6 compares without looking.",
        tell_apart="The same error for everybody is a column with a time zone: read-expiry-with-zone.",
        fix="Give those rows an expiry, then upgrade Flask-Session, which takes rows without one for expired.",
        sign=Sign(("EXPIRY_NULL",), text="datetime to NoneType|NoneType' and 'datetime", course=Course.SELECTIVE),
        met=Met.IN_THE_SERVICE,
        remedy=Remedy(
            "Give the rows without an expiry one, as long as Flask's sessions live, then upgrade Flask-Session",
            """psql "$DATABASE_URL" -c "UPDATE sessions SET expiry = now() AT TIME ZONE 'UTC' + interval '31 days' """
            """WHERE expiry IS NULL\"""",
        ),
        entries=("flask-session-null-expiry",),
        frequency=Frequency.RARE,
        links=LINKS,
        unprovoked="Flask-Session before 0.6 does not run on today's Flask; it is tested on the text that its users report.",
    ),
    Row(
        slug="serializer-changed",
        title="Sessions were written in a format that this version of Flask-Session does not read",
        symptom="After an upgrade, or where two versions run side by side, all sessions of before are answered 500.",
        evidence='"Failed to deserialize session data": Flask-Session 0.7 changed from pickle to MessagePack, and still reads'
        " pickle; other data it does not.",
        tell_apart="New sessions work. A value that is compressed or encrypted by the app's own serializer looks the same.",
        fix="Let one version run at a time, and go from 0.5 over 0.7 or 0.8, which rewrites sessions as they are used.",
        sign=Sign(("SESSION_UNREADABLE",), text="Failed to deserialize session data", course=Course.SELECTIVE),
        met=Met.IN_THE_SERVICE,
        remedy=Remedy(
            "Run one version of Flask-Session everywhere, and none that skips 0.7 or 0.8", "pip install 'flask-session==0.8.0'"
        ),
        entries=("flask-session-serialiser-changed",),
        frequency=Frequency.RARE,
        links=LINKS,
        unprovoked="It needs a row of one serialiser and Flask-Session with another, which the lab's Flask does not use; it is"
        " tested on the error of its source.",
    ),
    Row(
        slug="cookie-missing",
        title="Rows without a cookie object break every request of their users",
        symptom="Single users get 500 until their row expires; all others are well.",
        evidence="Express: cannot read properties of undefined (reading 'expires'); the row's `sess` is an object without"
        " `cookie`, or no object at all.",
        tell_apart="One cookie always fails and the others never. It comes from a writer that is not express-session.",
        fix="Write the cookie object into those rows; do not delete them.",
        sign=Sign(("COOKIE_READ",), text=r"reading 'expires'", course=Course.SELECTIVE),
        rivals=("save-sess-wrong-type",),
        met=Met.IN_THE_SERVICE,
        unless=_all_rows_readable,
        remedy=Remedy(
            "Add the cookie object that Express expects to the rows that lack it",
            """psql "$DATABASE_URL" -c "UPDATE session SET sess = jsonb_set(sess::jsonb, '{cookie}',"""
            """ '{\\"originalMaxAge\\":null,\\"expires\\":null,\\"path\\":\\"/\\",\\"httpOnly\\":true}')"""
            """ WHERE json_typeof(sess::json) = 'object' AND sess::jsonb->'cookie' IS NULL\"""",
        ),
        entries=("row-json-malformed",),
        frequency=Frequency.RARE,
        links=LINKS,
    ),
    Row(
        slug="max-age-text",
        title="originalMaxAge is a string in the row, so that user's requests hang",
        symptom="The requests of one session never end.",
        evidence="Express: maxAge must be a number or Date, thrown while the response ends.",
        tell_apart="A starved pool hangs for everybody, this for one session only.",
        fix="Make it a number in the row, and in whatever wrote it.",
        sign=Sign(("MAXAGE_TYPE",), text="maxAge must be a number", course=Course.SELECTIVE),
        met=Met.IN_THE_SERVICE,
        unless=_every_new_session_fails,
        remedy=Remedy(
            "Set cookie.originalMaxAge to a number (milliseconds) in those rows",
            """psql "$DATABASE_URL" -c "UPDATE session SET sess = jsonb_set(sess::jsonb, '{cookie,originalMaxAge}',"""
            """ to_jsonb((sess::jsonb->'cookie'->>'originalMaxAge')::numeric))"""
            """ WHERE jsonb_typeof(sess::jsonb->'cookie'->'originalMaxAge') = 'string'\"""",
        ),
        entries=("row-originalmaxage-string",),
        frequency=Frequency.RARE,
        links=LINKS,
    ),
)
