"""`sessile doctor https://...`: what the user sees of a probe."""

import contextlib
import json
import os
import pty
import subprocess

import pytest

from tests.cli.command import Command, clean
from tests.doctor.evidence.site.service import NAME, PASSWORD, Shop, serving

LOGIN = (
    "--login",
    "/login",
    "--data",
    f"name={NAME}",
    "--data",
    "password=@password",
    "--protected",
    "/me",
    "--logout",
    "/logout",
)


@pytest.fixture
def shop(command: Command) -> Shop:
    (command.folder / "password").write_text(f"{PASSWORD}\n")
    return Shop()


def test_a_healthy_site_is_healthy_and_nothing_secret_is_shown(command: Command, shop: Shop) -> None:
    with serving(shop.app()) as port:
        ended = command("doctor", "-v", f"http://127.0.0.1:{port}", *LOGIN)
        told = command("doctor", "--json", f"http://127.0.0.1:{port}", *LOGIN)
    assert (ended.status, told.status) == (0, 0), ended.out
    assert json.loads(told.out)["verdict"] == "healthy"
    assert "came back" in ended.out or "was let in with the cookie of its login" in ended.out
    for secret in (PASSWORD, *shop.issued):
        assert secret not in ended.out + ended.err + told.out + told.err
    assert (shop.attempts, shop.sessions) == (2, {})


def test_a_wrong_password_cannot_tell_and_is_tried_once(command: Command, shop: Shop) -> None:
    (command.folder / "password").write_text("quite-another-word")
    with serving(shop.app()) as port:
        ended = command("doctor", f"http://127.0.0.1:{port}", *LOGIN)
    assert ended.status == 3
    assert "tried once and is not tried again" in " ".join(ended.out.split())
    assert "quite-another-word" not in ended.out + ended.err
    assert (shop.attempts, shop.failures) == (1, 1)


def test_the_users_own_cookie_takes_the_place_of_a_login(command: Command, shop: Shop) -> None:
    shop.single = True
    shop.sessions["my-own-session-0123456789"] = NAME
    (command.folder / "cookie").write_text("Cookie: shop.sid=my-own-session-0123456789\n")
    with serving(shop.app()) as port:
        ended = command("doctor", f"http://127.0.0.1:{port}", *LOGIN, "--cookie", "@cookie")
    assert ended.status == 0, ended.out
    assert "my-own-session" not in ended.out + ended.err
    assert (shop.attempts, list(shop.sessions)) == (0, ["my-own-session-0123456789"])


def test_what_a_login_may_end_is_said_before_anything_is_asked(command: Command) -> None:
    with serving(Shop().app()) as port:
        pass  # nobody answers there any more
    said = on_a_terminal(command, "doctor", f"http://127.0.0.1:{port}", "--login", "/login", "--data", "name=zoe")
    assert "this ends the user's other one: use a test user, or --cookie @FILE" in said
    assert "one session only" in " ".join(command("doctor", "--help").out.split())


def on_a_terminal(command: Command, *words: str) -> str:
    """What a command writes to a terminal on standard error."""
    ours, its = pty.openpty()
    with subprocess.Popen(
        [command.executable, *words],
        cwd=command.folder,
        env=clean({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=its,
    ):
        os.close(its)
        said = bytearray()
        with contextlib.suppress(OSError):  # the other end is closed
            while piece := os.read(ours, 4096):
                said += piece
    os.close(ours)
    return said.decode()


def test_a_cookie_that_the_browser_refuses_is_sick(command: Command, shop: Shop) -> None:
    shop.attributes = "Path=/; HttpOnly; SameSite=None"
    shop.cors = "http://app.example.com"
    with serving(shop.app()) as port:
        ended = command("doctor", f"http://127.0.0.1:{port}", *LOGIN, "--origin", "http://app.example.com")
    assert ended.status in (1, 3), ended.out
    assert "shop.sid" in ended.out
