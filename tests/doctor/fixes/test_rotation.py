"""Rotating the secret of a .env file: no step loses a session, and everything else in the file stays as it is."""

import itertools
import os
import stat
from pathlib import Path

import pytest

from sessile.doctor.evidence import dotenv
from sessile.doctor.facts.environment import Dialect
from sessile.doctor.fixes import rotation
from sessile.doctor.fixes.result import FixRefused
from sessile.doctor.fixes.rotation import Stage
from sessile.session.keyring import Keyring

OLD = "Zx8fQ2mN4vB7kL1pR9sT3wY6uE0aD5gH"
NEW = "hG5Da0Eu6Yw3Ts9Rp1Lk7Bv4Nm2Qf8xZ_-"
FILES = {
    "plain": f"# shop\nPORT=3000\n\nSESSION_SECRET={OLD}\nNODE_ENV=production\n",
    "no line end": f"PORT=3000\nSESSION_SECRET={OLD}",
    "only line": f"SESSION_SECRET={OLD}\n",
    "windows": f"PORT=3000\r\nSESSION_SECRET={OLD}\r\nNODE_ENV=production\r\n",
    "byte order mark": f"\ufeffSESSION_SECRET={OLD}\nPORT=3000\n",
    "export": f"export PORT=3000\nexport SESSION_SECRET={OLD}\n",
    "indented": f"PORT=3000\n  SESSION_SECRET={OLD}\n",
    "quoted": f'PORT=3000\nSESSION_SECRET="{OLD}"\n',
    "comment": f"SESSION_SECRET={OLD} # made in 2024\nPORT=3000\n",
    "read differently": f"SESSION_SECRET={OLD}#{OLD}\nPORT=3000\n",
    "a multiline neighbour": f'CERTIFICATE="-----BEGIN\nAA==\n-----END"\nSESSION_SECRET={OLD}\nPORT=3000\n',
    "another name": f"COOKIE_SECRET={OLD}\nPORT=3000\n",
    "a list in a comment": f"# SESSION_SECRET=example\nSESSION_SECRET={OLD}\n",
}


@pytest.fixture(params=FILES)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_bytes(FILES[request.param].encode())
    path.chmod(0o600)
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_bytes(FILES["plain"].encode())
    return path


def keyrings(path: Path) -> dict[Dialect, Keyring]:
    """What a service accepts that reads the file in each dialect."""
    name = "COOKIE_SECRET" if b"COOKIE_SECRET" in path.read_bytes() else "SESSION_SECRET"
    names = (name, f"{name}_PREVIOUS")
    seen = {dialect: [one[n].value for n in names if n in one] for dialect, one in dotenv.read(path.read_bytes()).items()}
    return {dialect: Keyring(values) for dialect, values in seen.items() if values}


def others(path: Path) -> dict[Dialect, dict[str, str]]:
    read = dotenv.read(path.read_bytes()).items()
    return {dialect: {name: one.value for name, one in seen.items() if "SECRET" not in name} for dialect, seen in read}


def test_cookies_of_each_stage_verify_in_the_stages_before_and_after(file: Path) -> None:
    """As in a rolling deploy, where instances of two stages run side by side."""
    stages = [keyrings(file)]
    rotation.accept(rotation.look(file), NEW)
    stages.append(keyrings(file))
    rotation.sign(rotation.look(file), "never used")
    stages.append(keyrings(file))
    rotation.undo(rotation.look(file))
    stages.append(keyrings(file))
    for one, other in itertools.pairwise(stages):
        for dialect in stages[0]:
            assert one[dialect].verify(other[dialect].sign("sid"))
            assert other[dialect].verify(one[dialect].sign("sid"))
    assert stages[2][Dialect.NODE].sign("sid") == Keyring(NEW).sign("sid")


def test_all_else_stays(file: Path) -> None:
    before = others(file)
    for step in (rotation.accept, rotation.sign):
        step(rotation.look(file), NEW)
        assert others(file) == before
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_bytes().count(b"\r\n") in (0, file.read_bytes().count(b"\n"))


def test_undone_it_is_the_same_file(file: Path) -> None:
    before = file.read_bytes()
    rotation.sign(rotation.look(file), NEW)
    assert rotation.undo(rotation.look(file)).stage is Stage.ACCEPTED
    assert rotation.undo(rotation.look(file)).stage is Stage.SINGLE
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_finished_the_new_secret_stands_where_the_old_one_stood(file: Path) -> None:
    before = file.read_bytes()
    rotation.sign(rotation.look(file), NEW)
    assert rotation.finish(rotation.look(file)).stage is Stage.SINGLE
    lines, old_lines = file.read_bytes().splitlines(), before.splitlines()
    changed = [(old, new) for old, new in zip(old_lines, lines, strict=True) if old != new]
    assert [new.partition(b"=")[2] for _, new in changed] == [NEW.encode()]
    assert list(file.parent.iterdir()) == [file]


def test_one_step_and_two_come_to_the_same(file: Path) -> None:
    before = file.read_bytes()
    rotation.sign(rotation.look(file), NEW)
    at_once = file.read_bytes()
    rotation.undo(rotation.undo(rotation.look(file)))
    rotation.accept(rotation.look(file), NEW)
    assert file.read_bytes() != before
    rotation.sign(rotation.look(file), "never used")
    assert file.read_bytes() == at_once


def test_the_backup_is_as_private_as_the_file(file: Path) -> None:
    before = file.read_bytes()
    backup = rotation.accept(rotation.look(file), NEW).backup
    assert backup.read_bytes() == before
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_the_mode_is_kept(plain: Path, mode: int) -> None:
    plain.chmod(mode)
    rotation.sign(rotation.look(plain), NEW)
    assert stat.S_IMODE(plain.stat().st_mode) == mode


def test_changes_made_meanwhile_are_kept(plain: Path) -> None:
    rotation.sign(rotation.look(plain), NEW)
    plain.write_bytes(plain.read_bytes() + b"LOG_FORMAT=json\n")
    rotation.undo(rotation.undo(rotation.look(plain)))
    assert plain.read_bytes() == FILES["plain"].encode() + b"LOG_FORMAT=json\n"


def test_a_symbolic_link_stays_one(plain: Path) -> None:
    link = plain.with_name("link")
    link.symlink_to(plain)
    rotation.sign(rotation.look(link), NEW)
    assert link.is_symlink()
    assert NEW in plain.read_text()


def test_a_file_that_cannot_be_replaced_stays_as_it_was(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device", str(plain))

    before = plain.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        rotation.sign(rotation.look(plain), NEW)
    assert plain.read_bytes() == before
    assert list(plain.parent.iterdir()) == [plain]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("PORT=3000\n", "sets no session secret: echo"),
        ("SESSION_SECRET=\n", "sets no session secret"),
        ("SESSION_SECRET=''\n", "sets no session secret"),
        (f"SESSION_SECRET={OLD}\nSESSION_SECRET={NEW}\n", "stands in the file 2 times"),
        (f"SESSION_SECRETS={OLD},{NEW}\n", "has SESSION_SECRETS: rotate there by hand"),
        ("SESSION_SECRET_FILE=/etc/secrets/session\n", "has SESSION_SECRET_FILE: rotate there by hand"),
        (f"SESSION_SECRET={NEW}\nSESSION_SECRET_PREVIOUS={OLD}\n", "sessions signed with it would be lost by another rotation"),
    ],
)
def test_what_cannot_be_rotated_is_refused_and_left_alone(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / ".env"
    file.write_text(content)
    with pytest.raises(FixRefused, match=says) as error:
        rotation.sign(rotation.look(file), NEW)
    assert OLD not in str(error.value)
    assert file.read_text() == content
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    "content",
    [
        f'SESSION_SECRET="{OLD}\n{OLD}"\nPORT=3000\n',
        f"NOTE='\nSESSION_SECRET={OLD}\n'\nPORT=3000\n",
    ],
    ids=["a value of two lines", "a line inside another value"],
)
def test_lines_too_unusual_to_edit_are_left_alone(tmp_path: Path, content: str) -> None:
    file = tmp_path / ".env"
    file.write_text(content)
    with pytest.raises(FixRefused, match="too unusual to edit: rotate by hand"):
        rotation.sign(rotation.look(file), NEW)
    assert file.read_text() == content


def test_steps_out_of_their_order_are_refused(plain: Path) -> None:
    with pytest.raises(FixRefused, match=r"no rotation of \.env is under way"):
        rotation.undo(rotation.look(plain))
    with pytest.raises(FixRefused, match="is not at its end"):
        rotation.finish(rotation.look(plain))
    accepted = rotation.accept(rotation.look(plain), NEW)
    with pytest.raises(FixRefused, match="is under way"):
        rotation.accept(accepted, NEW)
    with pytest.raises(FixRefused, match="is not at its end"):
        rotation.finish(accepted)
    signing = rotation.sign(rotation.look(plain), NEW)
    with pytest.raises(FixRefused, match="is rotated already"):
        rotation.sign(signing, NEW)
