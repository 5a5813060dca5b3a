"""A project with two applications: what one of them does is not missing in the other."""

from pathlib import Path

from sessile.doctor.evidence.project import project
from sessile.doctor.evidence.source import javascript
from sessile.doctor.facts import Facts, Unknown
from sessile.doctor.findings import Confirmed
from tests.doctor.causes.code.express import PACKAGE, WITH_PASSPORT, swap
from tests.doctor.facts_builder import NOW, judge

BACK_OFFICE = """import express from 'express'
import session from 'express-session'
const app = express()
app.use(session({ secret: process.env.ADMIN_SECRET, name: 'admin.sid' }))
app.get('/stock', (req, res) => res.json({ admin: req.session.admin }))
app.listen(4000)
"""


def facts(folder: Path, shop: str) -> Facts:
    (folder / "shop.js").write_text(shop)
    (folder / "admin.js").write_text(BACK_OFFICE)
    (folder / "package.json").write_text(PACKAGE)
    return Facts(now=NOW, database=Unknown("none was given"), sources=tuple(javascript.read(project(folder))))


def test_passport_of_the_shop_is_not_missing_in_the_back_office(tmp_path: Path) -> None:
    known = facts(tmp_path, WITH_PASSPORT)
    assert len(known.sources) == 2
    assert not isinstance(judge("read-passport-session-missing", known), Confirmed)


def test_passport_that_no_application_mounts_is_missing(tmp_path: Path) -> None:
    known = facts(tmp_path, swap("app.use(passport.session())\n", "", WITH_PASSPORT))
    assert isinstance(judge("read-passport-session-missing", known), Confirmed)
