"""What the doctor says of cases whose author did not tune it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.saying import Saying
from sessile.doctor.diagnose import diagnose
from sessile.doctor.evidence.gathering import Options, gather
from sessile.doctor.evidence.sorting import sort
from tests.doctor.heldout.story import Story, stories

STORIES = {story.name: story for story in stories()}


def said_of(story: Story, folder: Path, database: str) -> Saying:
    """What is said of a case's evidence."""
    items = sort(story.laid_out(folder, database), {})
    return Saying.of(diagnose(gather(items, Options()).facts))


@pytest.mark.parametrize("name", STORIES)
def test_case(name: str, tmp_path: Path, database: str) -> None:
    story = STORIES[name]
    saying = said_of(story, tmp_path, database)
    told = "; ".join(f"{c.id} {c.confidence} {c.probability:.2f}" for c in saying.causes[:4])
    ok = (saying.verdict == story.verdict) and (not story.right or saying.place(story.right) == 1)
    print(f"{'ok ' if ok else 'BAD'} {name:32} want {story.verdict} {sorted(story.right)} | {saying.verdict} asks {saying.asks} | {told}")
