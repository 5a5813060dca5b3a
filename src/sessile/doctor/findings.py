"""What a cause says of the facts: proven, ruled out, undecided, unseen, or a remark that logs nobody out."""

from dataclasses import dataclass
from enum import Enum, StrEnum

from sessile.doctor.facts.evidence import Evidence


class Level(Enum):
    """How often a cause shows an observation; the only five figures there are, so that nobody tunes a decimal."""

    ALWAYS = 0.98
    USUALLY = 0.85
    SOMETIMES = 0.5
    RARELY = 0.15
    NEVER = 0.0


class Frequency(Enum):
    """How often a cause is met, as a weight against the others (the catalogue's own bands)."""

    VERY_COMMON = 8.0
    COMMON = 4.0
    RARE = 1.0


class Need(StrEnum):
    """A kind of evidence that a cause asks for before it can say anything."""

    DATABASE = "database"
    ROWS = "rows"
    REDIS = "redis"
    ENVIRONMENT = "environment"
    LOG = "log"
    COOKIE = "cookie"
    WIRE = "wire"
    SITE = "site"
    SOURCE = "source"
    BROWSER = "browser"
    MENDING = "a report of this bug"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The facts prove the cause. `certainty` is below 1 where the proof is a log's word and not the doctor's own test.

    `changes` mend this very service, where its code was seen; they go before those of the cause's remedy.
    """

    evidence: tuple[Evidence, ...]
    title: str = ""
    certainty: float = 0.99
    changes: "tuple[Change, ...]" = ()


@dataclass(frozen=True, slots=True)
class RuledOut:
    """The facts contradict the cause."""

    because: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """The facts were seen and neither prove nor contradict the cause: its observations rank it. `needs` would decide it.

    `alike` tells that causes of other stations leave the very same trace, so that what was seen cannot make it likely.
    `remark` is what is said of it where others explain the symptoms so much better that it is no suspect. `symptom` tells that
    the evidence is itself what nobody may call healthy before it is explained.
    """

    evidence: tuple[Evidence, ...] = ()
    needs: Need | None = None
    alike: bool = False
    remark: "Noted | None" = None
    symptom: bool = False


@dataclass(frozen=True, slots=True)
class Unseen:
    """The evidence that could tell was not there."""

    needs: Need
    why: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """A risk or an oddity that does not log anyone out."""

    evidence: tuple[Evidence, ...]
    why_not_a_cause: str
    title: str = ""


Finding = Confirmed | RuledOut | Undecided | Unseen | Noted


@dataclass(frozen=True, slots=True)
class Change:
    """A setting to change, in the words of one framework ("Express", "Starlette and FastAPI", "nginx", "the page"): lines before,
    lines after.
    """

    where: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """The cure: what to do, the command that does it (None where only people can), and the settings to change where that is a
    matter of code.

    `logs_out` says whom it logs out, empty where that is nobody; `instead` then is the way that does not, or why there is none.
    """

    summary: str
    command: str | None = None
    logs_out: str = ""
    instead: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def loses_sessions(self) -> bool:
        """Whether live sessions are lost by it."""
        return bool(self.logs_out)


@dataclass(frozen=True, slots=True)
class Seen:
    """An observation was made, with what shows it."""

    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class NotSeen:
    """The observation could have been made and was not."""
