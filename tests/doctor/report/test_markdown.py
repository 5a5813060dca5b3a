"""The report for a tracker: all of it, and nothing that pings, links or breaks out of its place."""

import re

import pytest

from sessile.doctor.causes import Cause, catalogue
from sessile.doctor.diagnosis import Diagnosis
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.report import markdown
from sessile.doctor.report.terminal import Surroundings
from tests.doctor.report.patients import healthy, puzzling, sick

AROUND = Surroundings(("app.log",), ("the log is cut off",))


def test_the_verdict_the_proof_and_the_fix_come_first() -> None:
    text = markdown.text(sick(), AROUND)
    assert text.startswith('### ✗ SICK: "public"."session" has no key that ON CONFLICT (sid) can use (confirmed)\n')
    order = [text.index(part) for part in ("Looked at", "| boot |", "#### Proof", "#### Fix", "#### Also", "<details>")]
    assert order == sorted(order)
    assert '```sh\nsessile fix save-no-primary-key "$DATABASE_URL"\n```' in text
    assert "1. 42P10 there is no unique" in text


@pytest.mark.parametrize("diagnosis", [sick(), healthy(), puzzling()], ids=["sick", "healthy", "puzzling"])
def test_the_journey_is_a_table_and_the_checklist_has_boxes(diagnosis: Diagnosis) -> None:
    lines = markdown.text(diagnosis, AROUND).splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("| boot"))
    assert [line.count("|") for line in lines[head : head + 3]] == [13, 13, 13]
    assert sum(line.startswith("- [") for line in lines) == 7


@pytest.mark.parametrize("cause", catalogue(), ids=lambda cause: cause.id)
def test_every_change_is_a_whole_diff(cause: Cause) -> None:
    text = markdown.text(sick(cause), AROUND)
    for change in cause.remedy.changes:
        for line in (*change.before.splitlines(), *change.after.splitlines()):
            assert line in text
    fences = re.findall(r"^`{3,}", text, re.MULTILINE)
    assert len(fences) % 2 == 0


def test_what_was_seen_neither_pings_nor_links_nor_breaks_out() -> None:
    attack = "@ana #12 [x](https://evil.example) <b> | ``` www.evil.example ![i](x) *b* &lt; \u202e</details>"
    proof = (Evidence(attack, "log", attack),)
    text = markdown.text(sick(evidence=proof, title=attack), Surroundings((attack,), (attack,)))
    prose = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text.partition("#### Fix")[0], flags=re.DOTALL)
    for live in ("@ana", " #12", "](", "<b>", "https://", "www.evil", "</details>", "\u202e", "![", " | ```"):
        assert live not in prose.replace("\\#", "").replace("\\[", "").replace("\\]", "").replace("\\<", "")
