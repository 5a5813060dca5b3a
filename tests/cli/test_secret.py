"""`sessile secret`: a good one is made, a flawed one is told, and one is changed without logging anybody out."""

import stat
from pathlib import Path

import pytest

from sessile.session.keyring import Keyring, fingerprint
from tests.cli.command import Command

GOOD = "Zx8fQ2mN4vB7kL1pR9sT3wY6uE0aD5gH"
OTHER = "hG5Da0Eu6Yw3Ts9Rp1Lk7Bv4Nm2Qf8xZ"


@pytest.fixture
def file(command: Command) -> Path:
    path = command.folder / ".env"
    path.write_text(f"# shop\nPORT=3000\nSESSION_SECRET={GOOD}\nNODE_ENV=production\n")
    path.chmod(0o600)
    return path


def values(file: Path) -> dict[str, str]:
    lines = (line for line in file.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


class TestNew:
    def test_it_prints_a_secret_that_sessile_takes_and_nothing_else(self, command: Command) -> None:
        first, second = command("secret", "new"), command("secret", "new")
        assert (first.status, first.err) == (0, "")
        assert first.out.count("\n") == 1
        assert first.out != second.out
        assert Keyring(first.out.strip()).weakness is None
        assert len(first.out.strip()) == 64

    def test_check_calls_it_good(self, command: Command) -> None:
        made = command("secret", "new").out
        assert command("secret", "check", "-", stdin=made).status == 0


class TestCheck:
    def test_a_good_secret_in_a_file(self, command: Command, file: Path) -> None:
        ended = command("secret", "check", ".env")
        assert ended.status == 0
        assert ".env:3" in ended.out
        assert f"32 characters, 32 of them different; key {fingerprint(GOOD.encode())}" in ended.out
        assert GOOD not in ended.out
        assert file.exists()

    @pytest.mark.parametrize(
        ("line", "says"),
        [
            (f"SESSION_SECRET={GOOD}#{OTHER}", "the # is where it ends for some readers"),
            (f"SESSION_SECRET={GOOD}$x", "the $ is replaced by some readers"),
            (f"SESSION_SECRET={GOOD}\r", "a line end is a part of it for shell"),
            (f"SESSION_SECRET='\"{GOOD}\"'", "quotes are a part of it: write it without quotes"),
            (f"SESSION_SECRET={GOOD};{OTHER}", "a character in it means something to some readers"),
            ("SESSION_SECRET='keyboard cat'", "it is a known default"),
            ("SESSION_SECRET=x8", "it is easy to guess"),
            ("SESSION_SECRET=", "SESSION_SECRET is there, and empty"),
            (f"SESION_SECRET={GOOD}", "SESION_SECRET is there: is SESSION_SECRET meant?"),
            ("PORT=3000", "sets no session secret"),
        ],
    )
    def test_a_flaw_is_told_in_words(self, command: Command, line: str, says: str) -> None:
        (command.folder / ".env").write_bytes(f"{line}\n".encode())
        ended = command("secret", "check", ".env")
        assert (ended.status, ended.err) == (1, "")
        assert says in " ".join(ended.out.split())
        assert GOOD not in ended.out
        assert OTHER not in ended.out

    def test_each_reader_is_named_with_what_it_sees(self, command: Command) -> None:
        (command.folder / ".env").write_text(f"SESSION_SECRET={GOOD}#{OTHER}\n")
        ended = command("secret", "check", ".env")
        assert f"dotenv (Node): 32 characters, 32 of them different; key {fingerprint(GOOD.encode())}" in ended.out
        assert "python-dotenv, shell, docker --env-file: 65 characters" in ended.out

    def test_ordinary_quotes_are_remarked_and_good(self, command: Command) -> None:
        (command.folder / ".env").write_text(f'SESSION_SECRET="{GOOD}"\n')
        ended = command("secret", "check", ".env")
        assert ended.status == 0
        assert "quotes are a part of it for docker --env-file" in ended.out

    @pytest.mark.parametrize(("given", "status"), [(GOOD, 0), (f"{GOOD}\n", 0), (f'"{GOOD}"\n', 1), ("secret\n", 1)])
    def test_a_value_from_standard_input(self, command: Command, given: str, status: int) -> None:
        ended = command("secret", "check", "-", stdin=given)
        assert (ended.status, ended.err) == (status, "")
        assert GOOD not in ended.out

    @pytest.mark.parametrize(("content", "status"), [(GOOD, 0), (f"{GOOD}\n", 1)])
    def test_a_secret_file_is_taken_as_it_stands(self, command: Command, content: str, status: int) -> None:
        (command.folder / "session").write_text(content)
        assert command("secret", "check", "@session").status == status

    def test_the_environment_is_the_default(self, command: Command) -> None:
        assert command("secret", "check", SESSION_SECRET=GOOD).status == 0
        assert command("secret", "check", SESSION_SECRET="changeme").status == 1
        assert command("secret", "check", SECRET_KEY=GOOD).status == 0

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            ((GOOD,), "that is no file; name a .env file, or give the secret itself as - or @FILE"),
            ((), "no secret was given"),
            (("-",), "standard input is empty"),
            (("@nowhere",), "nowhere: no such file or directory"),
            (("x" * 5000,), "that is no file"),
            (("nul\n",), "that is no file"),
            (("/",), "is a directory"),
        ],
    )
    def test_wrong_usage_is_one_line(self, command: Command, words: tuple[str, ...], says: str) -> None:
        ended = command("secret", "check", *words)
        assert ended.status == 2
        assert says in ended.complaint
        assert GOOD not in ended.err

    def test_a_file_in_utf_16_is_told(self, command: Command) -> None:
        (command.folder / ".env").write_text(f"SESSION_SECRET={GOOD}\n", encoding="utf-16")
        ended = command("secret", "check", ".env")
        assert ended.status == 2
        assert "is in UTF-16" in ended.complaint


class TestRotate:
    def test_the_plan_changes_nothing(self, command: Command, file: Path) -> None:
        before = file.read_bytes()
        ended = command("secret", "rotate")
        assert (ended.status, ended.err) == (0, "")
        assert "secret: [process.env.SESSION_SECRET, process.env.SESSION_SECRET_PREVIOUS].filter(Boolean)" in ended.out
        assert 'secret=[os.environ["SESSION_SECRET"], os.environ["SESSION_SECRET_PREVIOUS"]]' in ended.out
        [new] = {line.partition("=")[2] for line in ended.out.split() if line.startswith("SESSION_SECRET") and len(line) > 64}
        assert Keyring(new).weakness is None
        assert f"SESSION_SECRET={new}" in ended.out
        assert GOOD not in ended.out
        assert file.read_bytes() == before
        assert list(command.folder.iterdir()) == [file]

    def test_the_plan_needs_no_file(self, command: Command) -> None:
        ended = command("secret", "rotate")
        assert ended.status == 0
        assert "sessile secret rotate .env --apply" in ended.out

    def test_all_steps_keep_every_cookie_and_the_rest_of_the_file(self, command: Command, file: Path) -> None:
        before = file.read_text()
        cookie = Keyring(GOOD).sign("sid")
        assert command("secret", "rotate", "--accept").status == 0
        accepted = values(file)
        assert accepted["SESSION_SECRET"] == GOOD
        assert command("secret", "rotate", ".env", "--apply").status == 0
        signing = values(file)
        assert (signing["SESSION_SECRET"], signing["SESSION_SECRET_PREVIOUS"]) == (accepted["SESSION_SECRET_PREVIOUS"], GOOD)
        assert Keyring([signing["SESSION_SECRET"], signing["SESSION_SECRET_PREVIOUS"]]).verify(cookie)
        assert command("secret", "rotate", "--finish").status == 0
        assert file.read_text() == before.replace(GOOD, signing["SESSION_SECRET"])
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert list(command.folder.iterdir()) == [file]

    def test_apply_and_undo(self, command: Command, file: Path) -> None:
        before = file.read_bytes()
        applied = command("secret", "rotate", "--apply", ".env")
        assert applied.status == 0
        assert "the new secret signs, the old one is accepted" in applied.out
        assert ".env.sessile-backup" in applied.out
        assert GOOD not in applied.out
        assert values(file)["SESSION_SECRET"] not in applied.out
        assert stat.S_IMODE((command.folder / ".env.sessile-backup").stat().st_mode) == 0o600
        assert command("secret", "rotate", "--undo").status == 0
        assert values(file)["SESSION_SECRET"] == GOOD
        assert command("secret", "rotate", "--undo").status == 0
        assert file.read_bytes() == before
        assert list(command.folder.iterdir()) == [file]

    @pytest.mark.parametrize(
        ("content", "words", "says"),
        [
            (None, ("--apply",), "no such file or directory"),
            ("PORT=1\n", ("--apply",), "sets no session secret: echo"),
            (f"SESSION_SECRET={GOOD}\n", ("--undo",), "no rotation of .env is under way"),
            (f"SESSION_SECRET={GOOD}\n", ("--finish",), "is not at its end"),
            (f"SESSION_SECRET={GOOD}\n", ("--apply", "--undo"), "one step"),
            (f"SESSION_SECRET={GOOD}\nSESSION_SECRET_PREVIOUS={OTHER}\n", ("--apply",), "would be lost by another rotation"),
        ],
    )
    def test_what_cannot_be_done_is_one_line(
        self, command: Command, content: str | None, words: tuple[str, ...], says: str
    ) -> None:
        if content is not None:
            (command.folder / ".env").write_text(content)
        ended = command("secret", "rotate", *words)
        assert ended.status == 2
        assert says in ended.complaint
        assert GOOD not in ended.err


def test_the_doctor_takes_a_rotated_file_for_one_environment(command: Command, file: Path) -> None:
    command("secret", "rotate", "--apply")
    ended = command("doctor", ".env", ".env.sessile-backup", "--json")
    assert ended.status == 0
    assert file.exists()
    assert GOOD not in ended.out
