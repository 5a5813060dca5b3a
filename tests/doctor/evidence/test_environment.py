"""What is kept of an environment: names, fingerprints and flaws, and never a value."""

from pathlib import Path

import pytest

from sessile.doctor.evidence import environment
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.facts import Environment
from sessile.doctor.facts.environment import Dialect, Flaw, Secret
from sessile.session.keyring import fingerprint

GOOD = "Zx8fQ2mN4vB7kL1pR9sT3wY6uE0aD5gH"
NODE, PYTHON, SHELL, DOCKER, PROCESS = Dialect.NODE, Dialect.PYTHON, Dialect.SHELL, Dialect.DOCKER, Dialect.PROCESS


def key(value: str) -> str:
    return fingerprint(value.encode())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def read(file: Path, content: str) -> Environment:
    file.write_bytes(content.encode())
    return environment.collect(file)


def secret(file: Path, content: str) -> Secret:
    found = read(file, content).secret
    assert found is not None
    return found


def by_reader(found: Secret) -> dict[Dialect, str]:
    return {reading.dialect: reading.fingerprint for reading in found.readings}


class TestSecrets:
    def test_a_plain_value_is_one_key_for_every_reader(self, file: Path) -> None:
        found = secret(file, f"# service\nPORT=3000\nSESSION_SECRET={GOOD}\n")
        assert by_reader(found) == dict.fromkeys((NODE, PYTHON, SHELL, DOCKER), key(GOOD))
        assert (found.name, found.pointer, found.flaws) == ("SESSION_SECRET", f"{file}:3", ())
        assert {(reading.length, reading.variety) for reading in found.readings} == {(32, 32)}

    def test_the_fingerprint_is_the_one_that_a_service_logs(self, file: Path) -> None:
        assert secret(file, "SESSION_SECRET=é€-and-more-of-it\n").fingerprint(NODE) == fingerprint("é€-and-more-of-it".encode())

    def test_the_likeliest_name_comes_first(self, file: Path) -> None:
        found = read(file, f"SECRET={GOOD}1\nSECRET_KEY={GOOD}2\nSESSION_SECRET={GOOD}3\nJWT_SECRET={GOOD}4\n")
        assert [one.name for one in found.secrets] == ["SESSION_SECRET", "SECRET_KEY", "SECRET"]

    def test_a_list_is_taken_apart_in_its_order(self, file: Path) -> None:
        found = read(file, f"SESSION_SECRETS={GOOD}, {GOOD}old\n")
        assert [one.fingerprint(NODE) for one in found.secrets] == [key(GOOD), key(f"{GOOD}old")]

    def test_a_secret_before_it_follows_the_one_that_signs(self, file: Path) -> None:
        found = read(file, f"COOKIE_SECRET_PREVIOUS={GOOD}old\nCOOKIE_SECRET={GOOD}\n")
        assert [one.name for one in found.secrets] == ["COOKIE_SECRET", "COOKIE_SECRET_PREVIOUS"]

    def test_a_secret_file_is_read_as_it_stands(self, file: Path) -> None:
        file.with_name("session").write_text(f"{GOOD}\n")
        found = secret(file, "SESSION_SECRET_FILE=session\n")
        assert found.pointer == str(file.with_name("session"))
        assert found.fingerprint(NODE) == key(f"{GOOD}\n")
        assert dict(found.bare) == {Flaw.NEWLINE: key(GOOD)}

    def test_a_secret_file_that_is_elsewhere_leaves_its_name(self, file: Path) -> None:
        found = read(file, "SESSION_SECRET_FILE=/etc/secrets/not-here\n")
        assert (found.secrets, found.names, found.empty) == ((), ("SESSION_SECRET_FILE",), ())

    @pytest.mark.parametrize("line", ["SESSION_SECRET=", "SESSION_SECRET=''", 'export SESSION_SECRET=""'])
    def test_an_empty_secret_is_none(self, file: Path, line: str) -> None:
        found = read(file, f"PORT=1\n{line}\n")
        if "''" in line:  # docker takes the quotes for the value
            assert found.secret is not None
            assert Flaw.EMPTY in found.secret.flaws
        else:
            assert (found.secret, found.empty) == (None, ("SESSION_SECRET",))

    def test_no_representation_shows_a_value(self, file: Path) -> None:
        url = "postgres://shop:hunter2@db.example/shop"
        shown = repr(read(file, f"SESSION_SECRET={GOOD}#x\nDATABASE_URL={url}\n")) + repr(
            environment.from_process({"SESSION_SECRET": GOOD, "DATABASE_URL": url})
        )
        assert GOOD not in shown
        assert "hunter2" not in shown


class TestFlaws:
    @pytest.mark.parametrize(
        ("line", "flaw", "bare", "seen"),
        [
            (f'SESSION_SECRET="{GOOD}"', Flaw.QUOTES, GOOD, {DOCKER: f'"{GOOD}"', NODE: GOOD}),
            (f"SESSION_SECRET='\"{GOOD}\"'", Flaw.QUOTES, GOOD, {NODE: f'"{GOOD}"', PYTHON: f'"{GOOD}"', SHELL: f'"{GOOD}"'}),
            (f"SESSION_SECRET=`{GOOD}`", Flaw.QUOTES, GOOD, {PYTHON: f"`{GOOD}`", NODE: GOOD}),
            (f"SESSION_SECRET={GOOD}\r", Flaw.NEWLINE, GOOD, {SHELL: f"{GOOD}\r", NODE: GOOD, DOCKER: GOOD}),
            (f'SESSION_SECRET="{GOOD}\\n"', Flaw.NEWLINE, GOOD, {NODE: f"{GOOD}\n", SHELL: f"{GOOD}\\n"}),
            (f"SESSION_SECRET={GOOD} ", Flaw.SPACE, GOOD, {DOCKER: f"{GOOD} ", NODE: GOOD}),
            (f"SESSION_SECRET={GOOD}#{GOOD}", Flaw.HASH, f"{GOOD}#{GOOD}", {NODE: GOOD, PYTHON: f"{GOOD}#{GOOD}"}),
            (f"SESSION_SECRET={GOOD} # mine", Flaw.HASH, GOOD, {NODE: GOOD, DOCKER: f"{GOOD} # mine"}),
            (f"SESSION_SECRET={GOOD}$x{GOOD}", Flaw.DOLLAR, f"{GOOD}$x{GOOD}", {SHELL: GOOD, NODE: f"{GOOD}$x{GOOD}"}),
            (f"SESSION_SECRET={GOOD}${{x}}y", Flaw.DOLLAR, f"{GOOD}${{x}}y", {PYTHON: f"{GOOD}y", NODE: f"{GOOD}${{x}}y"}),
            (f"SESSION_SECRET={GOOD}$$", Flaw.DOLLAR, f"{GOOD}$$", {NODE: f"{GOOD}$$"}),
            (f"SESSION_SECRET={GOOD};x", Flaw.SYNTAX, f"{GOOD};x", {SHELL: GOOD, NODE: f"{GOOD};x"}),
            (f"SESSION_SECRET={GOOD} x", Flaw.SYNTAX, f"{GOOD} x", {NODE: f"{GOOD} x"}),
        ],
    )
    def test_a_flaw_is_seen_with_the_value_without_it(
        self, file: Path, line: str, flaw: Flaw, bare: str, seen: dict[Dialect, str]
    ) -> None:
        found = secret(file, f"PORT=3000\n{line}\nNODE_ENV=production\n")
        assert dict(found.bare)[flaw] == key(bare)
        assert {dialect: by_reader(found)[dialect] for dialect in seen} == {d: key(value) for d, value in seen.items()}

    @pytest.mark.parametrize(
        "line",
        [
            f"SESSION_SECRET={GOOD}",
            f"export SESSION_SECRET={GOOD}",
            f"SESSION_SECRET={GOOD}==",
            "SESSION_SECRET=é-ü-ß-and-more-of-it",
        ],
    )
    def test_what_all_read_alike_has_no_flaw(self, file: Path, line: str) -> None:
        assert secret(file, f"{line}\n").flaws == ()

    @pytest.mark.parametrize("value", ["keyboard cat", "changeme", "your-secret-key-here", "Secret123!"])
    def test_a_known_default(self, file: Path, value: str) -> None:
        assert Flaw.KNOWN in secret(file, f"SESSION_SECRET='{value}'\n").flaws

    @pytest.mark.parametrize("value", ["a3kd9xq", "abababababababababababab"])
    def test_a_short_or_monotonous_one(self, file: Path, value: str) -> None:
        assert Flaw.SHORT in secret(file, f"SESSION_SECRET={value}\n").flaws

    def test_a_process_keeps_quotes_and_line_end(self) -> None:
        quoted = environment.from_process({"SESSION_SECRET": f'"{GOOD}"'}).secret
        ended = environment.from_process({"SESSION_SECRET": f"{GOOD}\n"}).secret
        assert quoted is not None
        assert ended is not None
        assert dict(quoted.bare) == {Flaw.QUOTES: key(GOOD)}
        assert dict(ended.bare) == {Flaw.NEWLINE: key(GOOD)}
        assert quoted.fingerprint(PROCESS) == key(f'"{GOOD}"')


class TestNames:
    @pytest.mark.parametrize(
        "name",
        ["SESION_SECRET", "SESSION_SECERT", "SESSIONSECRET", "session_secret", "SESSION-SECRET", "COOKIE_SECERT", "SECRETKEY"],
    )
    def test_a_slip_is_noticed(self, file: Path, name: str) -> None:
        assert read(file, f"{name}={GOOD}\n").lookalikes == (name,)

    @pytest.mark.parametrize(
        "name",
        [
            "SESSION_SECRET",
            "SECRET_KEY",
            "SESSION_SECURE",
            "COOKIE_SECURE",
            "SESSION_STORE",
            "SENTRY_KEY",
            "SERVER_KEY",
            "JWT_SECRET",
        ],
    )
    def test_another_name_is_no_slip(self, file: Path, name: str) -> None:
        assert read(file, f"{name}=x\n").lookalikes == ()


class TestService:
    @pytest.mark.parametrize(
        ("url", "address", "quoted"),
        [
            ("postgres://shop:hunter2@db.example/shop", "db.example:5432/shop", False),
            ("postgresql+asyncpg://shop:hunter2@db.example:6432/shop?sslmode=require", "db.example:6432/shop", False),
            ('"postgres://shop:hunter2@db.example/shop"', "db.example:5432/shop", True),
            ("postgresql:///shop?host=/run/postgresql", "/run/postgresql:5432/shop", False),
            ("postgres://shop:12#34@db.example/shop", None, False),
            ("nonsense", None, False),
        ],
    )
    def test_the_database_without_its_password(self, url: str, address: str | None, quoted: bool) -> None:
        found = environment.from_process({"DATABASE_URL": url})
        assert (found.database_address, found.database_quoted) == (address, quoted)

    def test_quotes_that_a_file_reader_takes_off_are_none(self, file: Path) -> None:
        found = read(file, 'DATABASE_URL="postgres://shop:p@db.example/shop"\nNODE_ENV="production"\n')
        assert (found.database_address, found.database_quoted) == ("db.example:5432/shop", False)
        assert found.node_env == "production"

    @pytest.mark.parametrize(
        ("environ", "service_like"),
        [
            ({"HOME": "/root", "PATH": "/bin", "HOST": "laptop"}, False),
            ({"DATABASE_URL": "postgres://h/d", "HOME": "/root", "AWS_SECRET_ACCESS_KEY": "x"}, False),
            ({"DATABASE_URL": "postgres://h/d", "NODE_ENV": "production"}, True),
            ({"SESSION_SECRET": GOOD}, True),
        ],
    )
    def test_a_shell_is_told_from_a_service(self, environ: dict[str, str], service_like: bool) -> None:
        assert environment.from_process(environ).service_like is service_like

    @pytest.mark.parametrize(
        ("name", "content", "service_like"),
        [
            (".env", "PORT=3000\n", True),
            (".env", "SESION_SECRET=x\n", True),
            (".env", "EDITOR=vi\n", False),
            (".env.example", "SESSION_SECRET=your-secret\n", False),
            (".env.production", "SESSION_SECRET=x\n", True),
        ],
    )
    def test_an_example_or_a_shell_file_is_told_from_a_service(
        self, tmp_path: Path, name: str, content: str, service_like: bool
    ) -> None:
        assert read(tmp_path / name, content).service_like is service_like


class TestBadInput:
    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ("SESSION_SECRET=x".encode("utf-16"), "UTF-16, which no reader of .env files understands: save it as UTF-8"),
            (b"\x7fELF\0\0\0", "no .env file: it is not text"),
            (b"A=1\n" * 70_000, "larger than 256 KiB"),
        ],
    )
    def test_what_is_no_env_file_is_refused_in_one_line(self, file: Path, content: bytes, says: str) -> None:
        file.write_bytes(content)
        with pytest.raises(NotEvidence, match=says) as error:
            environment.collect(file)
        assert "\n" not in str(error.value)

    def test_a_missing_file_and_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            environment.collect(tmp_path / "nothing")
        with pytest.raises(IsADirectoryError):
            environment.collect(tmp_path)

    @pytest.mark.parametrize(
        "content",
        ["", "\n\n", "not an assignment", "SESSION_SECRET", "=x", "\udcff".encode("utf-8", "surrogatepass").decode("latin-1")],
    )
    def test_a_file_without_an_assignment_gives_nothing(self, file: Path, content: str) -> None:
        assert read(file, content).secrets == ()
