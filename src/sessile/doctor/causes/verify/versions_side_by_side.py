"""Two versions of the service answer at once, and each has its own idea of the session cookie.

Symptom: trouble for some seconds or minutes during each deploy, and none before and after; or for as long as a canary
    runs.
Evidence: one request is answered with the session cookie under two names or with two sets of attributes, in turn:
    first the one, then the other, then the first again; and somebody is turned away with one of them. A site whose
    instances set the cookie only at a login does not show it to a probe, which logs in once.
Tell apart: one change, after which it stays, is a finished deploy. Two secrets under one name are
    verify-secret-differs-between-instances. Two cookies that one answer sets belong to one version.
Fix: change name, attributes, secret or shape of the session in two deploys: first accept both, then write the new
    one; take the old one out when the longest maxAge is over.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sessile.doctor import alternation
from sessile.doctor.causes import passing
from sessile.doctor.causes.find import sessions_kept_elsewhere
from sessile.doctor.facts import Evidence, Facts, Wire
from sessile.doctor.facts.cookies import CookieSet
from sessile.doctor.facts.exchange import Exchange, Served
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, Undecided, Unseen
from sessile.doctor.visits import session_names, turned_away

ENTRIES = ("rolling-deploy-mixed-versions",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Change the session cookie in two deploys: first accept old and new, then write the new one",
    changes=(
        Change(
            "Express",
            "app.use(session({ name: 'new.sid', secret: newSecret }))",
            "app.use(session({ name: 'old.sid', secret: [oldSecret, newSecret] }))   // first deploy: both are accepted\n"
            "app.use(session({ name: 'old.sid', secret: [newSecret, oldSecret] }))   // second deploy: the new one signs",
        ),
        Change(
            "Python",
            "app.add_middleware(SessionMiddleware, secret=new)",
            "app.add_middleware(SessionMiddleware, secret=[old, new])   # first deploy\n"
            "app.add_middleware(SessionMiddleware, secret=[new, old])   # second deploy",
        ),
        Change(
            "Python, another name",
            'CookiePolicy(name="new_sid")',
            'CookiePolicy(name="old_sid", name_before="new_sid")   # first deploy: both are read\n'
            'CookiePolicy(name="new_sid", name_before="old_sid")   # second deploy: the new one is set',
        ),
    ),
)
LINKS = {"intermittent 401": Level.USUALLY, "401 after a restart": Level.SOMETIMES, "cookie comes back in vain": Level.SOMETIMES}

ENOUGH = 3
"""After so many answers that set it alike, a second version would have shown."""
LASTING = ("expires", "max-age")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that sets session cookies, with the attributes of each by its name."""

    exchange: Exchange
    kinds: Mapping[str, tuple[str, ...]]


def judge(facts: Facts) -> Finding:
    changed: tuple[Evidence, ...] = ()
    for wire in _with_strangers(facts):
        for turns in _turns(wire):
            shown = tuple(_evidence(wire, one) for one in turns[-3:])
            if len(turns) > 2 and not _of_two_versions(turns[-3], turns[-1]) and _in_vain(wire, turns):
                return Confirmed(shown, certainty=0.9)
            changed = changed or shown
    if changed:
        return Undecided(changed)
    if facts.wires and all(wire.sanitized for wire in facts.wires):
        return Unseen(Need.WIRE, "the recording was exported without cookies")
    by_turns = alternation.alternating(facts) and not sessions_kept_elsewhere.gone(facts)
    if by_turns and not any(len(answers) >= ENOUGH for wire in _with_strangers(facts) for answers in _by_place(wire)):
        return Undecided()
    return passing.nothing(facts, "the session cookie is set in one way only")


def _with_strangers(facts: Facts) -> Iterator[Wire]:
    """The recordings, each with what the probe was answered as somebody without a cookie."""
    for wire in facts.wires:
        strangers = [one for site in facts.sites if site.source == wire.source for one in site.strangers]
        yield replace(wire, exchanges=(*wire.exchanges, *strangers)) if strangers else wire


def _turns(wire: Wire) -> Iterator[Sequence[Answer]]:
    """Of each request that was answered in more than one way: the answers at which the way changed, up to the way back."""
    for answers in _by_place(wire):
        turns = [answers[0]]
        for one in answers:
            if len(turns) < 3 and _of_two_versions(turns[-1], one) and not _together(wire, turns[-1], one):
                turns.append(one)
        if len(turns) > 1:
            yield turns


def _of_two_versions(one: Answer, other: Answer) -> bool:
    """Whether they set one cookie in two ways, or none in common."""
    common = one.kinds.keys() & other.kinds.keys()
    return any(one.kinds[name] != other.kinds[name] for name in common) if common else True


def _together(wire: Wire, one: Answer, other: Answer) -> bool:
    """Whether a single answer sets cookies of both, which one version then has beside each other."""
    apart = one.kinds.keys() ^ other.kinds.keys()
    both = (one.kinds.keys() & apart, other.kinds.keys() & apart)
    return any(all(names & {line.name for line in _lines(each)} for names in both) for each in wire.exchanges)


def _by_place(wire: Wire) -> Iterator[Sequence[Answer]]:
    """The answers that set a session cookie, by what was asked: two paths may set two kinds on purpose."""
    names = {name for name in session_names(wire) if _signed(wire, name)}
    found: dict[tuple[str, str, str], list[Answer]] = {}
    for one in wire.exchanges:
        kinds = {line.name: _kind(line) for line in _lines(one) if line.name in names and not line.removes}
        if kinds and one.served is Served.NETWORK:
            address = one.request.address
            found.setdefault((one.request.method, address.origin, address.path), []).append(Answer(one, kinds))
    return iter(found.values())


def _lines(exchange: Exchange) -> tuple[CookieSet, ...]:
    lines = exchange.response.set_cookies if exchange.response else ()
    return lines if isinstance(lines, tuple) else ()


def _signed(wire: Wire, name: str) -> bool:
    """Whether it is a session's: others may well change from answer to answer."""
    return any(line.name == name and line.http_only for one in wire.exchanges for line in _lines(one))


def _kind(line: CookieSet) -> tuple[str, ...]:
    attributes = sorted(name for name in line.attributes if name not in LASTING)
    return (*attributes, str(line.domain), str(line.path), str(line.same_site))


def _in_vain(wire: Wire, turns: Sequence[Answer]) -> bool:
    """Whether somebody was turned away with one of the cookies: versions that understand each other may well differ."""
    names = {name for one in turns for name in one.kinds}
    refused = [one.request.cookies for one in wire.exchanges if turned_away(one)]
    return any(cookie.name in names for sent in refused if isinstance(sent, tuple) for cookie in sent)


def _evidence(wire: Wire, answer: Answer) -> Evidence:
    lines = [line for line in _lines(answer.exchange) if line.name in answer.kinds]
    cookies = ", ".join(f"{line.name} ({', '.join(line.attributes)})" for line in lines)
    return wire.evidence(answer.exchange, f"{answer.exchange} sets {cookies}")
