"""How many connections each process may hold: the pools that Python code makes, with the sizes that their libraries give them."""

import ast
from collections.abc import Iterator

from sessile.doctor.evidence.source.python.module import Module, Modules
from sessile.doctor.evidence.source.python.values import Evaluator
from sessile.doctor.facts.source import Literal, Setting

POOL = "database.pool"
SIZES = {
    "create_engine": {"pool_size": 5, "max_overflow": 10},
    "create_async_engine": {"pool_size": 5, "max_overflow": 10},
    "ConnectionPool": {"max_size": 4},
    "AsyncConnectionPool": {"max_size": 4},
    "create_pool": {"max_size": 10},
}
"""The options that add up to a pool's size, with their defaults (SQLAlchemy, psycopg_pool, asyncpg)."""
LIBRARIES = ("sqlalchemy", "psycopg_pool", "asyncpg")


def pools(modules: Modules, evaluator: Evaluator) -> Iterator[Setting]:
    """Each pool that the code makes, with its largest size; one whose size only a run can tell is left out."""
    for module in modules.all:
        for call in module.calls:
            dotted = module.dotted(call.func)
            options = SIZES.get(dotted.rpartition(".")[2]) if dotted.startswith(LIBRARIES) else None
            size = _size(call, options, module, evaluator) if options else None
            if size:
                yield Setting(POOL, Literal(size), module.place(call))


def _size(call: ast.Call, options: dict[str, int], module: Module, evaluator: Evaluator) -> int | None:
    given = {one.arg: one.value for one in call.keywords if one.arg}
    if "poolclass" in given or any(one.arg is None for one in call.keywords):
        return None
    sizes = [evaluator.number(given[name], module) if name in given else default for name, default in options.items()]
    known = [int(size) for size in sizes if size is not None and size >= 0]
    return sum(known) if len(known) == len(sizes) else None
