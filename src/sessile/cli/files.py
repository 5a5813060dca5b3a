"""What the doctor writes beside its answer: a page, a bundle, a picture."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sessile.doctor.bundle import Bundle, write as write_bundle
from sessile.doctor.diagnosis import Diagnosis
from sessile.doctor.evidence.gathering import Gathered
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.report import json
from sessile.doctor.report.terminal import Surroundings


@dataclass(frozen=True, slots=True)
class Files:
    """The names of the files that were asked for."""

    html: str | None = None
    bundle: str | None = None
    picture: str | None = None

    def check(self) -> None:
        """Raise NotEvidence, before anything else is done, for what cannot be the name of a new file."""
        for option, path in self._named():
            if path.is_dir():
                raise NotEvidence(f"{option} {path}: that is a folder")
            if not path.parent.is_dir():
                raise NotEvidence(f"{option} {path}: there is no folder {path.parent}")

    def write(self, diagnosis: Diagnosis, around: Surroundings, found: Gathered) -> None:
        """Write them, and say so on standard error. Raises OSError for what cannot be written."""
        if self.html:
            from sessile.doctor.report import html

            Path(self.html).write_text(html.page(diagnosis, around, found.picture), encoding="utf-8")
        if self.bundle:
            bundle = Bundle(found.facts, found.looked_at, found.failures, found.picture)
            write_bundle(Path(self.bundle), bundle, json.document(diagnosis))
        if self.picture and found.picture:
            Path(self.picture).write_bytes(found.picture)
        for option, path in self._named():
            says = f"wrote {path}" if option != "--screenshot" or found.picture else "there was no page to take a picture of"
            sys.stderr.write(f"sessile: {says}\n")

    def _named(self) -> Iterator[tuple[str, Path]]:
        for option, name in (("--html", self.html), ("--bundle", self.bundle), ("--screenshot", self.picture)):
            if name:
                yield option, Path(name)
