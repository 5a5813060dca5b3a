"""How values of the code combine: defaults, conditions, comparisons and arithmetic, with what is not known staying unknown."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.source import Choice, Fresh, Literal, Made, Several, Value, Variable

UNDEFINED: Final = Literal(None)
YES: Final = Literal(value=True)
NO: Final = Literal(value=False)
_TIMES: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "y": 31_557_600_000}
_TIME: Final = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)
_ARITHMETIC: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else math.inf,
    "**": lambda a, b: a**b,
}


def or_else(left: Value, operator: str, default: Callable[[], Value]) -> Value:
    """`left || default`, or with `??`."""
    match left:
        case Variable(name, None, converted):
            return Variable(name, default(), converted)
        case Literal(value):
            return default() if (value is None if operator == "??" else not value) else left
        case Choice(variable, equals, yes, no):
            return Choice(variable, equals, or_else(yes, operator, default), or_else(no, operator, default))
        case Fresh() | Made() | Several():
            return left
    return Unknown("what stands before || cannot be told")


def condition_of(value: Value) -> Value:
    """What a condition depends on."""
    match value:
        case Variable(name, None, _):
            return Choice(name, None, YES, NO)
        case Literal(what):
            return YES if what else NO
        case Fresh() | Made() | Several():
            return YES
    return value


def chosen(condition: Value, yes: Value, no: Value) -> Value:
    """One of two values, by a condition."""
    match condition:
        case Literal(value):
            return yes if value else no
        case Choice(variable, equals, first, second):
            return Choice(variable, equals, chosen(condition_of(first), yes, no), chosen(condition_of(second), yes, no))
    return yes if yes == no else Choice("", None, yes, no)


def compared(left: Value, right: Value, *, negated: bool) -> Value:
    """Whether two values are the same, or differ."""
    if isinstance(left, Literal) and isinstance(right, Variable):
        left, right = right, left
    same, other = (NO, YES) if negated else (YES, NO)
    match left, right:
        case Variable(name, default), Literal(str(word)):
            unset = same if isinstance(default, Literal) and default.value == word else other
            return Choice(name, word, same, other) if unset == other else Unknown(f"{name} has a default that decides")
        case Variable(name, None), Literal(None):
            return Choice(name, None, other, same)
        case Literal(one), Literal(two):
            return same if one == two else other
    return Unknown("a comparison of what is not known")


def calculated(operator: str, left: Value, right: Value) -> Value:
    """The result of an arithmetic operation."""
    match left, right:
        case (Fresh() as fresh, _) | (_, Fresh() as fresh):
            return fresh
        case Literal(int() | float() as one), Literal(int() | float() as two) if operator in _ARITHMETIC:
            result = _ARITHMETIC[operator](one, two)
            return Literal(int(result) if math.isfinite(result) and result == int(result) else result)
        case Variable(name, default, _), Literal(int() | float()) if operator in "*/-":
            return Variable(name, default and calculated(operator, default, right), converted=True)
        case Literal(int() | float()), Variable(name, default, _) if operator in "*/-":
            return Variable(name, default and calculated(operator, left, default), converted=True)
    return Unknown("a calculation with what is not known")


def parsed(value: Value) -> Value:
    """What `Number()` and its like make of a value."""
    match value:
        case Variable(name, default, _):
            return Variable(name, default and parsed(default), converted=True)
        case Literal(str(written)):
            try:
                return Literal(float(written) if "." in written else int(written))
            except ValueError:
                return Literal(math.nan)
    return value


def milliseconds(value: Value) -> Value:
    """What the package `ms` makes of a text: milliseconds."""
    found = _TIME.fullmatch(value.value) if isinstance(value, Literal) and isinstance(value.value, str) else None
    if found is None:
        return Unknown("a duration that is not known")
    word = found[2].lower()
    unit = "ms" if word.startswith(("ms", "milli")) or not word else "m" if word.startswith("mi") else word[0]
    return Literal(int(float(found[1]) * _TIMES.get(unit, 1)))


def negated(operator: str, value: Value) -> Value:
    """`!value`, `-value`, `+value` or `void value`."""
    match operator, value:
        case "!", _:
            return chosen(condition_of(value), NO, YES)
        case "-", Literal(int() | float() as number):
            return Literal(-number)
        case "+" | "-", Variable(name, default, _):
            return Variable(name, default, converted=True)
        case "void", _:
            return UNDEFINED
    return value if operator == "+" else Unknown("an operation on what is not known")


def under(condition: Value, value: Value, otherwise: Value) -> Value:
    """A value that is set under a condition, and what stands without it."""
    match condition:
        case Choice(variable, equals, Literal(yes), Literal(no)):
            return Choice(variable, equals, value if yes else otherwise, value if no else otherwise)
    return Unknown("it is set under a condition")
