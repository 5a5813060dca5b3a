"""A store of the service's own that cannot prolong a session."""

from pathlib import Path

import pytest

from sessile.doctor.findings import Confirmed, Noted, RuledOut, Unseen
from tests.doctor.causes.frameworks import seen
from tests.doctor.facts_builder import facts, judge

CAUSE = "live-store-without-touch"
SERVICE = """
const express = require('express')
const session = require('express-session')
class OwnStore extends session.Store {
  get(sid, done) { done(null, null) }
  set(sid, data, done) { this.db.set(sid, data, 'EX', data.cookie.maxAge / 1000, done) }
  %(more)s
}
const app = express()
app.use(session({ secret: process.env.SESSION_SECRET, store: %(store)s, %(options)s }))
app.get('/me', (req, res) => res.json(req.session.user))
app.listen(3000)
"""


@pytest.mark.parametrize(
    ("more", "store", "options", "kind"),
    [
        ("", "new OwnStore()", "resave: false", Confirmed),
        ("touch(sid, data, done) { done() }", "new OwnStore()", "resave: false", RuledOut),
        ("", "new PgStore({ pool })", "resave: false", RuledOut),
        ("", "new OwnStore()", "resave: true", Noted),
    ],
)
def test_what_tells_it_and_what_is_nearly_it(tmp_path: Path, more: str, store: str, options: str, kind: type) -> None:
    before = "const PgStore = require('connect-pg-simple')(session)\n"
    text = SERVICE % {"more": more, "store": store, "options": options}
    text = text.replace("class OwnStore", before + "class OwnStore")
    known = seen(tmp_path, {"app.js": text, "package.json": "{}", "tool.py": ""})
    assert isinstance(judge(CAUSE, known), kind)


def test_without_code_nobody_can_tell() -> None:
    assert isinstance(judge(CAUSE, facts()), Unseen)
