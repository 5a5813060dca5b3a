"""What may be shown of a text that came over the wire."""

import re

from sessile.doctor.masking import excerpt

_PLAIN = re.compile(r"[A-Za-z][a-z]*(?:[-. /_][A-Za-z]?[a-z]+)*")


def shown(text: str, limit: int = 200) -> str:
    """The text on one line of at most `limit` characters, with everything that could be a secret or a person masked."""
    return text if len(text) <= 60 and _PLAIN.fullmatch(text) else excerpt(text, limit)
