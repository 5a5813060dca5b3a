"""The held-out cases: evidence as people have it, and what is right to say of it, noted before the doctor was asked."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.doctor.heldout.visit import recording

CASES = Path(__file__).parent / "cases"
SQL, VISIT = "database.sql", ".visit"
_DATA = (".log", ".env", ".har")
_CODE = (".js", ".mjs", ".cjs", ".ts", ".py", "Procfile", "package.json")


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """One case: what happened, the verdict and the causes that are right (any of them first; `both`: all of them), the files."""

    name: str
    story: str
    files: dict[str, str]
    right: frozenset[str] = frozenset()
    verdict: str = "sick"
    both: bool = False

    def laid_out(self, folder: Path, database: str) -> tuple[str, ...]:
        """Write the evidence into the folder and the database; what a user would name on the command line."""
        code = [name for name in self.files if name.endswith(_CODE)]
        named = [str(folder)] if code else []
        for name, text in self.files.items():
            if name == SQL:
                with psycopg.connect(database, autocommit=True) as connection:
                    connection.execute(text.encode())
                named.append(database)
                continue
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith(VISIT):
                path = path.with_suffix(".har")
                path.write_bytes(recording(text))
            else:
                path.write_text(text)
            if path.suffix in _DATA or not code:
                named.append(str(path))
        return tuple(named)


def stories() -> Iterator[Story]:
    """All cases, by name."""
    for path in sorted(CASES.glob("*.txt")):
        header, *parts = ("\n" + path.read_text()).split("\n-- ")
        files = {name: text for name, _, text in ((part + "\n").partition(" --\n") for part in parts)}
        noted = tomllib.loads(header)
        yield Story(
            path.stem,
            noted["story"],
            files,
            frozenset(noted["right"]),
            noted.get("verdict", "sick"),
            noted.get("both", False),
        )
