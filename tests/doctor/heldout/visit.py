"""Recordings of visits that were never made: requests of a real recording, with other addresses, headers and answers."""

import copy
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

RECORDED = Path(__file__).parents[2] / "fixtures" / "har" / "chrome-http2-full.har"
BEGAN = datetime.fromisoformat("2026-11-24T00:06:20+00:00")
_OWN = {"cookie", "origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "referer", "authorization", "set-cookie"}
_OF_BODY = {"content-type", "content-length", "etag"}


def recording(text: str) -> bytes:
    """The HAR that Chrome would export of a visit: `page URL`, then each request, its headers (`> `) and its answer's (`< `)."""
    har = json.loads(RECORDED.read_bytes())
    [asked] = [one for one in har["log"]["entries"] if one["request"]["url"].endswith("/api/me")][:1]
    entries: list[dict[str, Any]] = []
    for line in text.strip().splitlines():
        match line.split(maxsplit=1):
            case ["page", url]:
                har["log"]["pages"][0].update(title=url, startedDateTime=BEGAN.isoformat())
            case [">", header]:
                _add(entries[-1]["request"]["headers"], header)
            case ["<", header]:
                _add(entries[-1]["response"]["headers"], header)
            case [method, rest]:
                entries.append(_entry(asked, len(entries), method, rest))
    har["log"]["entries"] = entries
    return json.dumps(har).encode()


def _entry(asked: dict[str, Any], number: int, method: str, rest: str) -> dict[str, Any]:
    url, status, body = [*rest.split(maxsplit=2), ""][:3]
    entry = copy.deepcopy(asked)
    began = BEGAN + timedelta(milliseconds=400 * number)
    entry.update(startedDateTime=began.isoformat(), pageref="page_1")
    address, request, response = urlsplit(url), entry["request"], entry["response"]
    request.update(method=method, url=url, cookies=[])
    request["headers"] = [one for one in request["headers"] if one["name"] not in _OWN and not one["name"].startswith(":")]
    authority = {":authority": address.netloc, ":method": method, ":path": address.path, ":scheme": address.scheme}
    request["headers"][:0] = [{"name": name, "value": value} for name, value in authority.items()]
    if method == "POST":
        request["postData"] = {"mimeType": "application/json", "text": '{"email":"ana@example.com","password":"sample-password"}'}
    response.update(status=int(status), cookies=[], redirectURL="")
    response["headers"] = [one for one in response["headers"] if one["name"] not in _OWN | _OF_BODY | {"date"}]
    response["headers"].append({"name": "date", "value": f"{began:%a, %d %b %Y %H:%M:%S} GMT"})
    response["content"] = {"size": len(body), "mimeType": "application/json", "text": body}
    return entry


def _add(headers: list[dict[str, str]], header: str) -> None:
    name, value = header.split(": ", 1)
    headers.append({"name": name, "value": value})
