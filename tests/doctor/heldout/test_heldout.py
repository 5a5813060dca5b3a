"""What the doctor says of cases whose right answer was noted before it was asked: how often it is right, and how sure when wrong.

A case that was mended stays one; new ones are written before the doctor is run on them.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from lab.saying import Saying
from lab.scores import calibration_error
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import LIKELY, Verdict
from sessile.doctor.evidence.gathering import Options, gather
from sessile.doctor.evidence.sorting import sort
from tests.doctor.heldout.story import SQL, Story, stories

pytestmark = pytest.mark.xdist_group("heldout")

Said = dict[Story, Saying]


@pytest.fixture(scope="module")
def said(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Said:
    """What is said of each case."""
    return {story: _said_of(story, tmp_path_factory.mktemp(story.name), server_url) for story in stories()}


def _said_of(story: Story, folder: Path, server_url: str) -> Saying:
    name = f"heldout_{story.name}"
    with psycopg.connect(server_url, autocommit=True) as server:
        if SQL not in story.files:
            return _diagnosed(story, folder, "")
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            return _diagnosed(story, folder, urlsplit(server_url)._replace(path=f"/{name}").geturl())
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _diagnosed(story: Story, folder: Path, database: str) -> Saying:
    return Saying.of(diagnose(gather(sort(story.laid_out(folder, database), {}), Options()).facts))


def test_no_wrong_cause_is_sure(said: Said) -> None:
    assert [story.name for story, saying in said.items() if saying.surely_wrong(story.right)] == []


def test_nothing_is_likely_where_nobody_can_tell(said: Said) -> None:
    for story, saying in _of(said, Verdict.CANNOT_TELL):
        assert saying.verdict is Verdict.CANNOT_TELL, story.name
        assert not saying.causes or saying.causes[0].probability < LIKELY, story.name
        assert saying.asks, story.name


def test_no_healthy_service_is_called_sick(said: Said) -> None:
    healthy = dict(_of(said, Verdict.HEALTHY))
    assert len(healthy) >= 8
    assert [s.name for s, saying in healthy.items() if saying.verdict is not Verdict.HEALTHY or saying.causes] == []


def test_the_right_cause_stands_first(said: Said) -> None:
    sick = dict(_of(said, Verdict.SICK))
    print(*_told(said), sep="\n")
    assert [story.name for story, saying in sick.items() if saying.place(story.right) != 1] == []
    assert [story.name for story, saying in sick.items() if story.both and not story.right <= {c.id for c in saying.causes}] == []


def _of(said: Said, verdict: Verdict) -> Iterator[tuple[Story, Saying]]:
    yield from ((story, saying) for story, saying in said.items() if story.verdict == verdict)


def _told(said: Said) -> Iterator[str]:
    """The table of all cases, and the scores."""
    for story, saying in said.items():
        named = "; ".join(f"{one.id} {one.confidence} {one.probability:.2f}" for one in saying.causes[:3])
        yield f"{story.name:<32} {story.verdict:<12} {saying.verdict:<12} {saying.place(story.right) or '':>2} {named}"
    sick = dict(_of(said, Verdict.SICK))
    claims = [(one.probability, one.id in story.right) for story, saying in said.items() for one in saying.causes[:1]]
    first = sum(saying.place(story.right) == 1 for story, saying in sick.items())
    near = sum(1 <= saying.place(story.right) <= 3 for story, saying in sick.items())
    wrong = sum(saying.surely_wrong(story.right) for story, saying in said.items())
    alarms = sum(bool(saying.causes) for _, saying in _of(said, Verdict.HEALTHY))
    yield (
        f"{len(said)} cases, {len(sick)} sick: first {first}, top 3 {near}, sure and wrong {wrong}, false alarms {alarms}, "
        f"calibration error {calibration_error(claims):.3f}"
    )
