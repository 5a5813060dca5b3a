"""Requests after a login that went out without its cookie although the browser's rules let it go along, or would let it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sessile.cookies import Choice, Context, Reason, Sending
from sessile.doctor.causes import embedding
from sessile.doctor.causes.embedding import Frame
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Exchange, Role, Served
from sessile.doctor.findings import Need, RuledOut, Unseen
from sessile.doctor.visits import Visit, visits

BLOCKS_THIRD_PARTIES = frozenset(
    {Reason.USER_PREFERENCES, Reason.THIRD_PARTY_PHASEOUT, Reason.THIRD_PARTY_BLOCKED_WITHIN_FIRST_PARTY_SET}
)


@dataclass(frozen=True, slots=True)
class Unsent:
    """A request that was turned away, and carried no cookie of the session's name.

    `sending` is what the model says of it, `context` how it stands to the pages around it, `frames` are the iframes of the
    recording, known to whoever replays it.
    """

    visit: Visit
    exchange: Exchange
    sending: Sending
    context: Context
    frames: tuple[Frame, ...]

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The model's verdicts on the session cookie for this request."""
        return self.sending.of(self.visit.name)

    @property
    def allowed(self) -> bool:
        """Whether the rules let the login's cookie go along, if the script asked with credentials."""
        return any(choice.sent for choice in self.choices)

    @property
    def bare(self) -> bool:
        """Whether it carried no cookie at all."""
        return self.exchange.request.cookies == ()

    @property
    def third_party(self) -> bool:
        """Whether a browser that blocks third-party cookies blocks them here."""
        return self.context.third_party

    def evidence(self, says: str) -> Evidence:
        """The proof to show for the request."""
        return self.visit.wire.evidence(self.exchange, says)


def unsent(facts: Facts) -> tuple[Unsent, ...]:
    """Every such request after a login that is known to have set a session cookie, in order."""
    return tuple(one for visit in visits(facts) if visit.cookie for one in _of(visit))


def set_to(visit: Visit) -> Evidence:
    """That the login's response set the cookie."""
    return visit.wire.evidence(visit.login, f"{visit.login} sets {visit.name}")


def returned(facts: Facts) -> bool:
    """Whether in every visit whose cookie was seen it came back with all that followed."""
    seen = [visit.came_back(one) for visit in visits(facts) if visit.cookie for one in visit.personal]
    return bool(seen) and all(seen)


def nothing(facts: Facts) -> RuledOut | Unseen:
    """The finding where no request after a login lacks its cookie."""
    if not facts.wires:
        return Unseen(Need.WIRE, "no recording was given")
    logins = visits(facts)
    if not logins:
        return Unseen(Need.WIRE, "the recording holds no login that succeeded")
    if not any(visit.cookie for visit in logins):
        hidden = next((visit.cookies for visit in logins if not isinstance(visit.cookies, tuple)), None)
        return Unseen(Need.WIRE, hidden.why) if hidden is not None else RuledOut("the login sets no session cookie")
    if returned(facts):
        return RuledOut("the cookie of the login came back with every request that followed")
    known = any(visit.came_back(one) is not None for visit in logins for one in visit.after)
    return (
        RuledOut("no request was turned away for lack of this cookie") if known else Unseen(Need.WIRE, "no later request shows")
    )


def _of(visit: Visit) -> Iterator[Unsent]:
    known = tuple(embedding.frames(visit.wire))
    for one in visit.turned_away:
        passage = visit.passages.get(one.pointer)
        if passage is None or visit.sent(one) != () or one.role is Role.LOGIN or one.served is not Served.NETWORK:
            continue
        replayed = embedding.replay(visit, one, known) if known else None
        if replayed is not None and replayed.frame is not None:
            yield Unsent(visit, one, replayed.sending, replayed.context, known)
        else:
            yield Unsent(visit, one, passage.sending, passage.context, known)
