"""One row of the table of errors: the error, what it means, and how a cause is judged by it alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from sessile.doctor.causes import Cause, sight, signs
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Database, Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.session.outcome import Station


class Met(Enum):
    """Who meets the error: it decides what a database in order says of it."""

    CONNECTING = "whoever connects"
    SAVING = "whoever runs a login's statements"
    IN_THE_SERVICE = "the service alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An error that tells its cause by itself.

    `unless` looks at the facts and says what contradicts the cause although the error was seen, or None.
    `unsure` tells that the error alone does not prove it. `unprovoked` is as the cause's.
    """

    slug: str
    title: str
    symptom: str
    evidence: str
    tell_apart: str
    fix: str
    sign: Sign
    met: Met
    remedy: Remedy
    entries: tuple[str, ...]
    frequency: Frequency = Frequency.COMMON
    unless: Callable[[Facts], str | None] = field(default=lambda _: None)
    unsure: Callable[[Facts], bool] = field(default=lambda _: False)
    links: Mapping[str, Level] = field(
        default_factory=lambda: {"save errors": Level.USUALLY, "server errors with a cookie": Level.USUALLY}
    )
    rivals: tuple[str, ...] = ()
    unprovoked: str = ""

    def cause(self, station: Station) -> Cause:
        """The cause at its station."""
        return Cause(
            id=f"{station}-{self.slug}",
            station=station,
            title=self.title,
            sections={
                "Symptom": self.symptom,
                "Evidence": self.evidence,
                "Tell apart": self.tell_apart,
                "Fix": self.fix,
            },
            judge=self.judge,
            remedy=self.remedy,
            entries=self.entries,
            frequency=self.frequency,
            links=self.links,
            rivals=self.rivals,
            unprovoked=self.unprovoked,
        )

    def judge(self, facts: Facts) -> Finding:
        """Judge by the errors that were seen, or by what shows that there are none."""
        finding = signs.judge(facts, self.sign)
        if finding is None:
            return self._absent(facts)
        contradiction = self.unless(facts)
        if contradiction:
            return RuledOut(contradiction)
        return Undecided(finding.evidence) if isinstance(finding, Confirmed) and self.unsure(facts) else finding

    def _absent(self, facts: Facts) -> Finding:
        database = facts.database
        if isinstance(database, Database) and self.met is not Met.IN_THE_SERVICE:
            if self.met is Met.CONNECTING and isinstance(database.server, Server):
                return RuledOut(f"the doctor connected to {database.address}")
            if self.met is Met.SAVING and sight.passed(facts):
                return RuledOut("a login's own statements succeed")
        finding = signs.absent(facts)
        if isinstance(finding, RuledOut) or self.met is Met.IN_THE_SERVICE:
            return finding
        tried = sight.experiment(facts)
        return tried if isinstance(tried, Unseen) else Unseen(Need.DATABASE, "another error came first")
