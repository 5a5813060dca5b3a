"""Text that a check may need and nobody may see: a cookie's value, a URL with its query."""

from typing import Self

MASK = "***"


class Concealed:
    """A secret text: equal to another one like it, and shown, formatted or serialised as `***` or not at all.

    Only `reveal()` gives it away: to verify a signature, to look a row up, to ask the cookie model.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. It goes into no message, log, report or file."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Concealed) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __reduce__(self) -> str:
        raise TypeError("a concealed text is never serialised")
