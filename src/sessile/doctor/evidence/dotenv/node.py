"""The reader of Node's dotenv package: quotes of three kinds, comments from any `#` outside them, no expansion.

Source: motdotla/dotenv 18, `parse`.
"""

import re

from sessile.doctor.evidence.dotenv.assignment import Assignment, Lines

# JavaScript's white space, which holds the byte order mark; and its line ends, once CR and CRLF have become LF.
_BLANKS = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
_BLANK = f"[{_BLANKS}]"
_LINE_ENDS = "\n\u2028\u2029"

_LEADING = re.compile(f"{_BLANK}*")
_LINE = re.compile(f"[^{_LINE_ENDS}]*[{_LINE_ENDS}]?")
_BINDING = re.compile(
    rf"""
    (?: export {_BLANK}+ )?
    (?P<name> [\w.-]+ )
    (?: {_BLANK}* = {_BLANK}*? | : {_BLANK}+? )
    (?P<value>
        {_BLANK}* (?P<quote> ['"`] ) (?: \\ (?P=quote) | (?! (?P=quote) ) . )* (?P=quote)
      | [^\#\n]+
    )?
    {_BLANK}*
    (?: \# [^{_LINE_ENDS}]* )?
    (?= [{_LINE_ENDS}] | \Z )
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)


def read(content: bytes) -> dict[str, Assignment]:
    """The variables by name; dotenv passes over any line that it does not understand."""
    text = re.sub("\r\n?", "\n", content.decode("utf-8", "replace"))
    lines = Lines(text)
    variables = {}
    position = 0
    while position < len(text):
        start = _end(_LEADING, text, position)
        binding = _BINDING.match(text, start)
        if binding:
            variables[binding["name"]] = Assignment(_value(binding["value"] or ""), lines.at(start))
        position = _next_line(text, binding.end()) if binding else _end(_LINE, text, start)
    return variables


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _next_line(text: str, position: int) -> int:
    return position if text[position - 1] in _LINE_ENDS else _end(_LINE, text, position)


def _value(written: str) -> str:
    text = written.strip(_BLANKS)
    quote = text[:1]
    value = text[1:-1] if len(text) > 1 and quote in "'\"`" and text.endswith(quote) else text
    return value.replace("\\n", "\n").replace("\\r", "\r") if quote == '"' else value
