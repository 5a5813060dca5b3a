"""Flaws in a secret's text: a cause where two instances or two readers come to different keys, a note where nobody does."""

from pathlib import Path

import pytest

from sessile.doctor.facts import Environment, Log
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.causes.secret_scenes import EXPRESS, OTHER, REJECTED, SECRET, env, judge, key, log, process, starts

QUOTED, NEWLINE, CUT = "verify-secret-quoted", "verify-secret-trailing-newline", "verify-secret-cut-by-dialect"
LONG = f"{SECRET}#{OTHER}"
DOLLAR = f"{SECRET}$x{OTHER}"
REJECTING = (*EXPRESS[:3], REJECTED, EXPRESS[3])
REFUSING = tuple(line.replace("GET /api/me 200", "GET /api/me 401") for line in EXPRESS)

FLAWED = [
    pytest.param(QUOTED, f"'\"{SECRET}\"'", SECRET, id="quotes in quotes"),
    pytest.param(NEWLINE, f'"{SECRET}\\n"', SECRET, id="an escaped line end"),
    pytest.param(NEWLINE, f'" {SECRET}"', SECRET, id="a quoted space"),
    pytest.param(CUT, LONG, f"'{LONG}'", id="a hash"),
]
ONLY_A_SHELL = [
    pytest.param(CUT, DOLLAR, f"'{DOLLAR}'", id="a dollar"),
    pytest.param(CUT, f"{SECRET};{OTHER}", f"'{SECRET};{OTHER}'", id="a semicolon"),
    pytest.param(NEWLINE, f"{SECRET}\r", SECRET, id="Windows line ends"),
]


@pytest.mark.parametrize(("cause", "written", "meant"), FLAWED)
class TestOfTwoFiles:
    def test_one_has_the_flaw_and_the_other_the_bare_value(self, tmp_path: Path, cause: str, written: str, meant: str) -> None:
        flawed = env(tmp_path, f"SESSION_SECRET={written}", "web-1.env")
        finding = judge(cause, env(tmp_path, f"SESSION_SECRET={meant}", "web-2.env"), flawed)
        assert isinstance(finding, Confirmed)
        assert {evidence.pointer for evidence in finding.evidence} == {f"{tmp_path}/web-1.env:2", f"{tmp_path}/web-2.env:2"}

    def test_both_have_the_flaw(self, tmp_path: Path, cause: str, written: str, meant: str) -> None:
        same = [env(tmp_path, f"SESSION_SECRET={written}", name) for name in ("web-1.env", "web-2.env")]
        assert meant
        assert isinstance(judge(cause, *same), Noted)

    def test_the_other_is_a_different_secret(self, tmp_path: Path, cause: str, written: str, meant: str) -> None:
        other = env(tmp_path, f"SESSION_SECRET={meant[::-1].lower()}", "web-2.env")
        assert not isinstance(judge(cause, env(tmp_path, f"SESSION_SECRET={written}", "web-1.env"), other), Confirmed)

    def test_the_other_is_of_another_service(self, tmp_path: Path, cause: str, written: str, meant: str) -> None:
        shop = env(tmp_path, f"DATABASE_URL=postgres://h/shop\nSESSION_SECRET={written}", "web-1.env")
        blog = env(tmp_path, f"DATABASE_URL=postgres://h/blog\nSESSION_SECRET={meant}", "web-2.env")
        assert isinstance(judge(cause, shop, blog), Noted)

    def test_no_value_is_shown(self, tmp_path: Path, cause: str, written: str, meant: str) -> None:
        files = env(tmp_path, f"SESSION_SECRET={written}", "web-1.env"), env(tmp_path, f"SESSION_SECRET={meant}", "web-2.env")
        assert SECRET not in str(judge(cause, *files))


@pytest.mark.parametrize(("cause", "written", "meant"), ONLY_A_SHELL)
def test_two_files_that_only_a_shell_reads_differently(tmp_path: Path, cause: str, written: str, meant: str) -> None:
    files = env(tmp_path, f"SESSION_SECRET={written}", "web-1.env"), env(tmp_path, f"SESSION_SECRET={meant}", "web-2.env")
    assert isinstance(judge(cause, *files), Noted)
    assert isinstance(judge(cause, *files, log(*REFUSING)), Undecided)
    assert isinstance(judge(cause, *files, log(*REJECTING)), Confirmed)


def test_a_reader_that_is_known_and_sees_the_same_in_both_files(tmp_path: Path) -> None:
    flawed, bare = f"SESSION_SECRET=`{SECRET}`", env(tmp_path, f"SESSION_SECRET={SECRET}", "web-2.env")
    assert isinstance(judge(QUOTED, env(tmp_path, flawed, "web-1.env"), bare), Confirmed)
    assert isinstance(judge(QUOTED, env(tmp_path, f"NODE_ENV=production\n{flawed}", "web-1.env"), bare), Noted)


class TestOfAProcess:
    @pytest.mark.parametrize(
        ("cause", "value"),
        [
            (QUOTED, f'"{SECRET}"'),
            (QUOTED, f"'{SECRET}'"),
            (NEWLINE, f"{SECRET}\n"),
            (NEWLINE, f"{SECRET}\r\n"),
            (NEWLINE, f"{SECRET} "),
        ],
    )
    def test_it_has_the_flaw_and_a_file_has_not(self, tmp_path: Path, cause: str, value: str) -> None:
        finding = judge(cause, process(SESSION_SECRET=value), env(tmp_path, f"SESSION_SECRET={SECRET}"))
        assert isinstance(finding, Confirmed)
        assert isinstance(judge(cause, process(SESSION_SECRET=value)), Noted)

    def test_docker_may_have_given_it_the_same_file(self, tmp_path: Path) -> None:
        same = process(SESSION_SECRET=f'"{SECRET}"'), env(tmp_path, f'SESSION_SECRET="{SECRET}"')
        assert isinstance(judge(QUOTED, *same), Noted)
        assert isinstance(judge(QUOTED, *same, log(*REFUSING)), Undecided)
        assert isinstance(judge(QUOTED, *same, log(*REJECTING)), Confirmed)

    def test_a_secret_file_with_a_line_end(self, tmp_path: Path) -> None:
        (tmp_path / "session").write_text(f"{SECRET}\n")
        file = env(tmp_path, "SESSION_SECRET_FILE=session", "web-1.env")
        assert isinstance(judge(NEWLINE, file, env(tmp_path, f"SESSION_SECRET={SECRET}", "web-2.env")), Confirmed)
        assert isinstance(judge(NEWLINE, file), Noted)


class TestOfOneFile:
    def test_it_is_a_note_that_names_who_disagrees(self, tmp_path: Path) -> None:
        finding = judge(CUT, env(tmp_path, f"SESSION_SECRET={LONG}"))
        assert isinstance(finding, Noted)
        assert finding.evidence[0].says == (
            f"SESSION_SECRET is key {key(SECRET)} of 32 characters for dotenv (Node);"
            f" key {key(LONG)} of 65 characters for python-dotenv, shell, docker --env-file"
        )

    def test_two_readers_are_known_to_read_it(self, tmp_path: Path) -> None:
        file, node, python = env(tmp_path, f"SESSION_SECRET={LONG}"), log(*EXPRESS, REJECTED), starts(LONG, name="py.log")
        assert isinstance(judge(CUT, file, node, python), Confirmed)

    def test_two_readers_who_agree(self, tmp_path: Path) -> None:
        file = env(tmp_path, f"NODE_ENV=production\nSESSION_SECRET={DOLLAR}")
        assert isinstance(judge(CUT, file, starts(DOLLAR)), Noted)

    @pytest.mark.parametrize("written", [LONG, DOLLAR])
    def test_a_signature_fails(self, tmp_path: Path, written: str) -> None:
        finding = judge(CUT, env(tmp_path, f"SESSION_SECRET={written}"), log(*REJECTING))
        assert isinstance(finding, Confirmed)
        assert finding.certainty < 0.95

    def test_windows_line_ends_hurt_only_a_shell(self, tmp_path: Path) -> None:
        file = env(tmp_path, f"SESSION_SECRET={SECRET}\r")
        assert isinstance(judge(NEWLINE, file), Noted)
        assert isinstance(judge(NEWLINE, file, log(*REJECTING)), Confirmed)

    def test_ordinary_quotes_are_never_a_cause_by_themselves(self, tmp_path: Path) -> None:
        file = env(tmp_path, f'SESSION_SECRET="{SECRET}"')
        assert isinstance(judge(QUOTED, file), Noted)
        assert isinstance(judge(QUOTED, file, log(*REJECTING)), Noted)

    def test_two_files_of_which_one_has_ordinary_quotes(self, tmp_path: Path) -> None:
        files = env(tmp_path, f'SESSION_SECRET="{SECRET}"', "a.env"), env(tmp_path, f"SESSION_SECRET={SECRET}", "b.env")
        assert isinstance(judge(QUOTED, *files), Noted)
        assert isinstance(judge(QUOTED, *files, log(*REFUSING)), Undecided)
        assert isinstance(judge(QUOTED, *files, log(*REJECTING)), Confirmed)


class TestOfRunningServices:
    def test_they_name_both_keys(self, tmp_path: Path) -> None:
        file = env(tmp_path, f'SESSION_SECRET="{SECRET}"')
        finding = judge(QUOTED, file, starts(f'"{SECRET}"', name="a.log"), starts(SECRET, name="b.log"))
        assert isinstance(finding, Confirmed)
        assert {evidence.pointer for evidence in finding.evidence} == {f"{file.source}:2", "a.log:2", "b.log:2"}

    def test_they_name_the_flawed_key_only(self, tmp_path: Path) -> None:
        file = env(tmp_path, f'SESSION_SECRET="{SECRET}"')
        assert isinstance(judge(QUOTED, file, starts(f'"{SECRET}"')), Noted)

    def test_they_name_one_key(self, tmp_path: Path) -> None:
        file = env(tmp_path, f'SESSION_SECRET="{SECRET}"')
        assert isinstance(judge(QUOTED, file, starts(SECRET, name="a.log"), starts(SECRET, name="b.log")), Noted)


class TestOfAKeyring:
    def test_both_values_accepted_everywhere_are_the_fix(self, tmp_path: Path) -> None:
        both = f"SESSION_SECRET={SECRET}\nSESSION_SECRET_PREVIOUS='\"{SECRET}\"'"
        files = env(tmp_path, both, "a.env"), env(tmp_path, f"SESSION_SECRET={SECRET}", "b.env")
        assert isinstance(judge(QUOTED, *files), Noted)
        assert isinstance(judge(QUOTED, *files, log(*REJECTING)), Noted)


@pytest.mark.parametrize("cause", [QUOTED, NEWLINE, CUT])
def test_a_plain_secret_rules_it_out(tmp_path: Path, cause: str) -> None:
    evidence: tuple[Environment | Log, ...] = (env(tmp_path, f"SESSION_SECRET={SECRET}"), log(*REJECTING))
    assert isinstance(judge(cause, *evidence), RuledOut)


@pytest.mark.parametrize("cause", [QUOTED, NEWLINE, CUT])
def test_nothing_given(cause: str) -> None:
    assert isinstance(judge(cause), Unseen)
    assert isinstance(judge(cause, process()), Unseen)
