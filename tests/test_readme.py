"""What the README says is run as it stands there."""

import os
import re
import subprocess
from pathlib import Path

import httpx2
import pytest

from sessile.session.keyring import Keyring

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SECRET = "Zx8fQ2mN4vB7kL1pR9sT3wY6uE0aD5gH"
PASSWORD = "a-password-of-nobody"
RECORDING = Path(__file__).parent / "fixtures" / "har" / "chrome-http2-full.har"
COMMANDS = sorted(set(re.findall(r"`(sessile [^`\n]+)`", README)) - {"sessile doctor", "sessile fix"})
LOG = (
    "2026-11-23T10:00:00.000Z Server running on port 3000\n"
    "2026-11-23T10:00:05.000Z POST /api/auth/login 200 8 ms\n"
    "2026-11-23T10:00:06.000Z GET /api/me 200 2 ms\n"
)


@pytest.fixture
def folder(tmp_path: Path, database: str) -> Path:
    for name in (".env", "web.env", "worker.env"):
        (tmp_path / name).write_text(f"NODE_ENV=production\nDATABASE_URL={database}\nSESSION_SECRET={SECRET}\n", encoding="utf-8")
    for name in ("web.log", "worker.log"):
        (tmp_path / name).write_text(LOG, encoding="utf-8")
    (tmp_path / "recording.har").write_bytes(RECORDING.read_bytes())
    (tmp_path / "password.txt").write_text(PASSWORD, encoding="utf-8")
    (tmp_path / "cookie.txt").write_text("ofa.sid=of-nobody", encoding="utf-8")
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "app.js").write_text("const app = require('express')()\napp.listen(3000)\n", encoding="utf-8")
    (tmp_path / "render.yaml").write_text("services:\n  - type: web\n    name: shop\n    runtime: node\n", encoding="utf-8")
    (tmp_path / "nginx.conf").write_text("http { server { location / { proxy_pass http://shop; } } }\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs_as_written(command: str, folder: Path, database: str, sessile: Path) -> None:
    cookie = "ofa.sid=s%3A" + Keyring(SECRET).sign("an-id-of-nobody").replace("+", "%2B").replace("/", "%2F")
    environment = {"PATH": f"{sessile.parent}:{os.defpath}", "DATABASE_URL": database, "SESSION_SECRET": SECRET}
    ran = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        input=cookie,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "--browser" in command:
        # The extra is not in this environment, and that is said before anything is done.
        assert (ran.returncode, ran.stdout) == (2, "")
        assert "this needs the extra 'doctor,browser': pip install" in ran.stderr
    elif "https://shop.example" in command:
        # Reserved by RFC 2606: every word of the command is understood, and no such site is found.
        assert (ran.returncode, ran.stdout) == (2, "")
        assert "the name shop.example is not found" in ran.stderr
    else:
        assert ran.returncode in (0, 1, 3), ran.stderr
        assert ran.stdout.strip()
    assert "Traceback" not in ran.stdout + ran.stderr
    assert SECRET not in ran.stdout + ran.stderr
    assert PASSWORD not in ran.stdout + ran.stderr


async def test_the_program_keeps_a_login(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("SESSION_SECRET", SECRET)
    (program,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(program, names)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(names["app"]), base_url="http://shop.test") as client:  # type: ignore[arg-type]
        assert (await client.get("/me")).json() == {"user": None}
        assert (await client.post("/login")).json() == {"ok": True}
        assert (await client.get("/me")).json() == {"user": 7}
    store = names["app"].user_middleware[0].kwargs["store"]  # type: ignore[attr-defined]
    await store.close()


def test_every_link_leads_somewhere() -> None:
    root = Path(__file__).parents[1]
    pages = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").glob("*.md"))]
    dead = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []
