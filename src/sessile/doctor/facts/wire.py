"""What went over the wire between a browser and a service: exchanges in the order of time, and what of them stayed unseen."""

from dataclasses import dataclass
from enum import StrEnum

from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.facts.exchange import Address, Exchange, Served


class Seen(StrEnum):
    """Who saw the exchanges."""

    HAR = "har"
    SITE = "site"
    BROWSER = "browser"


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was opened: its id, when, in epoch milliseconds, and its address where the recording tells it."""

    id: str
    started: float | None = None
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a recording that could not be read: where it is, and why, completing "was left out, because ..."."""

    pointer: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """The exchanges of one recording or probe, in the order in which they started.

    `source` names the file or site, `program` what recorded it. `sanitized` tells that cookies were taken out of the recording,
    or may have been: they are `Unknown` then wherever none is seen. `cut_off` is where it broke off; what came before is here.
    """

    source: str
    seen_by: Seen
    program: str = ""
    exchanges: tuple[Exchange, ...] = ()
    pages: tuple[Page, ...] = ()
    sanitized: bool = False
    cut_off: Gap | None = None
    gaps: tuple[Gap, ...] = ()

    def clock_ahead(self, host: str) -> float | None:
        """How far the recording clock is before that host's, in milliseconds, by its Date headers; None without any.

        Date counts whole seconds, so half a second either way says nothing.
        """
        ahead = sorted(
            one.answered - (one.response.date + 500)
            for one in self.exchanges
            if one.request.address.host == host and one.served is Served.NETWORK
            if one.response and one.response.date is not None and not one.response.age and one.answered is not None
        )
        return ahead[len(ahead) // 2] if ahead else None

    def evidence(self, exchange: Exchange, says: str) -> Evidence:
        """The proof to show for an exchange: what it says, and the place in the recording."""
        return Evidence(says, self.seen_by, f"{self.source} {exchange.pointer}")
