"""A recording, sent once more through the model of a browser: what it would have stored and sent, beside what really went."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

from sessile.cookies import Context, Jar, Sending, Setting
from sessile.doctor import asking, told
from sessile.doctor.asking import Asked
from sessile.doctor.facts.cookies import CookieSet
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.wire import Wire
from sessile.doctor.latest import Latest


@dataclass(frozen=True, slots=True)
class Passage:
    """One exchange as the model sees it.

    `sending` tells of each cookie that the recording has set so far whether this request carries it, and why not; cookies from
    before the recording are not in it. `settings` tells of each Set-Cookie line what became of it. `guessed` says that nobody
    recorded which page asked, or with which credentials, so that the verdicts are the most favourable ones. Where the browser
    itself said something else than the model, its word stands, and `differs` tells of it.
    """

    exchange: Exchange
    context: Context
    sending: Sending
    settings: tuple[tuple[CookieSet, Setting], ...]
    guessed: bool
    differs: tuple[str, ...] = ()

    def setting(self, cookie: CookieSet) -> Setting:
        """What became of one of its Set-Cookie lines. Raises KeyError for another one's."""
        for line, setting in self.settings:
            if line is cookie:
                return setting
        raise KeyError(cookie.name)


def passages(wire: Wire, *, third_party: bool = True) -> Mapping[str, Passage]:
    """Every exchange of the network by its pointer, in order, as one browser profile would have lived it.

    What a cache or a service worker answered is not among them: nothing was sent for it, and nothing stored.
    """
    return _LIVED[third_party](wire)


def differences(wire: Wire, *, third_party: bool = True) -> tuple[str, ...]:
    """Where the browser that was there decided otherwise than the model."""
    return tuple(says for passage in passages(wire, third_party=third_party).values() for says in passage.differs)


def crosses_origins(passage: Passage) -> bool:
    """Whether a page of another origin asked, so that CORS has a say (Fetch, CORS protocol)."""
    return asking.crosses_origins(passage.context)


def _lived(wire: Wire, *, third_party: bool) -> Mapping[str, Passage]:
    """A cookie is stored when its response comes: requests that were sent before do not carry it, whenever they are answered."""
    jar = Jar(third_party=third_party)
    every = tuple(asking.asked(wire))
    sent: dict[int, Sending] = {}
    settings: dict[int, tuple[tuple[CookieSet, Setting], ...]] = {}
    differs: dict[int, tuple[str, ...]] = defaultdict(tuple)
    for moment, place, answered in _events(every):
        one = every[place]
        if answered:
            settings[place], said = told.settings(one, jar, round(moment))
        else:
            sent[place], said = told.sending(one, jar.send(one.context, round(moment)), wire.seen_by)
        differs[place] += said
    return MappingProxyType(
        {
            one.exchange.pointer: Passage(one.exchange, one.context, sent[place], settings[place], one.guessed, differs[place])
            for place, one in enumerate(every)
        }
    )


def _events(every: tuple[Asked, ...]) -> list[tuple[float, int, bool]]:
    """When each was sent and answered, in the order of time: the moment in epoch milliseconds, its place, and which of both."""
    events: list[tuple[float, int, bool]] = []
    came: dict[str, float] = {}
    for place, one in enumerate(every):
        exchange = one.exchange
        sent = max(exchange.sent, came.get(one.before.pointer, 0.0) if one.before else 0.0)
        came[exchange.pointer] = max(sent, exchange.answered or exchange.ended or sent)
        events += [(sent, place, False), (came[exchange.pointer], place, True)]
    return sorted(events)


_LIVED: Final[Mapping[bool, Latest[Wire, Mapping[str, Passage]]]] = {
    allowed: Latest(partial(_lived, third_party=allowed)) for allowed in (True, False)
}
