"""Code that is cut off, wild or deep is read as far as it goes, in time, and never ends the diagnosis."""

import random
from pathlib import Path
from time import monotonic

import pytest

from sessile.doctor.evidence.project import project
from sessile.doctor.evidence.source import javascript
from sessile.doctor.facts.source import Source
from tests.doctor.causes.code.express import HEALTHY, WITH_PASSPORT


def read(folder: Path, content: bytes, name: str = "app.js") -> list[Source]:
    (folder / name).write_bytes(content)
    return list(javascript.read(project(folder)))


@pytest.mark.parametrize("share", range(1, 20))
def test_code_cut_off_anywhere(tmp_path: Path, share: int) -> None:
    whole = WITH_PASSPORT.encode()
    for source in read(tmp_path, whole[: len(whole) * share // 20]):
        assert source.steps is not None


@pytest.mark.parametrize("seed", range(12))
def test_code_with_pieces_changed(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    wild = bytearray(HEALTHY.encode())
    for _ in range(30):
        at = chance.randrange(len(wild))
        wild[at : at + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
    read(tmp_path, bytes(wild))


DEEP = {
    "parentheses": "(" * 4000,
    "a sum": "a+" * 4000 + "a",
    "members": "a." * 4000 + "b",
    "lists": "[" * 4000,
    "calls": "f(" * 4000,
    "a chain": "a().b" * 60,
    "branches": "if(a)" * 1000,
    "functions": "x=>" * 3000,
    "negations": "!" * 4000,
}


@pytest.mark.parametrize("deep", DEEP.values(), ids=DEEP)
def test_deep_code(tmp_path: Path, deep: str) -> None:
    for source in read(tmp_path, f"{HEALTHY}\n{deep}".encode()):
        assert source.steps or not source.complete


def test_an_import_in_a_circle_and_a_value_of_itself(tmp_path: Path) -> None:
    (tmp_path / "b.js").write_text("import { secret } from './app.js'\nexport { secret }\nexport const again = again || secret\n")
    code = HEALTHY.replace("process.env.SESSION_SECRET", "secret").replace(
        "import pg", "import { secret } from './b.js'\nimport pg"
    )
    (source,) = read(tmp_path, code.encode())
    assert source.steps


def test_a_large_project_is_read_in_time(tmp_path: Path) -> None:
    for number in range(120):
        (tmp_path / f"part{number}.js").write_text(
            HEALTHY.replace("const app = express()", f"export function part{number}(app) {{")[:-1] + "}"
        )
    began = monotonic()
    read(tmp_path, HEALTHY.encode())
    assert monotonic() - began < 20
