"""The session layers of a service in Python, their options under one name each, whatever the framework calls them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.source import Framework, Fresh, Literal, Made, Part, Plain, Setting, Source, Step, Value

DAY = 86400


class Keeper(StrEnum):
    """Who keeps the sessions."""

    STARLETTE = "Starlette"
    FLASK = "Flask"
    FLASK_SESSION = "Flask-Session"
    DJANGO = "Django"
    SESSILE = "sessile"


class Storage(StrEnum):
    """Where the data is kept."""

    COOKIE = "the cookie itself"
    MEMORY = "the process's memory"
    ELSEWHERE = "a database, a cache or files"


_FLASK: Mapping[str, str] = {
    "secret": "SECRET_KEY",
    "name": "SESSION_COOKIE_NAME",
    "secure": "SESSION_COOKIE_SECURE",
    "same_site": "SESSION_COOKIE_SAMESITE",
    "domain": "SESSION_COOKIE_DOMAIN",
    "path": "SESSION_COOKIE_PATH",
    "max_age": "PERMANENT_SESSION_LIFETIME",
    "every_request": "SESSION_REFRESH_EACH_REQUEST",
}
NAMES: Mapping[Keeper, Mapping[str, str]] = {
    Keeper.STARLETTE: {
        "secret": "secret_key",
        "name": "session_cookie",
        "secure": "https_only",
        "same_site": "same_site",
        "domain": "domain",
        "path": "path",
        "max_age": "max_age",
    },
    Keeper.FLASK: _FLASK,
    Keeper.FLASK_SESSION: _FLASK,
    Keeper.DJANGO: {
        "secret": "SECRET_KEY",
        "name": "SESSION_COOKIE_NAME",
        "secure": "SESSION_COOKIE_SECURE",
        "same_site": "SESSION_COOKIE_SAMESITE",
        "domain": "SESSION_COOKIE_DOMAIN",
        "path": "SESSION_COOKIE_PATH",
        "max_age": "SESSION_COOKIE_AGE",
        "every_request": "SESSION_SAVE_EVERY_REQUEST",
    },
    Keeper.SESSILE: {"secret": "secret", "max_age": "idle"},
}
"""What each calls an option."""

DEFAULTS: Mapping[Keeper, Mapping[str, Plain]] = {
    Keeper.STARLETTE: {"name": "session", "secure": False, "same_site": "lax", "path": "/", "max_age": 14 * DAY},
    Keeper.FLASK: {"name": "session", "secure": False, "path": "/", "max_age": 31 * DAY, "every_request": True},
    Keeper.FLASK_SESSION: {"name": "session", "secure": False, "path": "/", "max_age": 31 * DAY, "every_request": True},
    Keeper.DJANGO: {
        "name": "sessionid",
        "secure": False,
        "same_site": "Lax",
        "path": "/",
        "max_age": 14 * DAY,
        "every_request": False,
    },
    Keeper.SESSILE: {},
}
_LIBRARIES = {
    "starlette": Keeper.STARLETTE,
    "flask": Keeper.FLASK,
    "flask_session": Keeper.FLASK_SESSION,
    "django": Keeper.DJANGO,
    "sessile": Keeper.SESSILE,
}
PYTHON = (Framework.STARLETTE, Framework.FASTAPI, Framework.FLASK, Framework.DJANGO)
COUNTING = ("FileBasedCache", "DatabaseCache")
MAX_ENTRIES = 300
"""What Django's caches of files and of a table hold where nothing else is said (django/core/cache/backends/base.py)."""
IN_MEMORY = ("locmem", "dummy", "SimpleCache", "simple")
"""Words in the name of a cache that lives in one process, or keeps nothing."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One session layer: who keeps the sessions, in which application, and the step that does it."""

    keeper: Keeper
    source: Source
    step: Step

    def option(self, name: str) -> Setting | None:
        """The option's setting; None where it is known to be left at its default."""
        return self.step.setting(NAMES[self.keeper].get(name, name))

    def plain(self, name: str) -> Plain | Unknown:
        """The option's value where the source tells it; its default where it is not set."""
        setting = self.option(name)
        if setting is None:
            return DEFAULTS[self.keeper].get(name)
        if isinstance(setting.value, Literal) and not isinstance(setting.value.value, Concealed):
            return setting.value.value
        return Unknown(f"{setting.name} is not told by the source alone")

    def evidence(self, setting: Setting | None, says: str) -> Evidence:
        """The proof that a setting is so, or that the layer is there."""
        return self.source.evidence(setting.place if setting else self.step.place, says)

    @property
    def storage(self) -> Storage | Unknown:
        """Where it keeps the data."""
        match self.keeper:
            case Keeper.STARLETTE | Keeper.FLASK:
                return Storage.COOKIE
            case Keeper.DJANGO:
                return self._django()
            case Keeper.SESSILE:
                store = self.step.setting("store")
                in_memory = store is not None and isinstance(store.value, Made) and store.value.what.endswith("MemoryStore")
                return Storage.MEMORY if in_memory else Storage.ELSEWHERE
        return self._flask_session()

    @property
    def memory(self) -> Setting | None:
        """The setting that puts the data into the process's memory, if one does."""
        names = {Keeper.DJANGO: "CACHES", Keeper.SESSILE: "store", Keeper.FLASK_SESSION: "SESSION_CACHELIB"}
        return self.step.setting(names.get(self.keeper, "")) if self.storage is Storage.MEMORY else None

    @property
    def cached(self) -> bool:
        """Whether a cache alone has the sessions: what is in the database too is found there."""
        if self.keeper is Keeper.FLASK_SESSION:
            return True
        engine = self._text("SESSION_ENGINE", "") if self.keeper is Keeper.DJANGO else ""
        return isinstance(engine, str) and engine.endswith(".cache")

    @property
    def cache_entries(self) -> int | None:
        """How many entries the cache holds that alone keeps Django's sessions; None where it is none that counts them."""
        alias, caches = self._text("SESSION_CACHE_ALIAS", "default"), self.step.setting("CACHES")
        if self.keeper is not Keeper.DJANGO or not self.cached or alias != "default" or caches is None:
            return None
        backend = _within(caches.value, "default", "BACKEND")
        if not isinstance(backend, str) or not backend.startswith("django.") or not backend.endswith(COUNTING):
            return None
        entries = _within(caches.value, "default", "OPTIONS", "MAX_ENTRIES")
        return entries if isinstance(entries, int) else MAX_ENTRIES

    def _django(self) -> Storage | Unknown:
        engine = self._text("SESSION_ENGINE", "django.contrib.sessions.backends.db")
        if isinstance(engine, Unknown):
            return engine
        if engine.endswith("signed_cookies"):
            return Storage.COOKIE
        if not engine.endswith(".cache"):
            return Storage.ELSEWHERE
        caches, alias = self.step.setting("CACHES"), self._text("SESSION_CACHE_ALIAS", "default")
        if caches is None:
            return Storage.MEMORY
        backend = _within(caches.value, str(alias), "BACKEND")
        if not isinstance(backend, str):
            return Unknown("which cache it is cannot be told")
        return Storage.MEMORY if any(word in backend for word in IN_MEMORY) else Storage.ELSEWHERE

    def _flask_session(self) -> Storage | Unknown:
        kind = self._text("SESSION_TYPE", "")
        if kind != "cachelib":
            return kind if isinstance(kind, Unknown) else Storage.ELSEWHERE
        cache = self.step.setting("SESSION_CACHELIB")
        made = cache.value if cache is not None and isinstance(cache.value, Made) else None
        return Storage.MEMORY if made and ("SimpleCache" in made.what or _anew(made)) else Storage.ELSEWHERE

    def _text(self, name: str, default: str) -> str | Unknown:
        setting = self.step.setting(name)
        if setting is None:
            return default
        text = setting.value.value if isinstance(setting.value, Literal) else None
        return text if isinstance(text, str) else Unknown(f"{name} is not told by the source alone")


def _anew(cache: Made) -> bool:
    """Whether a cache of files has a directory that each process makes for itself."""
    return any(isinstance(setting.value, Fresh) for setting in cache.settings)


def layers(facts: Facts, *keepers: Keeper) -> Iterator[Layer]:
    """The layers of all sources, or those of some keepers."""
    for source in facts.sources:
        if source.framework in PYTHON:
            for step in source.of(Part.SESSION):
                keeper = Keeper.SESSILE if _is_sessiles_engine(step) else _LIBRARIES.get(step.library)
                if keeper and (not keepers or keeper in keepers):
                    yield Layer(keeper, source, step)


def _is_sessiles_engine(step: Step) -> bool:
    """Whether Django keeps its sessions with sessile."""
    engine = step.setting("SESSION_ENGINE")
    text = engine.value.value if engine and isinstance(engine.value, Literal) else None
    return isinstance(text, str) and text.startswith("sessile.")


def in_cookies(facts: Facts) -> Iterator[Layer]:
    """The layers that keep the data in the cookie itself."""
    yield from (layer for layer in layers(facts) if layer.storage is Storage.COOKIE)


def sources(facts: Facts) -> tuple[Source, ...]:
    """The sources in Python."""
    return tuple(source for source in facts.sources if source.framework in PYTHON)


def version(source: Source, package: str) -> tuple[int, ...]:
    """The exact version of a package as numbers; () where none is pinned."""
    parts = source.packages.get(package, "").split(".")
    return tuple(int(part) for part in parts[:3]) if all(part.isdigit() for part in parts[:2]) and len(parts) > 1 else ()


def _within(value: Value, *names: str) -> object:
    """The literal at a path in a mapping, None where it is not there."""
    for name in names:
        found = next((one.value for one in value.settings if one.name == name), None) if isinstance(value, Made) else None
        if found is None:
            return None
        value = found
    return value.value if isinstance(value, Literal) else None
