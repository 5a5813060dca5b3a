"""What went over the wire between a browser and a service: exchanges in the order of time, and what of them stayed unseen."""

from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Final

from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.facts.exchange import Address, Exchange, Served

MOST_REMARKS: Final = 3


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

        Date counts whole seconds, so half a second either way says nothing. The middle one of all answers counts (their median),
        which a few slow ones do not move.
        """
        ahead = [
            one.answered - (one.response.date + 500)
            for one in self.exchanges
            if one.request.address.host == host and one.served is Served.NETWORK
            if one.response and one.response.date is not None and not one.response.age and one.answered is not None
        ]
        return median(ahead) if ahead else None

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the recording lacks, each in one line, for whoever gave it."""
        said = [f"{self.source} is read up to {self.cut_off.pointer}, because {self.cut_off.why}"] if self.cut_off else []
        said += [f"{gap.pointer} of {self.source} was left out, because {gap.why}" for gap in self.gaps[:MOST_REMARKS]]
        if len(self.gaps) > MOST_REMARKS:
            said.append(f"{len(self.gaps) - MOST_REMARKS} more requests of {self.source} were left out")
        if self.sanitized:
            said.append(f"{self.source} was exported without cookies, or holds none: export it again with sensitive data")
        return tuple(said)

    def evidence(self, exchange: Exchange, says: str) -> Evidence:
        """The proof to show for an exchange: what it says, and the place in the recording."""
        return Evidence(says, self.seen_by, f"{self.source} {exchange.pointer}")
