"""What the code of a service tells of each cause by itself: certain faults, what is only possible, and the near misses."""

import re
from pathlib import Path

import pytest

from sessile.doctor.causes import catalogue
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence, Verdict
from sessile.doctor.evidence.project import project
from sessile.doctor.evidence.source import javascript
from sessile.doctor.facts import Environment, Facts
from sessile.doctor.findings import Confirmed, Finding, Noted, RuledOut, Undecided
from tests.doctor.causes.code.cases import CASES
from tests.doctor.causes.code.express import CHANGE, COOKIE, HEALTHY, SESSION, STORE, WITH_PASSPORT, facts, login, option, swap
from tests.doctor.facts_builder import BOOT, LOGIN as LOGGED_IN, NOW, UNAUTHORIZED, environment, judge, log

LAB = Path(__file__).parents[4] / "lab"
SUFFERING = log(BOOT, LOGGED_IN, UNAUTHORIZED, login_then_401=6)


@pytest.mark.parametrize(
    ("cause", "code", "finding"),
    [pytest.param(cause, code, finding, id=f"{cause}: {what}") for cause, what, code, finding in CASES],
)
def test_what_the_code_alone_tells(tmp_path: Path, cause: str, code: str, finding: type) -> None:
    known = facts(tmp_path, code)
    assert isinstance(judge(cause, known), finding), judge(cause, known)
    diagnosis = diagnose(known)
    if finding is Confirmed:
        assert diagnosis.verdict is Verdict.SICK
        assert diagnosis.causes[0].cause.id == cause
        assert "app.js:" in diagnosis.causes[0].evidence[0].pointer
    elif finding in (Noted, RuledOut):
        assert cause not in {suspect.cause.id for suspect in diagnosis.causes}


@pytest.mark.parametrize("code", [HEALTHY, WITH_PASSPORT], ids=["its own login", "passport"])
def test_healthy_code_gives_no_cause_and_no_remark(tmp_path: Path, code: str) -> None:
    diagnosis = diagnose(facts(tmp_path, code))
    assert [suspect.cause.id for suspect in diagnosis.causes] == []
    assert [note.id for note in diagnosis.notes] == []
    assert diagnosis.verdict is Verdict.HEALTHY


SURE = (Confidence.CONFIRMED, Confidence.VERY_LIKELY)


@pytest.mark.parametrize(
    ("cause", "code"),
    [pytest.param(cause, code, id=f"{cause}: {what}") for cause, what, code, finding in CASES if finding is Confirmed],
)
def test_without_its_own_file_no_other_cause_is_sure(tmp_path: Path, cause: str, code: str) -> None:
    others = [one for one in catalogue() if one.id != cause]
    diagnosis = diagnose(facts(tmp_path, code, SUFFERING), others)
    assert [one.cause.id for one in diagnosis.causes if one.confidence in SURE] == []
    assert diagnosis.verdict is not Verdict.HEALTHY
    assert diagnosis.next


EDITS = [
    ("boot-session-on-subpath", swap("app.use(session(", "app.use('/api', session("), "app.use(session({"),
    (
        "read-passport-session-missing",
        swap("app.use(passport.session())\n", "", WITH_PASSPORT),
        "app.use(passport.initialize())\napp.use(passport.session());",
    ),
    (
        "read-passport-session-false",
        swap("'local')", "'local', { session: false })", WITH_PASSPORT),
        "app.post('/login', passport.authenticate('local'), (req, res) => res.json({ ok: true }))",
    ),
    ("set-genid-invalid", option("genid: async () => 'a',"), ""),
    (
        "live-max-age-in-seconds",
        swap("14 * 24 * 60 * 60 * 1000", "60 * 60"),
        "cookie: { secure: 'auto', maxAge: 60 * 60 * 1000 },",
    ),
    ("live-touch-disabled", swap(STORE, "store: new PgStore({ pool, disableTouch: true })"), "store: new PgStore({ pool }),"),
    (
        "live-expires-fixed-at-boot",
        swap(COOKIE, "cookie: { expires: new Date(Date.now() + 60 * 1000) }"),
        "cookie: { maxAge: 60 * 1000 },",
    ),
    ("boot-max-age-text", swap(COOKIE, "cookie: { maxAge: '86400000' }"), "cookie: { maxAge: Number('86400000') },"),
]


@pytest.mark.parametrize(("cause", "code", "after"), EDITS, ids=[cause for cause, _, _ in EDITS])
def test_the_fix_is_an_edit_of_the_service_s_own_line(tmp_path: Path, cause: str, code: str, after: str) -> None:
    suspect = diagnose(facts(tmp_path, code)).causes[0]
    assert suspect.cause.id == cause
    own = suspect.cause.remedy.changes[0]
    assert (own.where.partition(":")[0], own.after) == ("app.js", after)
    assert own.before in code
    mended = "\n".join(after if line.strip() == own.before else line for line in code.splitlines())
    assert cause not in {one.cause.id for one in diagnose(facts(tmp_path, mended)).causes}


@pytest.mark.parametrize("folder", ["express", "code/shop", "code/passport_shop"])
def test_the_lab_s_own_services_are_healthy_by_their_code(folder: str) -> None:
    (source,) = javascript.read(project(LAB / folder))
    diagnosis = diagnose(Facts(now=NOW, sources=(source,)))
    assert [suspect.cause.id for suspect in diagnosis.causes] == []
    assert diagnosis.verdict is Verdict.HEALTHY


def test_what_code_only_allows_becomes_a_suspect_when_users_suffer(tmp_path: Path) -> None:
    code = login(f"{CHANGE}; res.redirect('/')")
    assert isinstance(judge("save-response-before-save", facts(tmp_path, code)), Noted)
    assert isinstance(judge("save-response-before-save", facts(tmp_path, code, SUFFERING)), Undecided)


SWITCH = swap(COOKIE, "cookie: { secure: process.env.COOKIE_SECURE, maxAge: 1e9 }")


@pytest.mark.parametrize(
    ("given", "finding"),
    [({"COOKIE_SECURE": "false"}, Confirmed), ({"COOKIE_SECURE": "true"}, RuledOut), ({}, RuledOut)],
    ids=["false", "true", "not set"],
)
def test_a_switch_of_the_environment_that_is_a_text(tmp_path: Path, given: dict[str, str], finding: type) -> None:
    known = facts(tmp_path, SWITCH, environments=(environment(*given, words=given),))
    assert isinstance(judge("set-env-boolean-text", known), finding)


@pytest.mark.parametrize(
    ("names", "cause_first"),
    [((), True), (("DATABASE_URL",), False)],
)
def test_a_misnamed_pool_matters_where_no_database_url_stands_in(
    tmp_path: Path, names: tuple[str, ...], cause_first: bool
) -> None:
    code = swap(STORE, "store: new PgStore({ pgPool: pool })")
    known = facts(tmp_path, code, environments=(environment("PORT", *names),))
    found = judge("boot-store-option-misnamed", known)
    assert isinstance(found, Confirmed if cause_first else Noted)


def test_node_env_decides_over_the_store_and_the_flags(tmp_path: Path) -> None:
    code = swap(STORE, "store: process.env.NODE_ENV === 'production' ? new PgStore({ pool }) : undefined")

    def found(node_env: str | None) -> tuple[Finding, Finding]:
        words = {"NODE_ENV": node_env} if node_env else {}
        given = Environment(source=".env", names=("PORT", *words), node_env=node_env, words=words)
        known = facts(tmp_path, code, SUFFERING, environments=(given,))
        return judge("boot-memory-store", known), judge("set-node-env-unset", known)

    assert [type(one) for one in found("development")] == [Confirmed, Noted]
    assert isinstance(found("production")[1], RuledOut)
    assert not isinstance(found(None)[0], Confirmed)


def test_no_secret_of_the_code_is_shown(tmp_path: Path) -> None:
    code = swap("process.env.SESSION_SECRET", "process.env.SESSION_SECRET || 'hunter2-hunter2'")
    code = swap(SESSION.splitlines()[0], f"app.use(cookieParser('hunter3-hunter3'))\n{SESSION.splitlines()[0]}", code)
    code = swap("connectionString: process.env.DATABASE_URL", "connectionString: 'postgres://app:hunter4@db.example/shop'", code)
    known = facts(tmp_path, code)
    assert "hunter" not in repr(known)
    assert "hunter" not in repr(diagnose(known))


def test_every_cause_told_by_code_has_a_test() -> None:
    folder = Path(__file__).parents[1]
    tests = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    told = {cause.id for cause in catalogue() if _looks_at_code(cause.judge.__module__)}
    assert len(told) > 30
    assert {cause for cause in told if f'"{cause}"' not in tests} == set()


def _looks_at_code(module: str) -> bool:
    path = Path(__file__).parents[4] / "src" / Path(*module.split(".")).with_suffix(".py")
    imports = r"^from sessile\.doctor\.causes import .*\bcode\b"
    return path.is_file() and re.search(imports, path.read_text(encoding="utf-8"), re.MULTILINE) is not None
