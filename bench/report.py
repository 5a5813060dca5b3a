"""The results as a page in Markdown: the ratios with floor and aim, and everything that they were made from."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.contenders import CONTENDERS, Stack
from bench.data import of_rows
from bench.load import COUNT_64, EVERY_LOAD, ME_64
from bench.lookup import LOOK_UPS
from bench.picture import picture
from bench.ratios import RATIOS
from bench.runs import QUIET, Journal, Run, Spread
from bench.testbed import POOLS, tuning

HOW = """\
Each server is one process pinned to one core; wrk and PostgreSQL, with its default durability, share the other. {rows:,} live
sessions of {octets} bytes, made in SQL as Express writes them; the load goes over 1,000 of them in turn. `/me` reads the session,
`/count` changes and saves it, `/login` makes one. Each server is warmed up once, and again by the load of each run, before which
the table is put back as it was. Servers take turns within each load, every round in another order; a ratio is formed within one
round, and its median taken over the rounds.

Every Python server on ASGI runs on {asgi}, ours and the peers' alike; Flask and Django on {wsgi}.
Express runs with NODE_ENV=production. {tried} The floors were set with the Node.js that the machine had; it is measured on
that one and on the newer one that the lock file names, which serves Express up to four times as fast.

sessile runs with its defaults: one configuration. While it was built, seven were tried on this bench: one, two, three and four
statements of a kind under way at once; two, with a pause for those who were just answered; two, each with its share of what is
wanted.

A run counts as quiet while work that is not the bench's uses less than {limit:.0%} of the machine. {quiet} of {runs} runs were
(the noisiest met {worst:.0%}); medians are those of the quiet ones, and `*` marks where there was none.
Failed requests: {failed}.

Absolute figures belong to this machine; ratios travel. Every run, noisy ones included, stands in `runs.jsonl`."""


def write(journal: Journal, directory: Path) -> None:
    """Write `results.md` and `results.svg`."""
    (directory / "results.svg").write_text(picture(journal), encoding="utf-8")
    (directory / "results.md").write_text(page(journal), encoding="utf-8")


def page(journal: Journal) -> str:
    """The whole page."""
    facts = journal.facts
    kind = "one short round, which says little" if facts["quick"] else f"{facts['rounds']} rounds of {facts['seconds']} s a run"
    parts = [
        "# sessile beside its peers",
        f"Written by `make bench` on {facts['started'][:10]}: {kind}.",
        ratio_table(journal),
        "![Requests a second, server by server](results.svg)",
        "## Requests a second\nIn brackets the server's CPU microseconds a request; ± half the range of the rounds.",
        _by_load(journal, _rate),
        "## Latency in milliseconds: p50 / p99",
        _by_load(journal, _latency),
        "## CPU microseconds a request, `/me` from 64 connections",
        _cpu(journal),
        "## Look-ups by sessile's store: microseconds each" if facts["large"] else "",
        _look_ups(journal) if facts["large"] else "",
        "## How it was measured",
        _how(journal),
        _versions(facts),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def ratio_table(journal: Journal) -> str:
    """The ratios, with floor and aim beside what was measured."""
    return _table(
        ["ratio within one round", "against", "floor", "aim", "measured", "least to greatest", ""],
        (
            [
                ratio.title,
                ratio.against,
                _short(ratio.floor),
                _short(ratio.aim),
                f"**{spread.median:.2f}**{'*' if ratio.noisy(journal) else ''}" if spread else "",
                f"{spread.least:.2f} to {spread.greatest:.2f}" if spread else "",
                ratio.verdict(spread),
            ]
            for ratio in RATIOS
            for spread in [ratio.measured(journal)]
        ),
        right=range(2, 6),
    )


def _by_load(journal: Journal, cell: Callable[[Sequence[Run]], str]) -> str:
    loads = [load for load in EVERY_LOAD if any(run.load == load for run in journal.runs)]
    rows = (
        [contender.title, *(cell(journal.of(contender.name, load)) for load in loads)]
        for contender in CONTENDERS
        if any(journal.of(contender.name, load) for load in loads)
    )
    return _table(["server", *(f"{load.route}, {load.connections}" for load in loads)], rows, right=range(1, len(loads) + 1))


def _rate(runs: Sequence[Run]) -> str:
    rate = Spread.of(run.rate for run in runs)
    cpu = Spread.of(run.server_us for run in runs)
    if rate is None or cpu is None:
        return ""
    half = (rate.greatest - rate.least) / 2 / rate.median
    return f"{rate.median:,.0f}{f' ±{half:.0%}' if len(runs) > 1 else ''} [{cpu.median:.0f}]{_noisy(runs)}"


def _latency(runs: Sequence[Run]) -> str:
    p50, p99 = Spread.of(run.p50_ms for run in runs), Spread.of(run.p99_ms for run in runs)
    return f"{p50.median:.2f} / {p99.median:.2f}{_noisy(runs)}" if p50 and p99 else ""


def _cpu(journal: Journal) -> str:
    def median_of(name: str, of: Callable[[Run], float]) -> float | None:
        spread = Spread.of(of(run) for run in journal.of(name, ME_64))
        return spread.median if spread else None

    rows = []
    for contender in CONTENDERS:
        server = median_of(contender.name, lambda run: run.server_us)
        database = median_of(contender.name, lambda run: run.database_us)
        if server is not None and database is not None:
            plain = median_of(contender.without, lambda run: run.server_us) if contender.without else None
            own = "" if plain is None else f"{server - plain:.0f}"
            rows.append(
                [contender.title, f"{server:.0f}", own, f"{database:.0f}" if contender.sessions not in ("none", "cookie") else ""]
            )
    return _table(["server", "server", "of which the session layer", "database"], rows, right=range(1, 4))


def _look_ups(journal: Journal) -> str:
    tables = [of_rows(journal.facts[kind]) for kind in ("rows", "large")]
    rows = []
    for load in LOOK_UPS:
        small, large = (_mean_us(journal.of(table, load)) for table in tables)
        rows.append([f"{load.route}, {load.connections} at once", f"{small:.1f}", f"{large:.1f}", f"{large / small:.2f}"])
    return _table(["", *tables, "ratio"], rows, right=range(1, 4))


def _mean_us(runs: Sequence[Run]) -> float:
    return median(run.seconds / run.requests * 1e6 for run in runs)


def _how(journal: Journal) -> str:
    return HOW.format(
        rows=journal.facts["rows"],
        octets=journal.facts["octets"],
        asgi=Stack.ASGI.value,
        wsgi=Stack.WSGI.value,
        tried=_tried(journal),
        limit=QUIET,
        quiet=sum(run.quiet for run in journal.runs),
        runs=len(journal.runs),
        worst=max((run.other_share for run in journal.runs), default=0),
        failed=sum(run.errors for run in journal.runs),
    )


def _tried(journal: Journal) -> str:
    tried = []
    for pool in POOLS:
        rates = [Spread.of(run.rate for run in journal.of("express", load, tuning(pool))) for load in (ME_64, COUNT_64)]
        if all(rates):
            figures = " and ".join(f"{spread.median:,.0f}" for spread in rates if spread)
            tried.append(f"a pool of {pool} ({figures} requests/s at `/me` and `/count` 64)")
    if not tried:
        return f"It has a pool of {journal.facts['pool']}."
    return f"It was tried with {' and '.join(tried)}; the one of {journal.facts['pool']} is compared."


def _versions(facts: dict[str, Any]) -> str:
    where = f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB, {facts['system']}"
    return f"{where}. " + ", ".join(f"{name} {version}" for name, version in facts["versions"].items()) + "."


def _noisy(runs: Sequence[Run]) -> str:
    return "" if any(run.quiet for run in runs) else "*"


def _short(number: float) -> str:
    return f"{number:g}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int]) -> str:
    ruler = ["---:" if index in set(right) else "---" for index in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ruler, *rows))
