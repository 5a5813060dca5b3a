"""Random situations, played in Chromium with third-party cookies allowed and blocked, and compared with the model."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random

from lab.cookies.chromium import Chromium
from lab.cookies.compare import Comparison, Tally
from lab.cookies.player import Played, Player, Profile
from lab.cookies.servers import Servers
from lab.cookies.situations import Batch, contested_batch, crowded_batch, random_batch
from sessile.cookies.jar import LAX_ALLOW_UNSAFE_AGE

AGED_BATCHES = 6


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many situations were played in which version of Chromium, and what the comparison found."""

    version: str
    situations: int
    differing: int
    tally: Tally


def agreement(situations: int, seed: int, *, aged: bool, lines: int = 12) -> Agreement:
    """Play so many situations, with `lines` Set-Cookie lines in each response that sets cookies.

    `aged` adds batches that wait until cookies without SameSite are no longer young (two minutes).
    """
    random = Random(seed)
    batches = [random_batch(random, lines=lines, aged=True) for _ in range(AGED_BATCHES)] if aged else []
    while sum(batch.situations for batch in batches) < situations:
        batches.append(_batch(random, lines))
    tally = Tally()
    differing = 0
    versions = set()
    for third_party in (True, False):
        version, wrong = _play([batch for batch in batches if batch.third_party is third_party], third_party, tally)
        versions.add(version)
        differing += wrong
    return Agreement(", ".join(versions), sum(batch.situations for batch in batches), differing, tally)


def _batch(random: Random, lines: int) -> Batch:
    match random.choices(("random", "crowded", "contested"), (94, 1, 5))[0]:
        case "crowded":
            return crowded_batch(random)
        case "contested":
            return contested_batch(random)
        case _:
            return random_batch(random, lines=lines)


def _play(batches: list[Batch], third_party: bool, tally: Tally) -> tuple[str, int]:
    """Play batches in one browser and compare them; returns its version, and how many situations are in batches that differ."""
    played: list[tuple[Batch, list[Played]]] = []
    with Servers() as servers, Chromium(servers, third_party=third_party) as chromium:
        version = chromium.version()
        player = Player(servers, chromium)
        with ExitStack() as open_profiles:
            waiting: list[tuple[Batch, Profile, list[Played], float]] = []
            for batch in sorted(batches, key=lambda batch: not batch.aged):
                if batch.aged:
                    profile = open_profiles.enter_context(player.profile())
                    waiting.append((batch, profile, [profile.play(batch.steps[0])], time.monotonic()))
                else:
                    with player.profile() as profile:
                        played.append((batch, [profile.play(step) for step in batch.steps]))
            for batch, profile, steps, since in waiting:
                time.sleep(max(0, LAX_ALLOW_UNSAFE_AGE / 1000 + 2 - (time.monotonic() - since)))
                played.append((batch, steps + [profile.play(step) for step in batch.steps[1:]]))
        devtools = player.devtools()
        chromium.close()
        records = chromium.records()
    comparison = Comparison(records, devtools, tally)
    differing = 0
    for batch, steps in played:
        before = len(tally.differences)
        comparison.batch(steps, third_party=third_party)
        differing += batch.situations if len(tally.differences) > before else 0
    return version, differing
