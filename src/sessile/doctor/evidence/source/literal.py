"""A text that stands in the code, concealed where it may hold a secret: the password in a URL, an address, a key."""

from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.source import Literal
from sessile.doctor.masking import mask


def literal(text: str) -> Literal:
    """The text as a value: as it is where nothing in it would be masked."""
    return Literal(text if mask(text) == text else Concealed(text))
