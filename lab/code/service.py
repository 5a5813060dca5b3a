"""A service whose code is a copy that a fault has edited, on a database of its own."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from lab.browser import PASSWORD, Browser
from lab.express import APP, node
from lab.recording import Recording
from lab.scene import Scene
from lab.service import Service

HERE: Final = Path(__file__).parent
EMAIL: Final = "ana@example.com"
Edit = tuple[str, str]


class CodeScene(Scene):
    """A scene of the service in `lab/code/NAME`, edited; what the doctor is given is chosen by kind of evidence."""

    edits: Sequence[Edit] = ()
    shop: str = "shop"
    variable: str = "DATABASE_URL"
    wired: bool = True
    settings: Mapping[str, str] = {}
    _recorded: dict[str, str] | None = None
    _recording: Recording

    @property
    def folder(self) -> Path:
        """The folder of the edited code."""
        return self.directory / "shop"

    def write(self) -> None:
        """Write the edited code beside the packages. Raises LookupError for an edit that does not fit any more."""
        code = (HERE / self.shop / "app.js").read_text(encoding="utf-8")
        for old, new in self.edits:
            if old not in code:
                raise LookupError(f"{self.shop} has no {old!r}")
            code = code.replace(old, new)
        self.folder.mkdir()
        (self.folder / "app.js").write_text(code, encoding="utf-8")
        (self.folder / "node_modules").symlink_to(APP / "node_modules")
        declared = json.loads((APP / "package.json").read_text(encoding="utf-8"))["dependencies"]
        (self.folder / "package.json").write_text(json.dumps({"type": "module", "dependencies": declared}, indent=1))

    def service(self, environment: Mapping[str, str]) -> Service:
        """An instance of the edited code."""
        own = {name: value for name, value in environment.items() if name != "DATABASE_URL"} | {self.variable: self.url}
        return Service(self.shop, [node(), "app.js"], self.folder, own, self.directory)

    def browser(self, service: Service, cookies: dict[str, str]) -> Browser:
        """The browser of whoever has these cookies; that of the first person who comes records what it meets."""
        if self._recorded is None:
            self._recorded, self._recording = cookies, Recording()
        recording = self._recording if cookies is self._recorded else None
        return Browser(service.url, cookies, timeout=8, recording=recording)

    def env_paths(self) -> list[Path]:
        """The .env file of the one instance."""
        path = self.directory / ".env"
        given = {"NODE_ENV": "production", self.variable: self.url, **self.settings}
        path.write_text("".join(f"{name}={value}\n" for name, value in given.items()), encoding="utf-8")
        return [path]

    def given(self, kind: str) -> list[str]:
        """What the doctor is given: `all`, or the `source`, the `log`, the `database` or the `wire` alone."""
        parts = {
            "source": [str(self.folder)],
            "log": [str(one.log_file) for one in self.services if one.log_file.exists()],
            "database": [self.url],
            "wire": [*self._har(), *self._site()] if self.wired else [],
        }
        every = [*parts["database"], *map(str, self.env_paths()), *parts["log"], *parts["source"], *parts["wire"]]
        return every if kind == "all" else parts[kind]

    def _har(self) -> list[str]:
        """What the first person's browser recorded, if there is anything."""
        if self._recorded is None or not self._recording.begun:
            return []
        path = self.directory / "person.har"
        self._recording.save(path)
        return [str(path)]

    def _site(self) -> list[str]:
        """The probe that a user of the service can make, where it runs."""
        running = [one.url for one in self.services if one.exit_code is None]
        login = ["--login", "/api/auth/login", "--data", f"email={EMAIL}", "--data", f"password={PASSWORD}"]
        return [running[0], *login, "--protected", "/api/me"] if running else []
