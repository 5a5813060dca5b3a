"""Wrong, missing, truncated and hostile input: one clear line, the right exit status, no traceback, no secret."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from sessile.cli.app import COMMANDS as LISTED, make
from tests.cli.command import Command, clean
from tests.cli.conftest import SECRET, cookie

URL = "postgresql://app:hunter2@127.0.0.1:1/shop"
COMMANDS = ("doctor", "why", "fix", "explain", "table", "secret", "demo")


def test_without_a_word_it_says_what_there_is(command: Command) -> None:
    ended = command()
    assert ended.status == 0
    for name in COMMANDS:
        assert f"\n  {name} " in ended.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(command: Command, name: str) -> None:
    ended = command(name, "-h")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"Usage: sessile {name} ")


def test_the_list_says_of_each_command_what_it_says_of_itself() -> None:
    commands = getattr(get_command(make()), "commands", {})
    assert list(commands)
    assert set(commands) == set(LISTED)
    for name, summary in LISTED.items():
        assert " ".join((commands[name].help or "").split()).startswith(summary.removesuffix("."))


def test_the_list_is_shown_without_what_the_commands_need() -> None:
    script = "import sys; from sessile.cli.app import run\ntry: run(['--help'])\nexcept SystemExit: print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert "Usage: sessile" in shown
    assert {"psycopg", "rich.console", "sessile.doctor.facts"}.isdisjoint(shown.splitlines()[-1].split())


def test_it_tells_its_version(command: Command) -> None:
    assert command("--version").out.startswith("sessile 0.")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["bogus"], "No such command 'bogus'"),
        (["doctor", "--bogus"], "No such option: --bogus"),
        (["doctor", "--bogus=hunter2"], "No such option: --bogus"),
        (["doctor"], "nothing to look at: set DATABASE_URL"),
        (["doctor", ""], "an empty argument was given"),
        (["doctor", "hunter3"], "hunter3 is no file, and no URL"),
        (["doctor", "\x1b]0;pwned\x07"], "is no file, and no URL"),
        (["doctor", "postgresql//app:hunter2@db/shop"], "is no file, and no URL"),
        (["doctor", "http://["], "the site is no path and no http(s):// URL"),
        (["doctor", "-"], "standard input is empty"),
        (["doctor", "@nowhere"], "cannot read nowhere: no such file or directory"),
        (["doctor", "redis://:hunter2@h/0", "redis://:hunter2@h/1"], "two Redis servers were given"),
        (["prune", "redis://:hunter2@h/0"], "sessions in Redis end by themselves"),
        (["sessions", "list", "redis://:hunter2@h/0"], "sessions in Redis end by themselves"),
        (["doctor", "https://u:hunter2@shop.example.com/?token=hunter2"], "a site was given with a name"),
        (["doctor", "--login", "/login", "--data", "password=hunter2", URL], "need a site"),
        (["doctor", "https://shop.invalid", "--login", "/login"], "--login needs --data"),
        (["doctor", "https://shop.invalid", "--data", "password=@hunter2"], "--data password: the file after @ cannot be read"),
        (["doctor", "https://shop.invalid", "--data", "password"], "no --data password was given"),
        (["doctor", "https://shop.invalid"], "the name shop.invalid is not found"),
        (["doctor", "."], "holds no .env, no *.log, no deployment file and no code"),
        (["doctor", "--table"], "Option '--table' requires an argument"),
        (["doctor", URL, URL.replace("shop", "other")], "two databases were given"),
        (["why"], "no cookie was given"),
        (["why", ""], "the cookie is empty"),
        (["why", "-"], "standard input is empty"),
        (["why", "a=1; b=2"], "none of the 2 cookies looks like a session"),
        (["why", "s:x.y", "--secret", "hunter2"], "a secret does not belong on the command line"),
        (["why", "s:x.y", "--secret", "@nowhere"], "cannot read nowhere"),
        (["why", "s:x.y", "nowhere.env"], "nowhere.env is no file"),
        (["fix"], "nothing to look at"),
        (["fix", "save-no-primry-key"], "there is no cause save-no-primry-key: did you mean save-no-primary-key?"),
        (["fix", "save-no-primary-key"], "nothing to look at"),
        (["fix", "--apply", "--undo", URL], "--apply and --undo exclude each other"),
        (["fix", URL], "could not be looked at"),
        (["fix", URL, "--undo"], "127.0.0.1"),
        (["fix", URL, "--as", "postgresql://owner:hunter2@db/else"], "--as names database else, and the sessions are in shop"),
        (["explain", "save-no-primry-key"], "there is no cause save-no-primry-key: did you mean save-no-primary-key?"),
        (["explain", "qqqq"], "there is no cause qqqq: sessile explain lists them all"),
        (["explain", " "], "an empty line says nothing"),
        (["explain", "-"], "standard input is empty"),
        (["explain", "one", "two"], "unexpected extra argument"),
        (["table"], "no database: set DATABASE_URL"),
        (["table", "--sql", "--check"], "--sql, --check and --create exclude each other"),
        (["table", "--sql", URL], "--sql looks at no database"),
        (["table", URL], "could not be looked at"),
        (["table", "--create", URL], "was not created"),
        (["demo", "--port", "70000"], "less than or equal to 65535"),
    ],
)
def test_wrong_usage_gets_one_line_and_status_2(command: Command, words: list[str], says: str) -> None:
    ended = command(*words)
    assert says in ended.complaint
    assert ended.status == 2
    assert "hunter2" not in ended.err
    assert "\x1b" not in ended.err


@pytest.mark.parametrize("name", ["doctor", "fix", "table"])
@pytest.mark.parametrize(
    "content", [b"", bytes(range(256)) * 64, b"\xff\xfe" + b"\0" * 64], ids=["empty", "binary", "half a BOM"]
)
def test_a_file_that_is_no_evidence_gets_one_line(command: Command, name: str, content: bytes) -> None:
    (command.folder / "given").write_bytes(content)
    ended = command(name, "given")
    assert ended.complaint
    assert ended.status == 2


def test_a_closed_standard_input_is_said(sessile: Path, tmp_path: Path) -> None:
    shell = subprocess.run(
        ["sh", "-c", f"{sessile} doctor - <&-"], cwd=tmp_path, env=clean({}), capture_output=True, text=True, check=False
    )
    assert (shell.returncode, shell.stderr) == (2, "sessile: standard input is closed: nothing can be read from -\n")


def _shell(tmp_path: Path, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", script], cwd=tmp_path, env=clean({}), capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", ["explain", "explain --json", "doctor -v app.log", "doctor --json app.log"])
def test_a_reader_that_goes_away_gets_no_complaint_and_no_verdict(sessile: Path, tmp_path: Path, words: str) -> None:
    (tmp_path / "app.log").write_text("POST /login 200\nGET /me 401\n" * 4)
    shell = _shell(tmp_path, f"{sessile} {words} | (exec <&-); echo ${{PIPESTATUS[0]}}")
    assert (shell.stdout, shell.stderr) == ("141\n", "")


def test_a_closed_standard_output_is_said(sessile: Path, tmp_path: Path) -> None:
    shell = _shell(tmp_path, f"{sessile} explain >&-")
    assert (shell.returncode, shell.stderr) == (2, "sessile: standard output is closed: there is nowhere to write to\n")


def test_without_standard_error_the_answer_comes_all_the_same(sessile: Path, tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("Server listening on port 3000\n")
    shell = _shell(tmp_path, f"{sessile} doctor app.log 2>&-")
    assert (shell.returncode, shell.stdout[:9]) == (0, "✓ HEALTHY")
    assert _shell(tmp_path, f"{sessile} doctor nowhere 2>&-").returncode == 2


@pytest.mark.parametrize("words", ["explain", "doctor --json app.log", "doctor app.log"])
def test_a_full_disk_is_said(sessile: Path, tmp_path: Path, words: str) -> None:
    (tmp_path / "app.log").write_text("Server listening on port 3000\n")
    shell = _shell(tmp_path, f"{sessile} {words} >/dev/full")
    assert (shell.returncode, shell.stderr) == (2, "sessile: the output could not be written: no space left on device\n")


def test_the_traceback_is_there_for_who_asks(command: Command) -> None:
    ended = command("doctor", "nowhere", SESSILE_DEBUG="1")
    assert ended.err.startswith("Traceback")
    assert ended.err.endswith("give a postgres:// or redis:// URL, a .env file, a log or a folder of code\n")


def test_bytes_that_are_no_text_are_no_crash(command: Command) -> None:
    assert command("why", "-", stdin=b"\xff\xfe\x00s:\xe9.\x80").status in (1, 3)
    assert command("why", "-", stdin=b"\xff%20\xfe").status in (1, 3)
    assert command("explain", "-", stdin=b"Session save error: caf\xe9 42P10\n").status == 0
    assert command("doctor", "-", stdin=b"2026-11-23 Session save error: caf\xe9\n").status in (0, 1, 3)


def test_a_terminal_without_utf8_is_no_crash(command: Command) -> None:
    (command.folder / "app.log").write_text("✅ Session saved for user: 17\n")
    ended = command("doctor", "app.log", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert ended.status == 0
    assert ended.out.isascii()
    assert "Journey   + ok   X broken   . not seen" in ended.out


def test_a_secret_or_a_cookie_in_no_argument_is_ever_shown(command: Command) -> None:
    (command.folder / ".env").write_text(f"SESSION_SECRET={SECRET}\nDATABASE_URL={URL}\n")
    (command.folder / "cookie").write_text(cookie())
    for words in (["why", "@cookie", ".env"], ["why", cookie(), "."], ["doctor"], ["doctor", "--json", "-v"], ["fix", ".env"]):
        ended = command(*words)
        for secret in (SECRET, "hunter2", cookie()[5:30]):
            assert secret not in ended.out + ended.err, words
