"""A page of plain paragraphs on a terminal: wrapped, indented, and holding nothing a terminal would obey."""

import unicodedata
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

WIDEST = 110

Part = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs that a page draws with; every one also stands beside a word or a colour."""

    ok: str = "✓"
    broken: str = "✗"
    unseen: str = "·"
    unsure: str = "?"
    note: str = "!"
    bullet: str = "•"
    rail: str = "─"
    gap: str = "╌"


PLAIN = str.maketrans({"\u2026": "...", "\u2013": "-", "\u2014": "-", "\u2018": "'", "\u2019": "'", "\u2192": "->"})
ASCII = Glyphs(ok="+", broken="X", unseen=".", bullet="*", rail="-", gap=" ")


class Page:
    """Writes to a console, in the signs that its encoding can show."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.width = min(console.width, WIDEST)
        self.glyphs = Glyphs() if _can_show(console.encoding) else ASCII

    def line(self, *parts: Part) -> None:
        """One line as it is, neither wrapped nor cut: a command is copied whole."""
        self.console.print(self.styled(*parts), soft_wrap=True)

    def heading(self, title: str, aside: str = "") -> None:
        """A blank line, then the title, with a word beside it if there is one, or under it where it is narrow."""
        fits = len(title) + 3 + len(aside) <= self.width
        self.line()
        self.line((title, "bold"), (f"   {aside}" if aside and fits else "", "dim"))
        if aside and not fits:
            self.paragraph((aside, "dim"))

    def paragraph(self, *parts: Part, indent: int = 2, lead: Part = "") -> None:
        """Text wrapped to the page; `lead` stands before its first line and the others hang below it."""
        start = self.styled(lead)
        room = max(self.width - indent - start.cell_len, 20)
        for line in self.styled(*parts).wrap(self.console, room):
            line.rstrip()
            self.console.print(Text.assemble(" " * indent, start, line), soft_wrap=True)
            start = Text(" " * start.cell_len)

    def command(self, command: str, aside: str = "", *, indent: int = 4) -> None:
        """A command to copy; the aside follows on the same line where there is room."""
        fits = indent + len(command) + 3 + len(aside) <= self.width
        self.line(" " * indent, (command, "bold cyan"), (f"   {aside}" if aside and fits else "", "dim"))
        if aside and not fits:
            self.paragraph((aside, "dim"), indent=indent)

    def styled(self, *parts: Part) -> Text:
        """The parts as one text, each in its style, harmless to a terminal and without signs that it cannot show."""
        pairs = [(part, "") if isinstance(part, str) else part for part in parts]
        return Text.assemble(*((self._shown(text), style) for text, style in pairs))

    def _shown(self, text: str) -> str:
        text = printable(text)
        return text.translate(PLAIN) if self.glyphs is ASCII else text


def cut(text: str, length: int) -> str:
    """The text, or as much of it as fits with three dots at its end."""
    return text if len(text) <= length else f"{text[: length - 3].rstrip()}..."


def printable(text: str) -> str:
    r"""The text with every character that steers a terminal, or hides in it, written as an escape (`\x1b`)."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character in "\n\t":
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
        return character.encode("unicode_escape").decode("ascii")
    return character


def _can_show(encoding: str) -> bool:
    try:
        "".join(getattr(Glyphs(), name) for name in Glyphs.__slots__).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
