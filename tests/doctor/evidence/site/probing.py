"""A probe of a small site, and what is asked of it, for the tests."""

import contextlib
from collections.abc import Iterator

from sessile.doctor.evidence.site import Probed, collect
from sessile.doctor.evidence.site.plan import Request, plan
from sessile.doctor.facts import Facts
from sessile.doctor.facts.concealed import Concealed
from tests.doctor.evidence.site.service import NAME, PASSWORD, Shop, serving
from tests.doctor.facts_builder import NOW

DATA = (("name", Concealed(NAME)), ("password", Concealed(PASSWORD)))
WRONG = (("name", Concealed(NAME)), ("password", Concealed("not-the-password")))
JSON = Request(login="/login", data=DATA, protected="/me")
FORM = Request(login="/form", data=DATA, form=True, protected="/home")
OWN = "my-own-session-0123456789"


def probe(port: int, asked: Request, *more: str, path: str = "/", seconds: float = 20) -> Probed:
    planned = plan([f"http://127.0.0.1:{port}{path}", *more], asked)
    assert planned is not None
    return collect(planned, seconds=seconds)


def facts(probed: Probed) -> Facts:
    return Facts(now=NOW, wires=(probed.wire,), sites=(probed.site,))


def steps(probed: Probed) -> list[str]:
    return [one.pointer for one in probed.wire.exchanges]


def status(probed: Probed, step: str) -> int:
    return next(one.status for one in probed.wire.exchanges if one.pointer == step)


@contextlib.contextmanager
def served(shop: Shop) -> Iterator[int]:
    with serving(shop.app()) as port:
        yield port
