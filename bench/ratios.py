"""The ratios that sessile must reach, with floor and aim: the table of issue 3."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bench.contenders import BY_NAME, Contender
from bench.data import MANY_ROWS, ROWS, of_rows
from bench.load import COUNT_64, LOGIN_16, ME_1, ME_16, ME_64, Load
from bench.lookup import LOOK_UP
from bench.runs import Journal, Round, Run, Spread

Read = Callable[[Run], float]


@dataclass(frozen=True, slots=True)
class Ratio:
    """`ours` divided by `theirs` in one and the same round, by what `of` reads from a run.

    Where `net`, the same server's figure without sessions is taken off first. The floor is above the aim where less is better.
    """

    title: str
    against: str
    floor: float
    aim: float
    load: Load
    ours: str
    theirs: str
    of: Read
    net: bool = False

    @property
    def needs(self) -> set[tuple[str, Load]]:
        """The servers and loads that it is made from."""
        names = [self.ours, self.theirs]
        if self.net:
            names += [without for name in names if (without := BY_NAME[name].without)]
        return {(name, self.load) for name in names}

    def measured(self, journal: Journal) -> Spread | None:
        """Over the rounds in which every run it needs was quiet, or over all where there is none."""
        return Spread.of(self._value(each) for each in self._quiet(journal) or self._made(journal))

    def noisy(self, journal: Journal) -> bool:
        """Whether there was a round, but no quiet one."""
        return bool(self._made(journal)) and not self._quiet(journal)

    def verdict(self, measured: Spread | None) -> str:
        """In a word or two: the aim is reached, the floor holds, or it does not."""
        if measured is None:
            return "not measured"
        less = self.aim < self.floor
        reached = [measured.median <= goal if less else measured.median >= goal for goal in (self.aim, self.floor)]
        return "aim reached" if reached[0] else "floor holds" if reached[1] else "floor missed"

    def _made(self, journal: Journal) -> list[Round]:
        rounds = (journal.round(number) for number in journal.rounds)
        return [each for each in rounds if all(key in each.runs for key in self.needs)]

    def _quiet(self, journal: Journal) -> list[Round]:
        return [each for each in self._made(journal) if all(each(*key).quiet for key in self.needs)]

    def _value(self, each: Round) -> float:
        return self._figure(each, self.ours) / self._figure(each, self.theirs)

    def _figure(self, each: Round, name: str) -> float:
        figure = self.of(each(name, self.load))
        without = BY_NAME[name].without if self.net else None
        return figure - self.of(each(without, self.load)) if without else figure


def rate(run: Run) -> float:
    return run.rate


def p99(run: Run) -> float:
    return run.p99_ms


def server_cpu(run: Run) -> float:
    return run.server_us


def database_cpu(run: Run) -> float:
    return run.database_us


def mean_time(run: Run) -> float:
    return run.seconds / run.requests


EXPRESS = "Express + connect-pg-simple"
COOKIE = "Starlette's own cookie sessions"
FLASK_SESSION = "Flask-Session without its refresh"
DJANGO_DB = "Django's db sessions"

STRICT = (
    Ratio("`/me`, 64 connections, Starlette app", EXPRESS, 3.0, 4, ME_64, "starlette-sessile", "express", rate),
    Ratio("`/me`, 16 connections, Starlette app", EXPRESS, 2.3, 3, ME_16, "starlette-sessile", "express", rate),
    Ratio("`/me`, 1 connection, Starlette app", EXPRESS, 1.8, 2.4, ME_1, "starlette-sessile", "express", rate),
    Ratio("`/me`, 64 connections, bare ASGI app", EXPRESS, 5.0, 6.3, ME_64, "bare-sessile", "express", rate),
    Ratio("`/me`, 64 connections, Starlette app", COOKIE, 1.05, 1.3, ME_64, "starlette-sessile", "starlette-cookie", rate),
    Ratio("`/count`, 64 connections, Starlette app", EXPRESS, 2.3, 2.9, COUNT_64, "starlette-sessile", "express", rate),
    Ratio("`/login`, 16 connections, Starlette app", EXPRESS, 2.2, 2.8, LOGIN_16, "starlette-sessile", "express", rate),
    Ratio(
        "the session layer's own server CPU, `/me` 64",
        f"{EXPRESS}'s",
        0.27,
        0.18,
        ME_64,
        "starlette-sessile",
        "express",
        server_cpu,
        net=True,
    ),
    Ratio("p99 of `/me`, 64 connections", EXPRESS, 0.4, 0.3, ME_64, "starlette-sessile", "express", p99),
    Ratio("database CPU a request, `/me` 64", EXPRESS, 0.15, 0.06, ME_64, "starlette-sessile", "express", database_cpu),
    Ratio("`/me`, 64 connections, Flask app", FLASK_SESSION, 1.5, 1.8, ME_64, "flask-sessile", "flask-unrefreshed", rate),
    Ratio("`/me`, 64 connections, Django app", DJANGO_DB, 1.5, 1.8, ME_64, "django-sessile", "django", rate),
    Ratio("a look-up at 10^7 rows", "at 10^5 rows", 1.3, 1.1, LOOK_UP, of_rows(MANY_ROWS), of_rows(ROWS), mean_time),
)

AS_PATH_HAS_IT = tuple(
    replace(ratio, against=f"{ratio.against}, on the Node.js that is on PATH", theirs="express-other-node")
    for ratio in STRICT
    if ratio.theirs == "express" and "express-other-node" in BY_NAME
)
"""The same against the same peer, on whatever Node.js the machine has: an older one makes Express slower."""

RATIOS = STRICT + AS_PATH_HAS_IT


def wanted(contenders: tuple[Contender, ...]) -> Iterator[tuple[Contender, Load]]:
    """The servers and loads that the ratios need, and no others."""
    needed = set[tuple[str, Load]]().union(*(ratio.needs for ratio in RATIOS))
    return ((contender, load) for contender in contenders for load in contender.loads if (contender.name, load) in needed)
