"""One reason against a cookie, with the sentence that fits this very case."""

from dataclasses import dataclass
from typing import Self

from sessile.cookies.reason import Reason


@dataclass(frozen=True, slots=True)
class Objection:
    """A reason, and for people a sentence that says what it means, or what is wrong here; `detail` names the parties."""

    reason: Reason
    because: str
    detail: str = ""

    @classmethod
    def of(cls, reason: Reason, detail: str = "") -> Self:
        """The reason with its general sentence."""
        return cls(reason, reason.sentence, detail)

    def __str__(self) -> str:
        first = f"{self.reason.devtools or self.reason.chromium}: {self.because}"
        return f"{first}\n  {self.detail}" if self.detail else first
