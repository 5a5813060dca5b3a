"""No session secret is set, so no session can be signed.

Symptom: on Express every request that needs a session is answered 500, from the first one on; a service on sessile does
    not start.
Evidence: "secret option required for sessions" (Express, for an unset and for an empty variable) or "SESSION_SECRET is
    not set" (sessile); the variable is missing, empty or misspelt in the environment.
Tell apart: anonymous pages fail too, and the store is not even asked; a store's fault shows only once a cookie comes.
    Where the code falls back to a random value, verify-secret-random-per-boot is the cause.
Fix: set SESSION_SECRET for every instance and deploy. If an earlier value is known, use exactly that one: then the
    sessions of before are valid again.
"""

from sessile.doctor import secrets, written
from sessile.doctor.causes import signs
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Environment, Evidence, Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Finding, Level, Need, Remedy, RuledOut, Undecided, Unseen

ENTRIES = ("secret-missing", "flask-secret-missing", "env-not-loaded-or-misspelt", "preview-env-secret-missing")
REMEDY = Remedy(
    "Set SESSION_SECRET to one value of its own, the same for every instance, and start the service again",
    'echo "SESSION_SECRET=$(sessile secret new)" >> .env',
    logs_out="whoever still has a cookie of an earlier secret, if there was one",
    instead="set exactly that earlier value again, or put it behind the new one (SESSION_SECRET_PREVIOUS, or second in the list)",
)
LINKS = {
    "server errors with a cookie": Level.USUALLY,
    "boot failed": Level.SOMETIMES,
    "login, then 401": Level.NEVER,
    "401 after a restart": Level.NEVER,
}

BOTH_SAY_SO = 0.99
BY_THE_SOURCE = 0.9
MISSING = Sign(("SECRET_MISSING",), text="secret option required for sessions|sessions cannot be signed|no secret key was set")


def judge(facts: Facts) -> Finding:
    if refused := _refused(facts):
        return Confirmed(refused, "The service refuses to start, because its session secret is easy to guess", signs.A_LOGS_WORD)
    without = [one for one in facts.environments if one.service_like and not secrets.gives_secret(one)]
    missing = signs.judge(facts, MISSING)
    if isinstance(missing, Confirmed):
        return Confirmed(
            missing.evidence + tuple(map(_absence, without)), certainty=BOTH_SAY_SO if without else missing.certainty
        )
    left_out = written.left_out(facts)
    if left_out and not any(secrets.gives_secret(one) for one in facts.environments):
        return Confirmed(left_out, certainty=BY_THE_SOURCE)
    if used := _in_use(facts):
        return RuledOut(used)
    if without:
        return Undecided(tuple(_absence(one) for one in without))
    if given := next((one for one in facts.environments if secrets.gives_secret(one)), None):
        return RuledOut(f"{given.secret.name if given.secret else 'SESSION_SECRET_FILE'} is set in {given.source}")
    return missing or Unseen(Need.ENVIRONMENT, "no environment of the service was given")


def _refused(facts: Facts) -> tuple[Evidence, ...]:
    """The refusal of a weak secret, where the last start ended with it."""
    return tuple(
        log.evidence(event)
        for log in facts.logs
        for event in log.of(Kind.WARNING, "SECRET_WEAK")
        if "make one with" in event.text and any(end.last.boot >= log.boots for end in log.of(Kind.EXIT))
    )


def _absence(environment: Environment) -> Evidence:
    if environment.empty:
        says = f"{environment.empty[0]} is set to nothing"
    elif environment.lookalikes:
        says = f"{environment.lookalikes[0]} is set, SESSION_SECRET is not"
    else:
        says = f"none of {len(environment.names)} variables is a session secret"
    return Evidence(says, "environment", environment.source)


def _in_use(facts: Facts) -> str | None:
    """What shows that the service signs with some secret, wherever it has it from."""
    for log in facts.logs:
        if secrets.starts(log):
            return f"{log.source} names the keys that the service signs with"
        if log.count(Kind.AUTHORIZED):
            return f"{log.source} has {log.count(Kind.AUTHORIZED)} requests that were let in by their session"
    return None
