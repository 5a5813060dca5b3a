"""What the service's own code shows a cause, and when that is a proof.

Code proves a cause where whatever request meets it must fail: a session that comes after all routes. Where it only allows a
failure (a redirect before the save), it is a remark until something else shows that users suffer.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sessile.doctor import layers
from sessile.doctor.facts import Environment, Evidence, Facts, Source, Unknown
from sessile.doctor.facts.concealed import MASK
from sessile.doctor.facts.source import Act, Choice, Deed, Framework, Literal, Part, Place, Setting, Step, Value, Variable
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Need, Noted, RuledOut, Seen, Undecided, Unseen
from sessile.doctor.observations import OBSERVATIONS
from sessile.doctor.visits import visits

BY_CODE: Final = 0.95
"""How sure code is where it makes a failure certain: another version of it may be running."""
BOTH: Final = 0.97
"""How sure code is together with a log or a recording that shows what it does."""


def express(facts: Facts) -> tuple[Source, ...]:
    """The applications on Express."""
    return tuple(source for source in facts.sources if source.framework is Framework.EXPRESS)


def sessions(source: Source, *, library: str = "express-session") -> tuple[Step, ...]:
    """The steps that give requests their session, those of one library."""
    return tuple(step for step in source.of(Part.SESSION) if step.library == library)


def options(facts: Facts, *names: str) -> Iterator[tuple[Source, Step, Setting]]:
    """Every option of those names that a session middleware is given, whatever its value."""
    for source in express(facts):
        for step in sessions(source):
            yield from ((source, step, found) for name in names if (found := step.setting(name)))


def steps(facts: Facts, part: Part) -> Iterator[tuple[Source, Step]]:
    """Every step of one kind in the applications on Express."""
    for source in express(facts):
        yield from ((source, step) for step in source.of(part))


def did(facts: Facts, *deeds: Deed) -> Iterator[tuple[Source, Act]]:
    """Every act of some kinds in the applications on Express."""
    yield from ((source, act) for source in express(facts) for act in source.did(*deeds))


def in_python(facts: Facts, *deeds: Deed) -> Iterator[tuple[Source, Act]]:
    """Every act of some kinds in the applications in Python."""
    for source in layers.sources(facts):
        yield from ((source, act) for act in source.did(*deeds))


def any_python(facts: Facts) -> bool:
    """Whether the code of a service in Python was read."""
    return bool(layers.sources(facts))


def shown(acts: Iterable[tuple[Source, Act]], says: str) -> tuple[Evidence, ...]:
    """What is said of each act where it stands; `{deed}` and `{detail}` in `says` are the act's own."""
    return tuple(source.evidence(act.place, says.format(deed=act.deed, detail=act.detail)) for source, act in acts)


def absent(facts: Facts, because: str, *names: str) -> RuledOut | Unseen:
    """The finding where the code does not show it: ruled out if all of it was read, and the options of those names."""
    read = express(facts)
    if not read and any_python(facts) and facts.rows is None:
        return RuledOut("the service is no service on Express")
    if not read:
        return Unseen(Need.SOURCE, "the code of no service on Express was given")
    unread = [setting for _, _, setting in options(facts, *names) if _unread(setting.value)]
    if unread:
        return Unseen(Need.SOURCE, f"what {unread[0].name} is cannot be read from the code ({unread[0].place})")
    whole = all(source.complete and source.ordered for source in read)
    return RuledOut(because) if whole else Unseen(Need.SOURCE, "not all of the code was read")


def _unread(value: Value) -> bool:
    """Whether nobody can tell what it is, or may be."""
    if isinstance(value, Choice):
        return _unread(value.yes) or _unread(value.no)
    return isinstance(value, Unknown)


def certain(facts: Facts, *proof: Evidence, changes: tuple[Change, ...] = (), loaded: bool = False) -> Finding:
    """The finding where the code makes the failure certain; what shows that sessions work contradicts it.

    `changes` are the edits of the service's own lines that mend it. `loaded` tells that it fails while sessions are loaded and
    saved again, so that only users who were let in contradict it.
    """
    works = users_let_in(facts) if loaded else sessions_work(facts)
    return RuledOut(f"{works}: what runs may be another version") if works else Confirmed(proof, "", BY_CODE, changes)


def edit(place: Place, pattern: str, replacement: str) -> tuple[Change, ...]:
    """The edit of one line of the service's code; none where the line is not shown whole, or does not have the pattern."""
    line = place.excerpt
    whole = line and MASK not in line and not line.endswith("…")
    after = re.sub(pattern, replacement, line) if whole else line
    return (Change(str(place), line, after),) if after != line else ()


def possible(
    facts: Facts, links: Mapping[str, Level], proof: tuple[Evidence, ...], why: str, title: str = ""
) -> Undecided | Noted:
    """The finding where the code allows the failure: a suspect if one of its symptoms was seen, else a remark.

    `title` is what the remark says, where the cause's own title tells of the failure.
    """
    remark = Noted(proof, why, title)
    symptoms = (name for name, level in links.items() if level is not Level.NEVER and OBSERVATIONS[name].symptom)
    if any(isinstance(OBSERVATIONS[name].look(facts), Seen) for name in symptoms):
        return Undecided(proof, remark=remark)
    return remark


def sessions_work(facts: Facts) -> str:
    """What shows that sessions come back and are found, "" if nothing does."""
    rows = facts.rows
    used = f"{rows.returning} sessions saved within a day were used again" if rows and rows.returning else ""
    return users_let_in(facts) or used


def users_let_in(facts: Facts) -> str:
    """What shows that users stay logged in, "" if nothing does."""
    for log in facts.logs:
        if log.login_then_authorized:
            return f"{log.source} has {log.login_then_authorized} logins after which a request was let in"
    if any(visit.came_back(one) for visit in visits(facts) for one in visit.let_in):
        return "a recorded request was let in with the cookie of its login"
    return ""


def environments(facts: Facts) -> tuple[Environment, ...]:
    """Those that configure the service."""
    return tuple(one for one in facts.environments if one.service_like)


def word(facts: Facts, variable: Variable | Choice) -> tuple[str, Environment] | None:
    """The value that an environment gives a variable, if it is no secret, and the environment."""
    name = variable.name if isinstance(variable, Variable) else variable.variable
    return next(((one.words[name], one) for one in environments(facts) if name in one.words), None)


def effective(facts: Facts, value: Value) -> Value:
    """A value as the given environments make it; `Unknown` where they do not tell."""
    match value:
        case Variable(name, default, _):
            known = word(facts, value)
            if known and known[0]:
                return Literal(known[0])
            lacking = environments(facts) and not any(name in one.names for one in environments(facts))
            return (
                effective(facts, default or Literal(None)) if known or lacking else Unknown(f"the value of {name} is not known")
            )
        case Choice(_, equals, yes, no):
            known = word(facts, value)
            if known is None:
                return deployed(facts, value)
            return effective(facts, yes if known[0] == equals or (equals is None and known[0]) else no)
    return value


def deployed(facts: Facts, value: Value) -> Value:
    """A value as the deployment files make it, which may be for another place than a .env file beside them."""
    if not isinstance(value, Choice):
        return value
    stages = {service.node_env for service in facts.deployments.web if service.node_env}
    if value.variable != "NODE_ENV" or len(stages) != 1 or value.equals is None:
        return Unknown(f"it depends on {value.variable or 'what is not known'}")
    return deployed(facts, value.yes if value.equals in stages else value.no)


def of_environment(value: Value) -> bool:
    """Whether it is a variable of the environment as it is, not one of two values."""
    return isinstance(value, Variable)


def converted(value: Value) -> bool:
    """Whether the code turns the text of a variable into what it should be."""
    return isinstance(value, Variable) and value.converted


def version(declared: str) -> tuple[int, ...]:
    """The first two numbers of a version as package.json declares it; () where it names none."""
    found = re.search(r"(\d+)\.(\d+)", declared)
    return (int(found[1]), int(found[2])) if found else ()
