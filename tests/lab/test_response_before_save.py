"""A login that redirects before its session is saved, and a client as fast as a browser: the recording of it proves the cause."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lab.code.faults import CONTROLS
from lab.code.matrix import ask
from lab.code.service import CodeScene
from lab.faults.fault import sql
from lab.faults.table import table, three
from lab.matrix import THROWAWAY
from lab.scene import SECRET
from sessile.demo.postgres import EmbeddedPostgres

LOGIN = json.dumps({"email": "ana@example.com", "password": "demo"})


@dataclass
class Recorder:
    """Notes exchanges as a browser's recording does, with the moments of their headers and of their ends."""

    url: str
    cookie: str = ""
    entries: list[dict[str, Any]] = field(default_factory=list)

    def send(self, method: str, path: str, body: str = "") -> "Open":
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        headers = {"Content-Type": "application/json"} | ({"Cookie": self.cookie} if self.cookie else {})
        began = time.time()
        connection.request(method, path, body or None, headers)
        response = connection.getresponse()
        if line := response.headers.get("Set-Cookie"):
            self.cookie = line.partition(";")[0]
        return Open(self, connection, response, method, path, body, headers, began, time.time())

    def write(self, path: Path) -> Path:
        log = {"version": "1.2", "creator": {"name": "WebInspector", "version": "1"}, "pages": [], "entries": self.entries}
        path.write_text(json.dumps({"log": log}))
        return path


@dataclass
class Open:
    """An exchange whose headers have come."""

    recorder: Recorder
    connection: HTTPConnection
    response: HTTPResponse
    method: str
    path: str
    body: str
    headers: dict[str, str]
    began: float
    answered: float

    def end(self) -> int:
        text = self.response.read().decode()
        ended = time.time()
        wait, receive = (self.answered - self.began) * 1000, (ended - self.answered) * 1000
        posted = {"postData": {"mimeType": "application/json", "text": self.body}} if self.body else {}
        self.recorder.entries.append(
            {
                "startedDateTime": datetime.fromtimestamp(self.began, UTC).isoformat(),
                "time": wait + receive,
                "_resourceType": "fetch",
                "request": {
                    "method": self.method,
                    "url": self.recorder.url + self.path,
                    "httpVersion": "HTTP/1.1",
                    "headers": [{"name": name, "value": value} for name, value in self.headers.items()],
                    "cookies": [],
                    "queryString": [],
                    "headersSize": -1,
                    "bodySize": len(self.body),
                    **posted,
                },
                "response": {
                    "status": self.response.status,
                    "statusText": "",
                    "httpVersion": "HTTP/1.1",
                    "headers": [{"name": name, "value": value} for name, value in self.response.getheaders()],
                    "cookies": [],
                    "content": {"size": len(text), "mimeType": "application/json", "text": text},
                    "redirectURL": self.response.headers.get("Location", ""),
                    "headersSize": -1,
                    "bodySize": len(text),
                },
                "cache": {},
                "timings": {"send": 0, "wait": wait, "receive": receive},
            }
        )
        self.connection.close()
        return self.response.status


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[CodeScene]:
    fault = next(one for one in CONTROLS if one.name == "redirect-before-save")
    tmp_path.chmod(0o755)
    with (
        EmbeddedPostgres(settings=THROWAWAY, auth="scram-sha-256") as postgres,
        CodeScene("code", postgres, tmp_path, "code_race") as scene,
    ):
        scene.edits, scene.settings = fault.edits, {"SESSION_SECRET": SECRET}
        scene.environment, scene.env_files = {"NODE_ENV": "production"}, [{"SESSION_SECRET": SECRET}]
        sql(table(three()))(scene)
        assert fault.meet
        fault.meet(scene)
        scene.write()
        scene.start()
        yield scene


def test_a_request_on_the_headers_meets_no_session_and_the_recording_proves_why(scene: CodeScene, tmp_path: Path) -> None:
    recorder = Recorder(scene.services[0].url)
    login = recorder.send("POST", "/api/auth/login?go=1", LOGIN)
    early = recorder.send("GET", "/api/me").end()
    assert (login.end(), early) == (303, 401)
    assert recorder.send("GET", "/api/me").end() == 200
    recorder.entries.sort(key=lambda entry: entry["startedDateTime"])
    har = recorder.write(tmp_path / "race.har")
    for given in ([str(har)], [str(har), *scene.given("all")]):
        said = ask(given)
        assert said.first == "save-response-before-save", said.output
        assert said.diagnosis["causes"][0]["confidence"] == "confirmed"
        assert said.exit_status == 1
