"""`sessile doctor` against real databases, files and pipes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from itertools import count
from types import SimpleNamespace

import psycopg
import pytest

from sessile.cli import main
from tests.cli.command import Command, clean
from tests.cli.conftest import PASSWORD, PERSON, SECRET, SESSIONS, as_role, sid
from tests.doctor.report.contract import SCHEMA, conforms

NO_KEY = "Session save error: error: there is no unique or exclusion constraint matching the ON CONFLICT specification\n"


def test_a_table_without_key_is_sick_and_the_fix_stands_in_the_first_screen(command: Command, broken: str) -> None:
    ended = command("doctor", broken)
    assert (ended.status, ended.err) == (1, "")
    screen = ended.out.splitlines()[:24]
    assert screen[0].startswith("✗ SICK  ")
    assert "(confirmed)" in " ".join(screen[:2])
    assert '    sessile fix save-no-primary-key "$DATABASE_URL"   a plan; --apply does it' in screen
    assert "\x1b" not in ended.out


def test_a_sound_table_is_healthy_and_says_what_was_not_seen(command: Command, sound: str) -> None:
    ended = command("doctor", sound)
    assert ended.status == 0
    first = " ".join(" ".join(ended.out.splitlines()[:3]).split())
    assert first.startswith("✓ HEALTHY No fault in what was seen. Not seen: the service's log")


def test_json_keeps_the_contract_and_names_the_same_cause(command: Command, broken: str) -> None:
    ended = command("doctor", "--json", broken)
    report = json.loads(ended.out)
    conforms(report, SCHEMA)
    assert (ended.status, report["verdict"], report["causes"][0]["id"]) == (1, "sick", "save-no-primary-key")
    assert ended.out.isascii()


def test_without_a_word_it_looks_at_what_is_here_and_says_so(command: Command, broken: str) -> None:
    (command.folder / ".env").write_text(f"SESSION_SECRET={SECRET}\nPORT=3000\n")
    (command.folder / "web.log").write_text(NO_KEY)
    ended = command("doctor", DATABASE_URL=broken)
    assert ended.status == 1
    looked_at = " ".join(" ".join(ended.out.splitlines()[1:4]).split())
    assert "(from DATABASE_URL), .env, web.log" in looked_at


def test_the_database_of_an_env_file_is_looked_at_and_named_in_the_commands(command: Command, broken: str) -> None:
    (command.folder / "shop.env").write_text(f"DATABASE_URL='{broken}'\nSESSION_SECRET={SECRET}\n")
    ended = command("doctor", "shop.env", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert "(from shop.env), shop.env" in " ".join(ended.out.split())
    assert "sessile fix save-no-primary-key shop.env " in ended.out


def test_the_variable_that_holds_the_url_is_named_in_the_commands(command: Command, broken: str) -> None:
    ended = command("doctor", broken, SHOP_DB=broken)
    assert 'sessile fix save-no-primary-key "$SHOP_DB"' in ended.out


def test_the_table_that_was_named_is_named_in_the_commands(command: Command, broken: str) -> None:
    with psycopg.connect(broken, autocommit=True) as connection:
        connection.execute("ALTER TABLE session RENAME TO logins")
    ended = command("doctor", broken, "--table", "logins")
    assert "logins" in ended.out.splitlines()[0]
    assert 'sessile fix save-no-primary-key "$DATABASE_URL" --table logins' in ended.out


@pytest.mark.parametrize("words", [["-"], ["app.log"], ["@app.log"]])
def test_a_log_alone_is_enough_to_name_the_cause(command: Command, words: list[str]) -> None:
    (command.folder / "app.log").write_text(NO_KEY)
    ended = command("doctor", *words, stdin=NO_KEY if words == ["-"] else "")
    assert ended.status == 1
    assert "sessile fix save-no-primary-key" in ended.out


@pytest.mark.parametrize("given", ["-", "@url"])
def test_a_url_need_not_stand_on_the_command_line(command: Command, broken: str, given: str) -> None:
    (command.folder / "url").write_text(f"{broken}\n")
    ended = command("doctor", given, stdin=f"{broken}\n" if given == "-" else "")
    assert ended.status == 1
    if given == "@url":
        assert "sessile fix save-no-primary-key @url" in ended.out


def test_a_file_that_cannot_be_read_loses_nothing_of_the_rest(command: Command, broken: str) -> None:
    (command.folder / "image.log").write_bytes(bytes(range(256)) * 64)
    ended = command("doctor", broken, "image.log")
    assert ended.status == 1
    assert "could not look at image.log, because image.log is no text" in " ".join(ended.out.split())
    as_json = command("doctor", broken, "image.log", "--json")
    conforms(json.loads(as_json.out), SCHEMA)
    assert as_json.err.startswith("sessile: could not look at image.log, because")


def test_v_tells_what_passed_and_what_was_ruled_out(command: Command, sound: str) -> None:
    ended = command("doctor", "-v", sound)
    assert "✓ save ok: " in ended.out
    assert "• reach-refused: " in ended.out


def test_no_password_sid_or_personal_datum_is_shown(command: Command, broken: str, app_role: str) -> None:
    url = as_role(broken, app_role)
    (command.folder / ".env").write_text(f"DATABASE_URL={url}\nSESSION_SECRET={SECRET}\n")
    (command.folder / "app.log").write_text(f"Session saved for user: {PERSON}\nCookie: connect.sid=s%3A{sid(3)}.abc\n{NO_KEY}")
    for words in (["doctor"], ["doctor", "-v"], ["doctor", "--json"], ["doctor", url, "-v"]):
        ended = command(*words)
        for secret in (PASSWORD, SECRET, sid(3), PERSON, PERSON.partition("@")[0]):
            assert secret not in ended.out + ended.err, words


def test_looking_changes_nothing(command: Command, broken: str) -> None:
    def state() -> object:
        with psycopg.connect(broken) as connection:
            rows = connection.execute("SELECT sid, sess::text, expire, xmin::text FROM session ORDER BY sid").fetchall()
            relations = connection.execute("SELECT count(*) FROM pg_class").fetchone()
            return rows, relations

    before = state()
    assert len(before[0]) == SESSIONS if isinstance(before, tuple) else False
    command("doctor", broken)
    assert state() == before


def test_a_server_that_never_answers_is_given_up_in_time(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        begun = time.monotonic()
        ended = command("doctor", f"postgresql://app:{PASSWORD}@127.0.0.1:{deaf.getsockname()[1]}/shop")
        assert time.monotonic() - begun < 30
    assert ended.status == 1
    assert "reach broken" in ended.out
    assert PASSWORD not in ended.out


def test_an_interruption_ends_it_at_once_and_without_a_word(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        running = command.start("doctor", f"postgresql://app@127.0.0.1:{deaf.getsockname()[1]}/shop")
        deaf.settimeout(20)
        connection, _ = deaf.accept()
        with connection:
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=10)
    assert (running.returncode, out, err) == (130, "", "")


def test_an_interruption_of_an_endless_log_tells_what_was_seen_so_far(command: Command) -> None:
    read, write = os.pipe()
    running = command.start("doctor", "--json", "-", stdin=read)
    os.close(read)
    with suppress(BrokenPipeError), os.fdopen(write, "wb", buffering=0) as pipe:
        for told in count(1):
            pipe.write(b"2026-11-23T12:00:00Z Session saved for user: 17\n" * 1000)
            if told == 200:
                running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 0
    assert "saved sessions and no save error" in out
    assert "interrupted: this is what was seen so far (standard input" in err


def test_an_interruption_diagnoses_what_was_seen_beside_what_hangs(command: Command) -> None:
    (command.folder / "app.log").write_text("2026-11-23T12:00:00Z Error: SESSION_SECRET is not set, or is empty\n")
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        running = command.start("doctor", f"postgresql://app:{PASSWORD}@127.0.0.1:{port}/shop", "app.log", "--json")
        deaf.settimeout(60)
        connection, _ = deaf.accept()
        with connection:
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=60)
    assert running.returncode == 1
    assert [cause["id"] for cause in json.loads(out)["causes"]] == ["boot-secret-missing"]
    assert [line for line in err.splitlines() if "interrupted" in line] == err.splitlines()
    assert "could not look at the database, because it was interrupted" in err
    assert PASSWORD not in out + err


def test_an_interruption_before_it_has_begun_is_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "sessile.cli.app", SimpleNamespace(run=interrupted))
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, *capsys.readouterr()) == (130, "", "")


def test_a_terminal_gets_colours_unless_it_does_not_want_them(command: Command, broken: str) -> None:
    def on_a_terminal(words: str, **environ: str) -> str:
        line = f"{command.executable} doctor '{broken}' {words}"
        shell = subprocess.run(
            ["script", "-qec", line, "/dev/null"],
            cwd=command.folder,
            env=clean({"TERM": "xterm-256color", **environ}),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return shell.stdout

    assert "\x1b[1;31m" in on_a_terminal("")
    assert "\x1b[1;31m" not in on_a_terminal("--no-color")
    assert "\x1b[1;31m" not in on_a_terminal("", NO_COLOR="1")
