"""Pages that redirect to themselves for ever, and those that have a reason to."""

from dataclasses import replace
from pathlib import Path

import pytest

from sessile.doctor.findings import Confirmed, RuledOut, Unseen
from tests.doctor.causes.frameworks import django, seen
from tests.doctor.facts_builder import facts, judge
from tests.doctor.recording import asked, recording

CAUSE = "set-https-redirect-loop"
NGINX = """
events {}
http {
  server {
    listen %s;
    location / { proxy_pass http://127.0.0.1:8000; proxy_set_header Host $host; %s }
  }
}
"""
TELLS = "proxy_set_header X-Forwarded-Proto $scheme;"
ON, BELIEVES = "SECURE_SSL_REDIRECT = True\n", 'SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")\n'


@pytest.mark.parametrize(
    ("times", "sets", "to", "kind"),
    [
        (4, None, "/start", Confirmed),
        (2, None, "/start", RuledOut),
        (4, "seen=1; Path=/", "/start", RuledOut),
        (4, None, "/login", RuledOut),
    ],
)
def test_a_page_that_redirects_to_itself(times: int, sets: str | None, to: str, kind: type) -> None:
    chain = [asked(second, "GET /start", 301, to=to, sets=sets) for second in range(times)]
    assert isinstance(judge(CAUSE, replace(facts(), wires=(recording(*chain),))), kind)


@pytest.mark.parametrize(
    ("settings", "listen", "says", "kind"),
    [
        (ON, "443 ssl", "", Confirmed),
        (ON, "443 ssl", TELLS, Confirmed),
        (ON + BELIEVES, "443 ssl", "", Confirmed),
        (ON + BELIEVES, "443 ssl", TELLS, Unseen),
        (ON, "80", "", Unseen),
        ("", "443 ssl", "", Unseen),
    ],
)
def test_by_the_settings_and_the_proxy(tmp_path: Path, settings: str, listen: str, says: str, kind: type) -> None:
    files = {**django(settings), "nginx.conf": NGINX % (listen, says)}
    assert isinstance(judge(CAUSE, seen(tmp_path, files)), kind)
