"""The files of a service's own code: which are read, which are passed over and why, within bounds of number, size and time."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from time import monotonic
from typing import Final

import orjson

JAVASCRIPT: Final = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
PYTHON: Final = (".py",)
CODE: Final = (*JAVASCRIPT, *PYTHON)
MANIFESTS: Final = ("package.json", "pyproject.toml", "requirements.txt", "Pipfile", "manage.py", "setup.py")
"""What lies at the root of a service's own code."""

LANGUAGES: Final = {
    "Gemfile": "Ruby",
    "config.ru": "Ruby",
    "go.mod": "Go",
    "composer.json": "PHP",
    "pom.xml": "Java",
    "build.gradle": "Java",
    "build.gradle.kts": "Kotlin",
    "Cargo.toml": "Rust",
    "mix.exs": "Elixir",
}
_LANGUAGE_SUFFIXES: Final = {
    ".rb": "Ruby",
    ".go": "Go",
    ".php": "PHP",
    ".java": "Java",
    ".kt": "Kotlin",
    ".cs": "C#",
    ".csproj": "C#",
}
"""Other languages, by what lies at the root of a service in them, and by how the names of their files end."""

MOST_FILES: Final = 5000
MOST_BYTES: Final = 32 * 1024 * 1024
LARGEST: Final = 1024 * 1024
SECONDS: Final = 8.0

FOREIGN: Final = frozenset(
    (
        "node_modules",
        "bower_components",
        "dist",
        "build",
        "out",
        "coverage",
        "vendor",
        "venv",
        "env",
        "__pycache__",
        "site-packages",
    )
)
TESTS: Final = frozenset(("test", "tests", "__tests__", "__mocks__", "spec", "e2e", "cypress", "fixtures", "examples"))
_TEST_NAMES: Final = (".test.", ".spec.", ".stories.", ".min.", ".d.ts")


@dataclass(frozen=True, slots=True)
class Project:
    """A folder's code, or one file's. `files` are contents by path, relative to `root`; `skipped` says what was not read and why.

    `complete` tells that all code of the service's own was read. `manifests` are what `MANIFESTS` names, by path.
    """

    source: str
    root: Path
    files: Mapping[str, bytes]
    manifests: Mapping[str, bytes] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    complete: bool = True

    def packages(self) -> dict[str, str]:
        """The declared dependencies of every package.json, with their versions, and as `node` what it asks of Node.js."""
        found: dict[str, str] = {}
        for content in (text for path, text in self.manifests.items() if PurePosixPath(path).name == "package.json"):
            document = _document(content)
            engines = document.get("engines")
            if isinstance(engines, dict) and isinstance(engines.get("node"), str):
                found["node"] = engines["node"]
            for section in ("devDependencies", "dependencies"):
                declared = document.get(section)
                if isinstance(declared, dict):
                    found |= {name: version for name, version in declared.items() if isinstance(version, str)}
        return found

    def scripts(self) -> Iterator[tuple[str, int, str, str]]:
        """Every script of every package.json: the file, the line, its name, its command."""
        for path, content in self.manifests.items():
            declared = _document(content).get("scripts") if PurePosixPath(path).name == "package.json" else None
            for name, command in (declared if isinstance(declared, dict) else {}).items():
                if isinstance(command, str):
                    before = content.partition(orjson.dumps(name))[0] if orjson.dumps(name) in content else b""
                    yield path, before.count(b"\n") + 1, name, command


def is_code(name: str) -> bool:
    """Whether a file is source code by its name."""
    return name.lower().endswith(CODE)


def is_read_within(path: PurePath) -> bool:
    """Whether a walk through a folder comes to this path, relative to it, by its names alone."""
    return not any(name in FOREIGN or name in TESTS or name.startswith(".") for name in path.parts)


def holds_code(folder: Path) -> bool:
    """Whether a folder holds a service's code: a manifest, or code within three levels."""
    if any((folder / name).is_file() for name in MANIFESTS):
        return True
    for level in ("*", "*/*", "*/*/*"):
        for path in folder.glob(level):
            if is_code(path.name) and not FOREIGN.intersection(path.relative_to(folder).parts):
                return True
    return False


def languages(folder: Path) -> tuple[str, ...]:
    """The languages other than Python and JavaScript of which a folder holds a manifest or code, by name."""
    try:
        names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else [folder.name]
    except OSError:
        return ()
    return tuple(
        dict.fromkeys(found for name in names if (found := LANGUAGES.get(name) or _LANGUAGE_SUFFIXES.get(Path(name).suffix)))
    )


def project(path: Path, *, seconds: float = SECONDS) -> Project:
    """Read a folder, or one file, whose imports are read when they are asked for. Raises OSError if it cannot be read."""
    if path.is_file():
        content = path.read_bytes()
        return Project(str(path), path.parent, {path.name: content}, _manifests_beside(path.parent), complete=False)
    return _Walk(path, monotonic() + seconds).project()


def beside(project: Project, path: str) -> bytes | None:
    """Another file of the project, read from the disk where it was not read yet, as an import of one given file; None without."""
    if path in project.files:
        return project.files[path]
    found = project.root / path
    try:
        if project.complete or not found.is_file() or found.stat().st_size > LARGEST:
            return None
        return found.read_bytes()
    except OSError:
        return None


def _manifests_beside(folder: Path) -> dict[str, bytes]:
    found = {name: folder / name for name in MANIFESTS if (folder / name).is_file()}
    return {name: file.read_bytes() for name, file in found.items() if file.stat().st_size <= LARGEST}


def _document(content: bytes) -> dict[str, object]:
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


class _Walk:
    """One walk through a folder: it follows no links, and stops at its bounds."""

    def __init__(self, root: Path, deadline: float) -> None:
        self.root, self.deadline = root, deadline
        self.files: dict[str, bytes] = {}
        self.manifests: dict[str, bytes] = {}
        self.passed_over: dict[str, None] = {}
        self.skipped: list[str] = []
        self.bytes = 0
        self.stopped = ""

    def project(self) -> Project:
        for folder, folders, names in os.walk(self.root, onerror=self._unreadable):
            folders[:] = sorted(name for name in folders if self._enters(name))
            for name in sorted(names):
                self._read(Path(folder, name))
            if self.stopped:
                self.skipped.append(self.stopped)
                break
        return Project(
            str(self.root),
            self.root,
            self.files,
            self.manifests,
            tuple(self.passed_over),
            tuple(self.skipped),
            complete=not self.skipped,
        )

    def _enters(self, name: str) -> bool:
        foreign = name in FOREIGN or name in TESTS or name.startswith(".")
        if foreign and name not in (".git", "__pycache__"):
            self.passed_over[name] = None
        return not foreign

    def _read(self, path: Path) -> None:
        if not (path.name in MANIFESTS or (is_code(path.name) and not any(t in path.name for t in _TEST_NAMES))):
            return
        relative = path.relative_to(self.root).as_posix()
        if self._bounded():
            return
        try:
            if path.is_symlink() or not path.is_file():
                return
            if path.stat().st_size > LARGEST:
                self.skipped.append(f"{relative} is larger than {LARGEST // 1024} KiB")
                return
            content = path.read_bytes()
        except OSError as error:
            self._unreadable(error)
            return
        self.bytes += len(content)
        (self.manifests if path.name in MANIFESTS else self.files)[relative] = content
        if path.name in MANIFESTS and is_code(path.name):
            self.files[relative] = content

    def _bounded(self) -> bool:
        if self.stopped:
            return True
        if len(self.files) >= MOST_FILES:
            self.stopped = f"more than {MOST_FILES} files: give the folder of the service alone"
        elif self.bytes >= MOST_BYTES:
            self.stopped = f"more than {MOST_BYTES // 1024**2} MiB of code: give the folder of the service alone"
        elif monotonic() > self.deadline:
            self.stopped = "reading took too long: give the folder of the service alone"
        return bool(self.stopped)

    def _unreadable(self, error: OSError) -> None:
        name = Path(error.filename).name if error.filename else "a file"
        self.skipped.append(f"{name} cannot be read ({(error.strerror or 'error').lower()})")
