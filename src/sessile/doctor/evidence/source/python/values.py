"""What an expression of Python is known to be: a literal, a variable of the environment, or something new at each start."""

import ast
import re

from sessile.doctor.evidence.source.literal import literal
from sessile.doctor.evidence.source.python.module import Module, Modules, assignments, text_of
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.source import Choice, Fresh, Literal, Made, Setting, Several, Value, Variable

DEEPEST = 12
RANDOM = re.compile(
    r"(?:^|\.)(?:token_hex|token_bytes|token_urlsafe|urandom|uuid[14]|get_random_secret_key|get_random_string|get_random_bytes|generate_key"
    r"|randbytes|getrandbits|randint|time_ns|mkdtemp|mkstemp|TemporaryDirectory)$|^time\.time$|^random\."
)
KEPT = re.compile(r"(?:^|\.)(?:open|read_text|read_bytes|load|loads|get_secret|get_secret_value)$")
READERS = re.compile(
    r"(?:^|\.)(?:getenv|environ\.get|environ\.pop|decouple\.config|get_env|getenv_or)$|^(?:env|config)$|^(?:env|config)\.(?:str|bool|int|list|get)$"
)
CONVERTERS = frozenset({"int", "float", "bool", "str", "bytes", "list", "tuple", "Secret", "SecretStr"})
SPANS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1, "weeks": 604800, "milliseconds": 0.001}
PARTS = {"seconds": lambda span: int(span % 86400), "days": lambda span: int(span // 86400)}
"""The attributes of a timedelta, which are parts of it, by its seconds."""
SECRETS = re.compile(r"(?i)secret|password|signing_?key|fallbacks")


class Evaluator:
    """Evaluates expressions of one project's modules, as far as the text alone tells."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules

    def setting(self, name: str, node: ast.expr, module: Module, at: ast.AST | None = None) -> Setting:
        """An option by its name, with its value; a secret's text is concealed."""
        value = self.value(node, module)
        return Setting(name, _concealed(value) if SECRETS.search(name) else value, module.place(at or node))

    def value(self, node: ast.expr, module: Module, depth: int = 0) -> Value:
        """What an expression is known to be."""
        if depth > DEEPEST:
            return Unknown("it goes through too many names")
        match node:
            case ast.Constant(value=bool() | int() | float() | str() | None as plain):
                return literal(plain) if isinstance(plain, str) else Literal(plain)
            case ast.Constant(value=bytes() as octets):
                return Literal(octets.decode("utf-8", "replace"))
            case ast.Name() | ast.Attribute():
                return self._named(node, module, depth)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return Several(tuple(self.value(item, module, depth + 1) for item in items))
            case ast.Dict(keys=keys, values=values):
                named = [(text_of(key), item) for key, item in zip(keys, values, strict=True) if key is not None and text_of(key)]
                return Made("dict", tuple(self.setting(key, item, module) for key, item in named))
            case ast.Subscript() if module.dotted(node.value).endswith("environ") and text_of(node.slice):
                return Variable(text_of(node.slice))
            case ast.Call():
                return self._call(node, module, depth)
        return self._composed(node, module, depth)

    def number(self, node: ast.expr, module: Module, depth: int = 0) -> int | float | None:
        """The number that an expression is, a timedelta in seconds; None if it is none."""
        match node:
            case ast.BinOp(left=left, op=op, right=right):
                one, other = self.number(left, module, depth + 1), self.number(right, module, depth + 1)
                return _calculated(one, op, other) if one is not None and other is not None else None
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                found = self.number(operand, module, depth + 1)
                return None if found is None else -found
            case ast.Call(func=function, keywords=keywords, args=[]) if module.dotted(function).endswith("timedelta"):
                parts = [(one.arg, self.number(one.value, module, depth + 1)) for one in keywords]
                known = [SPANS[name] * number for name, number in parts if name in SPANS and number is not None]
                return sum(known) if len(known) == len(parts) and parts else None
            case ast.Call(func=function, args=[days], keywords=[]) if module.dotted(function).endswith("timedelta"):
                number = self.number(days, module, depth + 1)
                return None if number is None else number * SPANS["days"]
            case ast.Call(func=ast.Attribute(value=span, attr="total_seconds")):
                return self.number(span, module, depth + 1)
        value = self.value(node, module, depth + 1) if depth < DEEPEST and not isinstance(node, ast.BinOp | ast.UnaryOp) else None
        plain = value.value if isinstance(value, Literal) else None
        return plain if isinstance(plain, int | float) and not isinstance(plain, bool) else None

    def attributes(self, node: ast.ClassDef, module: Module) -> dict[str, tuple[ast.expr, Module]]:
        """The attributes of a class of the project with their values, those of its bases first."""
        found: dict[str, tuple[ast.expr, Module]] = {}
        for base in node.bases:
            known = self.class_of(base, module)
            if known and known[0] is not node:
                found |= self.attributes(*known)
        return found | {name: (value, module) for name, value in assignments(node.body) if isinstance(name, str)}

    def class_of(self, node: ast.expr, module: Module) -> tuple[ast.ClassDef, Module] | None:
        """The class of the project that a name stands for."""
        dotted = module.dotted(node)
        if dotted in module.classes:
            return module.classes[dotted], module
        found = self.modules.resolve(dotted)
        return (found[0].classes[found[1]], found[0]) if found and found[1] in found[0].classes else None

    def _composed(self, node: ast.expr, module: Module, depth: int) -> Value:
        """An expression that is made of others."""
        match node:
            case ast.BoolOp(op=ast.Or(), values=values):
                return self._first(values, module, depth)
            case ast.IfExp(test=test, body=yes, orelse=no):
                return self._choice(test, yes, no, module, depth)
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as how], comparators=[right]):
                return self._compared(left, right, isinstance(how, ast.Eq), module, depth)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _negated(self.value(operand, module, depth + 1))
            case ast.BinOp() | ast.UnaryOp():
                number = self.number(node, module, depth)
                return Literal(number) if number is not None else self._fresh(node, module)
        return self._fresh(node, module)

    def _named(self, node: ast.expr, module: Module, depth: int) -> Value:
        dotted = module.dotted(node)
        if dotted in module.values:
            return self.value(module.values[dotted], module, depth + 1)
        found = self.modules.resolve(dotted)
        if found and found[1] in found[0].values:
            return self.value(found[0].values[found[1]], found[0], depth + 1)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, module, depth)
        return Unknown(f"{dotted or 'it'} is set elsewhere")

    def _attribute(self, node: ast.Attribute, module: Module, depth: int) -> Value:
        """A part of a span of time, an attribute of a class of the project or of its object, a field of pydantic's settings."""
        if node.attr in PARTS and (span := self.number(node.value, module, depth + 1)) is not None:
            return Literal(PARTS[node.attr](span))
        known = self.class_of(node.value, module) or self._made_of(node.value, module)
        if known and node.attr in (attributes := self.attributes(*known)):
            value, owner = attributes[node.attr]
            return self.value(value, owner, depth + 1)
        for owner in self.modules.all:
            for one in owner.classes.values():
                if any(owner.dotted(base).endswith("BaseSettings") for base in one.bases):
                    for field in one.body:
                        if (
                            isinstance(field, ast.AnnAssign)
                            and isinstance(field.target, ast.Name)
                            and field.target.id == node.attr
                        ):
                            default = self.value(field.value, owner, depth + 1) if field.value is not None else None
                            return Variable(f"{_prefix(one)}{node.attr}".upper(), default)
        return Unknown(f"{node.attr} is set elsewhere")

    def _made_of(self, node: ast.expr, module: Module) -> tuple[ast.ClassDef, Module] | None:
        """The class of the project that a name of some module is an object of: `settings = Settings()`."""
        dotted = module.dotted(node)
        owner, name = (module, dotted) if dotted in module.values else self.modules.resolve(dotted) or (module, "")
        made = owner.values.get(name)
        return self.class_of(made.func, owner) if isinstance(made, ast.Call) else None

    def _call(self, node: ast.Call, module: Module, depth: int) -> Value:
        dotted = module.dotted(node.func)
        if dotted == "dataclasses.field":
            return self._default_of(node, module, depth)
        if READERS.search(dotted) and node.args and text_of(node.args[0]):
            default = next(
                (one.value for one in node.keywords if one.arg == "default"), node.args[1] if len(node.args) > 1 else None
            )
            converted = dotted.endswith((".bool", ".int")) or any(one.arg == "cast" for one in node.keywords)
            return Variable(
                text_of(node.args[0]), self.value(default, module, depth + 1) if default is not None else None, converted
            )
        number = self.number(node, module, depth) if dotted.endswith(("timedelta", "total_seconds")) else None
        if number is not None:
            return Literal(number)
        if dotted in CONVERTERS and node.args:
            return _converted(self.value(node.args[0], module, depth + 1), dotted)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("strip", "encode", "decode", "hex", "lower"):
            inner = self.value(node.func.value, module, depth + 1)
            return inner if not isinstance(inner, Unknown) else self._fresh(node, module)
        if dotted.rpartition(".")[2][:1].isupper():
            return Made(dotted, tuple(self.setting(one.arg, one.value, module) for one in node.keywords if one.arg))
        return self._fresh(node, module)

    def _default_of(self, field: ast.Call, module: Module, depth: int) -> Value:
        """What a field of a dataclass is where nobody gives it."""
        for one in field.keywords:
            if one.arg == "default":
                return self.value(one.value, module, depth + 1)
            if one.arg == "default_factory" and isinstance(one.value, ast.Lambda):
                return self.value(one.value.body, module, depth + 1)
        return Unknown("the field is made elsewhere")

    def _first(self, values: list[ast.expr], module: Module, depth: int) -> Value:
        """`a or b`: the first that holds; a variable that is not set or empty gives way to the next."""
        found = [self.value(one, module, depth + 1) for one in values]
        last = found[-1]
        for value in reversed(found[:-1]):
            if isinstance(value, Variable):
                last = Variable(value.name, last if value.default is None else value.default, value.converted)
            elif isinstance(value, Literal):
                last = value if value.value else last
            else:
                return Unknown("which of several it is depends on what one of them holds")
        return last

    def _choice(self, test: ast.expr, yes: ast.expr, no: ast.expr, module: Module, depth: int) -> Value:
        condition = self.value(test, module, depth + 1)
        first, second = self.value(yes, module, depth + 1), self.value(no, module, depth + 1)
        match condition:
            case Literal(value):
                return first if value else second
            case Choice(variable, equals, Literal(True), _):
                return Choice(variable, equals, first, second)
            case Variable(name):
                return Choice(name, "", second, first)
        return Choice("", "", first, second)

    def _compared(self, left: ast.expr, right: ast.expr, equal: bool, module: Module, depth: int) -> Value:
        one, other = self.value(left, module, depth + 1), self.value(right, module, depth + 1)
        match one, other:
            case Variable(name), Literal(str() as text):
                return Choice(name, text, Literal(equal), Literal(not equal))
            case Literal(first), Literal(second):
                return Literal((first == second) is equal)
        return Unknown("it is compared with something that is set elsewhere")

    def _fresh(self, node: ast.AST, module: Module) -> Value:
        """Something new at each start, if it is made of what is random and is not read from where it was kept."""
        called = [module.dotted(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)]
        made = next((name for name in called if RANDOM.search(name)), "")
        return Fresh(f"{made}()") if made and not any(KEPT.search(name) for name in called) else Unknown("it is computed")


def _concealed(value: Value) -> Value:
    match value:
        case Literal(str() as text):
            return Literal(Concealed(text))
        case Variable(name, default, converted) if default is not None:
            return Variable(name, _concealed(default), converted)
        case Choice(variable, equals, yes, no):
            return Choice(variable, equals, _concealed(yes), _concealed(no))
        case Several(items):
            return Several(tuple(_concealed(item) for item in items))
    return value


def _negated(value: Value) -> Value:
    match value:
        case Literal(plain):
            return Literal(not plain)
        case Choice(variable, equals, Literal(yes), Literal(no)):
            return Choice(variable, equals, Literal(not yes), Literal(not no))
    return Unknown("it is the opposite of something that is set elsewhere")


def _converted(value: Value, converter: str) -> Value:
    match value:
        case Variable(name, default):
            return Variable(name, default, converted=converter in ("int", "float", "bool"))
        case Literal(str() as text) if converter == "int" and text.isdigit():
            return Literal(int(text))
    return value


def _calculated(one: float, how: ast.operator, other: float) -> int | float | None:
    match how:
        case ast.Mult():
            return one * other
        case ast.Add():
            return one + other
        case ast.Sub():
            return one - other
        case ast.Div() | ast.FloorDiv() if other:
            return one / other
    return None


def _prefix(settings: ast.ClassDef) -> str:
    """The prefix of the variables that pydantic reads its fields from."""
    for node in ast.walk(settings):
        if isinstance(node, ast.keyword) and node.arg == "env_prefix":
            return text_of(node.value)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "env_prefix":
            return text_of(node.value)
    return ""
