"""The report as one page of HTML: nothing is loaded from anywhere, and nothing in it is run."""

from base64 import b64encode
from datetime import UTC, datetime
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from sessile.doctor.diagnosis import Confidence, Diagnosis
from sessile.doctor.report.change import changed
from sessile.doctor.report.headline import headline, leading
from sessile.doctor.report.journey import WORDS, sign
from sessile.doctor.report.lacking import NEEDS, grouped
from sessile.doctor.report.page import Glyphs, printable
from sessile.doctor.report.terminal import (
    CONFIDENCES,
    VERDICTS,
    Surroundings,
    causes,
    verdict_sign,
)

_GLYPHS: Final = Glyphs()
_ANSWERS: Final = {"yes": _GLYPHS.ok, "no": _GLYPHS.broken, "unknown": _GLYPHS.unsure}


def page(diagnosis: Diagnosis, around: Surroundings, picture: bytes = b"") -> str:
    """The page; `picture` is a PNG that is shown in it."""
    first, others = leading(diagnosis)
    return _template().render(
        diagnosis=diagnosis,
        around=around,
        first=first,
        others=others,
        headline=headline(diagnosis),
        verdict=VERDICTS[diagnosis.verdict][0],
        verdict_sign=verdict_sign(_GLYPHS, diagnosis.verdict),
        confirmed=Confidence.CONFIRMED,
        unchecked=grouped(diagnosis),
        picture=b64encode(picture).decode("ascii"),
        written=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        made_by=version("sessile"),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: _shown(value) if isinstance(value, str) and not hasattr(value, "__html__") else value,
    )
    environment.globals |= {
        "sign": partial(sign, _GLYPHS),
        "words": WORDS,
        "answers": _ANSWERS,
        "confidences": CONFIDENCES,
        "needs": NEEDS,
        "changed": changed,
        "causes": causes,
    }
    return environment.get_template("page.html")


def _shown(text: str) -> str:
    """The text without what hides in it or turns its direction."""
    return "\n".join(printable(line) for line in text.split("\n"))
