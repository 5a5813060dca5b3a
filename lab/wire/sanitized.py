"""A HAR as Chrome exports it without sensitive data: no cookies, and no header that holds one."""

import json
from pathlib import Path
from typing import Any, Final

_LEFT_OUT: Final = frozenset({"cookie", "set-cookie", "authorization"})


def sanitize(har: Path, to: Path) -> None:
    """Write the recording as DevTools does by default: `Log.ts` empties cookies and drops these headers."""
    document: dict[str, Any] = json.loads(har.read_bytes())
    document["log"]["creator"] = {"name": "WebInspector", "version": "537.36"}
    for entry in document["log"]["entries"]:
        for side in (entry["request"], entry["response"]):
            side["cookies"] = []
            side["headers"] = [field for field in side["headers"] if field["name"].lower() not in _LEFT_OUT]
            side["headersSize"] = -1
    to.write_text(json.dumps(document), encoding="utf-8")
