"""The secret is made up at every start, so each restart logs everybody out.

Symptom: everyone is logged out by every deploy, restart, crash or wake-up of the service, and by nothing else.
Evidence: in the code, the secret is a random value or the time, or falls back to one. The keys that the service names
    differ from start to start; or no secret is set, the service starts all the same, and after a later start cookies fail
    their signature. The rows of before are still in the table.
Tell apart: a memory store loses the rows as well. A secret that was changed once does this once, not at every start.
Fix: give the service one fixed secret. If the running process's secret can still be read, add it as the last one of the
    list, and its sessions stay valid too.
"""

from sessile.doctor import layers, running, secrets, written
from sessile.doctor.causes import code, signed
from sessile.doctor.facts import Environment, Evidence, Facts, Log
from sessile.doctor.facts.logs import Event
from sessile.doctor.facts.source import Fresh, Variable
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Undecided, Unseen

ENTRIES = ("secret-random-per-boot", "flask-secret-random-workers")
FREQUENCY = Frequency.VERY_COMMON
REMEDY = Remedy(
    "Set SESSION_SECRET to one value of its own, the same for every instance; the next start is the last that logs people out",
    'echo "SESSION_SECRET=$(sessile secret new)" >> .env',
    logs_out="whoever logged in since the last start, once",
    instead="read the running process's secret, where a debugger or a log can, and put it second in the list of secrets",
)
LINKS = {
    "401 after a restart": Level.ALWAYS,
    "signature invalid": Level.SOMETIMES,
    "login, then 401": Level.RARELY,
    "cookie comes back in vain": Level.SOMETIMES,
    "boot failed": Level.NEVER,
}

BY_THE_SOURCE = 0.97


def judge(facts: Facts) -> Finding:
    for log in facts.logs:
        if made_up := _made_up(facts, log):
            return Confirmed(made_up)
    if coded := _fresh(facts):
        after = tuple(log.evidence(event) for log in facts.logs for event in _failed_after_restart(log))
        return Confirmed((*coded, *after), certainty=code.BOTH if after else code.BY_CODE)
    fixed = next((log for log in facts.logs if len(secrets.starts(log)) > 1 and not secrets.changes(log)), None)
    if fixed:
        return RuledOut(f"{len(secrets.starts(fixed))} starts in {fixed.source} sign with the same key")
    if in_source := _by_the_source(facts):
        return in_source
    without = secrets.absences(facts)
    failed = [(log, event) for log in facts.logs for event in _failed_after_restart(log)]
    if without and failed:
        return Confirmed(without + tuple(log.evidence(event) for log, event in failed), certainty=0.95)
    if foreign := signed.by_none(facts):
        return Undecided(without + foreign)
    if _is_given(facts):
        return RuledOut(f"a fixed secret is set in {', '.join(one.source for one in facts.environments if one.service_like)}")
    if any(log.boots > 1 for log in facts.logs) or (without and running.several(facts)):
        shown = without + tuple(log.evidence(event) for log, event in failed)
        return Undecided(shown, Need.ENVIRONMENT, alike=not shown)
    return Unseen(Need.LOG, "no log over a restart was given")


def _by_the_source(facts: Facts) -> Confirmed | None:
    """The source, or a start command, that makes the secret up; or does where a variable is not set, and it is not."""
    if always := written.made_up(facts) + running.made_up_secrets(facts):
        return Confirmed((*always[:2], *running.several(facts)[:1]), certainty=BY_THE_SOURCE)
    for name, evidence in written.made_up_unless_set(facts):
        if lacking := written.lacks(facts, name):
            absence = Evidence(f"{name} is not set here", "environment", lacking.source)
            return Confirmed((evidence, absence), certainty=BY_THE_SOURCE)
    return None


def _made_up(facts: Facts, log: Log) -> tuple[Evidence, ...]:
    """The starts that prove it: three or more, each with a new key; or two, and neither key is one that is set."""
    starts, changes = secrets.starts(log), secrets.changes(log)
    service = [one for one in facts.environments if one.service_like]
    fixed = frozenset().union(*(secrets.fingerprints(one) for one in service))
    unread = any(_may_sign(name, one) for one in service for name in one.names) or _is_named(facts)
    never_set = bool(service) and not unread and not any(fixed & set(start.keys) for start in starts)
    always = bool(changes) and len(changes) == len(starts) - 1
    return tuple(start.evidence for start in starts) if always and (len(starts) > 2 or never_set) else ()


def _may_sign(name: str, environment: Environment) -> bool:
    """Whether a variable may hold a session secret under a name of the service's own, so that its key is not known here."""
    return name.upper().endswith("SECRET") and name not in {secret.name for secret in environment.secrets}


def _is_named(facts: Facts) -> bool:
    """Whether the code takes its secret from a variable that is set, whatever its name."""
    given = {name for one in facts.environments for name in one.names}
    secrets_of = (layer.option("secret") for layer in layers.layers(facts))
    return any(isinstance(one.value, Variable) and one.value.name in given for one in secrets_of if one)


def _fresh(facts: Facts) -> tuple[Evidence, ...]:
    """The code that makes the secret up at each start, unless an environment sets the variable that goes before."""
    found = []
    for source, _, setting in code.options(facts, "secret"):
        value = setting.value
        fallback = value.default if isinstance(value, Variable) else value
        unset = isinstance(value, Variable) and any(value.name not in one.names for one in code.environments(facts))
        if isinstance(fallback, Fresh) and (unset or fallback is value):
            found.append(source.evidence(setting.place, f"each start makes the secret anew, with {fallback.how}"))
    return tuple(found)


def _is_given(facts: Facts) -> bool:
    service = [one for one in facts.environments if one.service_like]
    return bool(service) and all(secrets.gives_secret(one) for one in service)


def _failed_after_restart(log: Log) -> tuple[Event, ...]:
    return tuple(event for event in secrets.bad_signatures(log) if log.boots > 1 and event.last.boot > 1)
