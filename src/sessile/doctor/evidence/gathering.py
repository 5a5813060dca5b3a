"""Looking at everything that was given: side by side, within the time there is, so that one failure never loses the rest."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from sessile.doctor import bundle
from sessile.doctor.evidence import (
    correlation,
    database,
    deployment,
    dotenv,
    environment,
    framework_cookie,
    har,
    logs,
    other_tables,
    render_api,
    site,
    source,
)
from sessile.doctor.evidence.assembly import Fact, assembled
from sessile.doctor.evidence.looking import Look, Stay, leave, wait
from sessile.doctor.evidence.opening import EvidenceError
from sessile.doctor.evidence.site import Visits
from sessile.doctor.evidence.site.plan import Plan, Request, plan
from sessile.doctor.evidence.site.probe import STAYS
from sessile.doctor.evidence.sorting import REDIS_NAMES, Item, Kind, NotEvidence
from sessile.doctor.evidence.source import Code
from sessile.doctor.evidence.watch import Watch
from sessile.doctor.facts import Correlations, Database, Environment, Facts, Log, Redis
from sessile.doctor.facts.other_tables import OtherTable

PATIENCE = 26.0
DATABASE_PATIENCE = 20.0
FOLLOWING_PATIENCE = 15.0
"""For what the other facts lead to in the database."""

BROWSER_PATIENCE = 110.0
"""For two visits by a browser, which has to start first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to look at the database: the table's name if it is not to be found by its looks, and what is allowed.

    `probe` is what a site is to be asked, `pictured` whether a browser is to keep a picture of the page that it is left with.
    """

    table: str | None = None
    full_scan: bool = False
    experiment: bool | None = None
    probe: Request = field(default_factory=Request)
    pictured: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The facts, what was looked at, what could not be and why (or was passed over), and the database and the Redis among it all.

    `picture` is what the user of a site is left with, as PNG; empty where none was asked for.
    """

    facts: Facts
    looked_at: tuple[str, ...]
    failures: tuple[str, ...]
    database: Item | None
    redis: Item | None = None
    picture: bytes = field(default=b"", repr=False)


def gather(
    items: Sequence[Item],
    options: Options,
    *,
    environ: Mapping[str, str] | None = None,
    patience: float | None = None,
    watch: Watch | None = None,
) -> Gathered:
    """Look at everything within `patience` seconds; `environ` is the process's own environment if it is to be looked at, too.

    Without `patience` there are 26 seconds, and 110 where a browser makes a visit. A log may take longer, and `watch` tells how
    far it has come. Ctrl-C ends the looking with what was seen so far; a second one ends the program.
    Raises NotEvidence if there is nothing to look at, or nothing that could be looked at.
    """
    bundles = [item for item in items if item.kind is Kind.BUNDLE]
    broken = _broken(bundles) if len(items) > 1 else ()
    if len(bundles) > len(broken):
        return _unpacked(bundles[0], items, options)
    now = datetime.now(UTC)
    chosen, passed_over = choose_database(items)
    in_redis, redis_passed_over = choose_redis(items)
    process = environment.from_process(environ) if environ is not None else None
    own = (process,) if process and process.service_like else ()
    if not items and not own:
        raise NotEvidence(
            "nothing to look at: set DATABASE_URL or REDIS_URL, or name a postgres:// or redis:// URL, a .env file or a log"
        )
    watch = watch or Watch()
    looks = [*_of_redis(in_redis, options, now), *_looks(items, chosen, options, now, watch)]
    try:
        whole = wait(looks, patience or (BROWSER_PATIENCE if options.probe.browser else PATIENCE), watch)
        if not (whole or own or any(look.found for look in looks)):
            raise KeyboardInterrupt
        failures = broken + tuple(f"could not look at {_label(look)}, because {look.why}" for look in looks if look.why)
        if not own and all(look.why for look in looks):
            raise NotEvidence("; ".join(failures))
        seen, lost = _followed(assembled(looks, own, now)[0], items, (chosen, in_redis), environ, watch)
    finally:
        leave(looks, watch)
    facts, remarks = assembled(looks, own, now)
    facts = replace(facts, correlations=seen.correlations, other_tables=seen.other_tables)
    remains = tuple(f"{look.what}: {STAYS}, because {look.remains}" for look in looks if isinstance(look, Stay) and look.remains)
    visits = next((look.found for look in looks if isinstance(look.found, Visits)), Visits())
    interrupted = (f"interrupted: this is what was seen so far ({watch})",) if watch.stopped else ()
    looked_at = [_label(look) for look in looks if not look.why] + [one.source for one in own]
    return Gathered(
        facts=facts,
        looked_at=tuple(looked_at),
        failures=passed_over + redis_passed_over + interrupted + failures + lost + remarks + remains,
        database=chosen,
        redis=in_redis,
        picture=visits.picture,
    )


def _unpacked(packed: Item, items: Sequence[Item], options: Options) -> Gathered:
    """What somebody else has seen: its parts were seen together, so nothing can be added to them."""
    if len(items) > 1 or options.probe.given:
        raise NotEvidence("a bundle is diagnosed by itself: give the rest to whoever makes it, and name it alone")
    try:
        found = bundle.read(packed.path or Path())
    except EvidenceError as error:
        raise NotEvidence(str(error)) from error
    looked_at = (f"{packed.written} (a bundle of {found.facts.now:%Y-%m-%d %H:%M} UTC)", *found.looked_at)
    return Gathered(facts=found.facts, looked_at=looked_at, failures=found.failures, database=None, picture=found.picture)


def _broken(bundles: Sequence[Item]) -> tuple[str, ...]:
    """Why each of the archives that are no sound bundle could not be looked at: beside others, they cost only themselves."""
    failures = []
    for item in bundles:
        try:
            bundle.read(item.path or Path())
        except EvidenceError as error:
            failures.append(f"could not look at {item.written}, because {error}")
    return tuple(failures)


def choose_database(items: Sequence[Item]) -> tuple[Item | None, tuple[str, ...]]:
    """The database to look at, one given as such before one that a .env file names, and what to say of others passed over."""
    return _choose(items, Kind.DATABASE, ("DATABASE_URL",), "database")


def choose_redis(items: Sequence[Item]) -> tuple[Item | None, tuple[str, ...]]:
    """The Redis to look at, in the same way."""
    return _choose(items, Kind.REDIS, REDIS_NAMES, "Redis")


def _choose(items: Sequence[Item], kind: Kind, names: Sequence[str], what: str) -> tuple[Item | None, tuple[str, ...]]:
    given = next((item for item in items if item.kind is kind), None)
    named = [(item, url) for item in items if item.kind is Kind.ENVIRONMENT and (url := _url_in(item, names))]
    candidates = [given] if given else [Item(kind, item.written, item.written, url=url) for item, url in named]
    chosen = candidates[0] if candidates else None
    others = [item.written for item, url in named if chosen and url != chosen.url and item.written != chosen.written]
    return chosen, tuple(f"{other} names another {what}, which was not looked at" for other in others)


def _url_in(item: Item, names: Sequence[str]) -> str | None:
    """The URL that an environment's file gives under one of the names."""
    try:
        content = _beginning(item.path) if item.path else b""
    except OSError:
        return None
    for variables in dotenv.read(content).values():
        if name := next((name for name in names if name in variables), None):
            return variables[name].value.strip().strip("'\"") or None
    return None


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(environment.LIMIT)


def _looks(items: Sequence[Item], chosen: Item | None, options: Options, now: datetime, watch: Watch) -> list[Look[Fact]]:
    looks: list[Look[Fact]] = []
    if chosen and chosen.url:
        collect = partial(
            database.collect,
            chosen.url,
            table=options.table,
            full_scan=options.full_scan,
            experiment=options.experiment,
            deadline=DATABASE_PATIENCE,
            now=now,
        )
        looks.append(Look("the database", collect, origin=chosen.origin, of_database=True))
    if planned := plan([item.url for item in items if item.kind is Kind.SITE and item.url], options.probe):
        looks.append(_visit(planned, options))
    for item in items:
        if item.kind is Kind.ENVIRONMENT and item.path:
            looks.append(Look(item.written, partial(_environment, item.path)))
        if item.kind is Kind.SOURCE and item.path:
            looks.append(Look(item.written, partial(source.collect, item.path)))
        if item.kind is Kind.PLATFORM and item.url and item.key:
            looks.append(Look(item.written, partial(render_api.collect, item.url, item.key)))
        if item.kind is Kind.DEPLOYMENT and item.path:
            looks.append(Look(item.written, partial(deployment.collect, item.path)))
        if item.kind is Kind.HAR:
            looks.append(Look(item.written, partial(har.collect, item.path or Path("-"), stream=item.stream)))
        if item.kind is Kind.LOG:
            path = item.path or Path("-")
            looks.append(
                Look(item.written, partial(_log, path, item.older, item.stream, watch), log=logs.name_of(path, item.older))
            )
    return looks


def _of_redis(chosen: Item | None, options: Options, now: datetime) -> "list[Look[Fact]]":
    """The look at Redis, whose driver is loaded only where one is named."""
    if chosen is None or not chosen.url:
        return []
    collect = partial(
        _redis,
        chosen.url,
        named=not chosen.origin,
        full_scan=options.full_scan,
        experiment=options.experiment,
        deadline=DATABASE_PATIENCE,
        now=now,
    )
    return [Look("Redis", collect, origin=chosen.origin)]


def _redis(url: str, **options: Any) -> Redis:
    from sessile.doctor.evidence import redis

    return redis.collect(url, **options)


def _visit(planned: Plan, options: Options) -> Look[Fact]:
    """The visit to a site; one that logs in leaves once the row of its session was looked up."""
    visit: Callable[[], Iterator[Fact]] = (
        partial(_by_browser, planned, options) if planned.browser else partial(site.visit, planned)
    )
    return Stay(planned.source, visit) if planned.logs_in else Look(planned.source, lambda: _whole(visit))


def _by_browser(planned: Plan, options: Options) -> Iterator[Visits]:
    """The browser is loaded only where one is asked for."""
    from sessile.doctor.evidence import browser

    yield from browser.visit(planned, pictured=options.pictured)


def _whole(visit: Callable[[], Iterator[Fact]]) -> Fact:
    *_, left = visit()
    return left


def _log(path: Path, older: Sequence[Path], text: BinaryIO | None, watch: Watch) -> tuple[Log, ...]:
    found = logs.collect(path, text=text, watch=watch, older=older)
    if not any(log.lines for log in found):
        raise EvidenceError("it is empty")
    return found


def _environment(path: Path) -> Environment:
    found = environment.collect(path)
    if not found.names:
        raise EvidenceError("it is empty: it sets no variable")
    return found


def _label(look: Look[Fact]) -> str:
    """What was looked at, in words; a database by its masked address."""
    if isinstance(look.found, Code):
        return look.found.label
    what = look.found.address if isinstance(look.found, Database | Redis) else look.what
    return f"{what} (from {look.origin})" if look.origin else what


def _followed(
    facts: Facts,
    items: Sequence[Item],
    stores: tuple[Item | None, Item | None],
    environ: Mapping[str, str] | None,
    watch: Watch,
) -> tuple[Facts, tuple[str, ...]]:
    """The facts, and what they lead to in the stores: the rows of cookies, other libraries' tables; and what was lost of it."""
    url, redis_url = (store.url if store else None for store in stores)
    secrets = (*correlation.secrets(items, environ), *framework_cookie.secrets_in(facts.sources))
    if watch.stopped:
        return replace(facts, correlations=correlation.correlate(facts, items, None, environ)), ()
    cookies: Look[Correlations] = Look(
        "the rows of the cookies", partial(correlation.correlate, facts, items, url, environ, redis_url)
    )
    others: Look[tuple[OtherTable, ...]] = Look("other session tables", partial(other_tables.collect, facts, url, secrets))
    wait([cookies, others], FOLLOWING_PATIENCE, watch)
    facts = replace(
        facts,
        correlations=cookies.found or correlation.correlate(facts, items, None, environ),
        other_tables=others.found or (),
    )
    return facts, tuple(f"could not look at {look.what}, because {look.why}" for look in (cookies, others) if look.why)
