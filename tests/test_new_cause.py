"""A newcomer's cause: what the generator writes becomes a cause once it is filled in, and not before."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from sessile.doctor.causes import Cause, from_module
from sessile.session.outcome import Station
from tests.doctor.causes.test_catalogue import TestEachCause as Checks
from tools.new_cause import Refused, files, write

ANSWERS = {
    "TODO: what is wrong, in one sentence that a tired person understands.": "The table stands on its head.",
    "TODO: what users see, and when.": "everybody is logged out upside down.",
    "TODO: what proves it, and where that is read.": "the table's name is read from the bottom.",
    "TODO: what looks like it, and by what it differs.": "a table that lies on its side still reads.",
    "TODO: what to do, and whether live sessions survive it.": "turn it over; no session is lost.",
    "TODO: what to do": "Turn the table over",
    "TODO: what contradicts it; Confirmed only with a proof": "the table stands on its feet",
}
CHECKS = [name for name in dir(Checks) if name.startswith("test_")]


def cause(path: Path) -> Cause:
    spec = importlib.util.spec_from_file_location("upside_down", path)
    if spec is None or spec.loader is None:
        raise LookupError(path)
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return from_module(Station.SAVE, "upside_down", module)


@pytest.fixture
def written(tmp_path: Path) -> list[Path]:
    return [tmp_path / path for path in write(tmp_path, "save", "upside-down")]


def test_filled_in_it_passes_every_check_of_the_catalogue(written: list[Path]) -> None:
    text = written[0].read_text()
    for question, answer in ANSWERS.items():
        text = text.replace(question, answer)
    written[0].write_text(text)
    found = cause(written[0])
    assert found.id == "save-upside-down"
    for check in CHECKS:
        getattr(Checks(), check)(found)


def test_until_then_the_catalogue_refuses_it(written: list[Path]) -> None:
    with pytest.raises(AssertionError):
        Checks().test_leaves_nothing_to_fill_in(cause(written[0]))


def test_all_that_it_writes_is_in_order_but_for_what_must_be_said(written: list[Path]) -> None:
    command = ["ruff", "check", "--isolated", "--select", "E,F,I,UP,B", "--line-length", "130", *map(str, written)]
    ran = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_nothing_that_is_there_is_overwritten(written: list[Path], tmp_path: Path) -> None:
    written[0].write_text("mine")
    with pytest.raises(Refused, match="is there already"):
        write(tmp_path, "save", "upside-down")
    assert written[0].read_text() == "mine"


@pytest.mark.parametrize(
    ("station", "slug", "says"),
    [
        ("somewhere", "upside-down", "there is no station somewhere"),
        ("save", "Upside Down", "is no slug"),
        ("save", "../../etc", "is no slug"),
        ("save", "no-primary-key", "save-no-primary-key is there already"),
    ],
)
def test_a_name_that_cannot_be_one_is_refused_in_one_line(station: str, slug: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        files(station, slug)
