"""What a person's browser exchanged with a service, as the HAR that its network panel exports with sensitive data."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2


class Recording:
    """The exchanges of one person, in order, over all visits."""

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = []

    @property
    def begun(self) -> bool:
        """Whether it holds anything."""
        return bool(self._entries)

    def add(self, response: httpx2.Response) -> None:
        """Take down one exchange that has just ended."""
        request, took = response.request, response.elapsed
        wait = took / timedelta(milliseconds=1)
        text = request.content.decode()
        body = {"postData": {"mimeType": request.headers.get("content-type", ""), "text": text}} if text else {}
        self._entries.append(
            {
                "startedDateTime": (datetime.now(UTC) - took).isoformat(),
                "time": wait,
                "request": {
                    "method": request.method,
                    "url": str(request.url),
                    "httpVersion": "HTTP/1.1",
                    "headers": _fields(request.headers),
                    "cookies": [],
                    "queryString": [],
                    "headersSize": -1,
                    "bodySize": len(request.content),
                    **body,
                },
                "response": {
                    "status": response.status_code,
                    "statusText": response.reason_phrase,
                    "httpVersion": "HTTP/1.1",
                    "headers": _fields(response.headers),
                    "cookies": [],
                    "content": {
                        "size": len(response.content),
                        "mimeType": response.headers.get("content-type", ""),
                        "text": response.text,
                    },
                    "redirectURL": response.headers.get("location", ""),
                    "headersSize": -1,
                    "bodySize": len(response.content),
                },
                "cache": {},
                "timings": {"send": 0, "wait": wait, "receive": 0},
            }
        )

    def save(self, path: Path) -> None:
        """Write it down."""
        log = {"version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"}, "entries": self._entries}
        path.write_text(json.dumps({"log": log}), encoding="utf-8")


def _fields(headers: httpx2.Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.multi_items()]
