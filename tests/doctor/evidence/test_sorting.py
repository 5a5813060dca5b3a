"""What each WHAT of the command line is taken for."""

import os
from pathlib import Path

import pytest

from sessile.doctor.evidence.sorting import Item, Kind, NotEvidence, offered, sort

URL = "postgresql://app:hunter2@db.example.com:5432/shop"


def kinds(items: tuple[Item, ...]) -> list[tuple[Kind, str]]:
    return [(item.kind, item.written) for item in items]


@pytest.mark.parametrize(
    "word",
    [
        URL,
        "postgres://db/shop",
        "postgresql+asyncpg://app:hunter2@db/shop",
        f"'{URL}'",
        f"DATABASE_URL={URL}",
        f"psql {URL}",
        f" {URL}\n",
        "socket:/var/run/postgresql?db=shop",
    ],
)
def test_a_database_is_known_by_its_url_however_it_was_pasted(word: str) -> None:
    (item,) = sort([word], {})
    assert item.kind is Kind.DATABASE
    assert item.url == word.strip()


def test_a_printed_command_names_the_variable_and_never_the_url() -> None:
    (by_its_name,) = sort([URL], {"SHOP_DB": URL, "OTHER": "x"})
    (unnamed,) = sort([URL], {})
    assert by_its_name.written == '"$SHOP_DB"'
    assert unnamed.written == '"$DATABASE_URL"'
    assert "hunter2" not in repr(by_its_name)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        (".env", "", Kind.ENVIRONMENT),
        (".env.production", "whatever", Kind.ENVIRONMENT),
        ("web-1.env", "", Kind.ENVIRONMENT),
        ("render-environment.txt", "# of web\nSESSION_SECRET=x\n\nexport PORT=1\n", Kind.ENVIRONMENT),
        ("app.log", "2026-11-23 Session saved\n", Kind.LOG),
        ("logfmt", "level=info msg=saved\nlevel=error msg=lost\n", Kind.LOG),
        ("json", '{"level":"error"}\n', Kind.LOG),
        ("empty", "", Kind.LOG),
    ],
)
def test_files_are_known_by_their_name_and_then_their_content(tmp_path: Path, name: str, content: str, kind: Kind) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert kinds(sort([str(path)], {})) == [(kind, str(path))]


def test_a_folder_offers_its_env_file_and_its_logs(tmp_path: Path) -> None:
    for name in (".env", "b.log", "a.log", ".env.example", "notes.txt"):
        (tmp_path / name).write_text("x")
    expected = [(Kind.ENVIRONMENT, f"{tmp_path}/.env"), (Kind.LOG, f"{tmp_path}/a.log"), (Kind.LOG, f"{tmp_path}/b.log")]
    assert kinds(sort([str(tmp_path)], {})) == expected


def test_without_a_word_the_environment_and_the_folder_are_offered(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("x")
    assert kinds(offered(tmp_path, {"DATABASE_URL": URL})) == [
        (Kind.DATABASE, '"$DATABASE_URL"'),
        (Kind.LOG, str(tmp_path / "app.log")),
    ]
    assert kinds(offered(tmp_path, {"DATABASE_URL": " "})) == [(Kind.LOG, str(tmp_path / "app.log"))]


def test_a_url_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"{URL}\n")
    (item,) = sort([f"@{tmp_path}/url"], {})
    assert (item.kind, item.url, item.written) == (Kind.DATABASE, URL, f"@{tmp_path}/url")


def test_at_before_a_log_is_the_log(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("Session saved\n")
    assert kinds(sort([f"@{tmp_path}/app.log"], {})) == [(Kind.LOG, f"{tmp_path}/app.log")]


def test_the_same_thing_twice_is_looked_at_once(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("x")
    assert len(sort([URL, str(tmp_path / "app.log"), URL, str(tmp_path / "app.log")], {})) == 2


def test_the_same_file_by_another_path_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app.log").write_text("x")
    monkeypatch.chdir(tmp_path)
    assert len(sort(["app.log", str(tmp_path / "app.log")], {})) == 1


def test_a_pipe_is_left_unread_for_the_reader_of_logs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert kinds(sort([str(tmp_path / "pipe")], {})) == [(Kind.LOG, str(tmp_path / "pipe"))]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([""], "an empty argument was given: is the variable set"),
        (["app.lgo"], "app.lgo is no file, and no URL"),
        (["x" * 5000], "is no file, and no URL"),
        (["a\0b"], "is no file, and no URL"),
        (["@"], "@ lacks the name of a file"),
        (["@nowhere"], "cannot read nowhere: no such file or directory"),
        (["redis://:hunter2@h/0", "redis://:hunter2@h/1"], "two Redis servers were given"),
        (["https://u:hunter2@shop.example.com/"], "a site was given with a name and a password"),
        (["https:///?token=hunter2"], "a site's URL was given that is none"),
        (["mysql://root:hunter2@h/d"], "a mysql:// URL was given"),
        ([URL, URL.replace("shop", "other")], "two databases were given"),
    ],
)
def test_what_is_nothing_to_look_at_gets_one_line_without_a_secret(words: list[str], says: str) -> None:
    with pytest.raises(NotEvidence) as refused:
        sort(words, {})
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert len(str(refused.value)) < 200


def test_sites_and_recordings_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "shop.har").write_text("{}")
    words = ["https://shop.example.com/in?token=hunter2", "http://127.0.0.1:3000", str(tmp_path / "shop.har")]
    assert kinds(sort(words, {})) == [
        (Kind.SITE, "'https://shop.example.com/in?token=***'"),
        (Kind.SITE, "http://127.0.0.1:3000/"),
        (Kind.HAR, str(tmp_path / "shop.har")),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("render.yaml", "{}"),
        ("docker-compose.prod.yml", "services: {}"),
        ("Procfile", "web: gunicorn app:app\n"),
        ("Dockerfile", "FROM python:3.13\n"),
        ("shop.service", "[Service]\n"),
        ("nginx.conf", ""),
        ("shop.conf", "server {\n  location / { proxy_pass http://app; }\n}\n"),
    ],
)
def test_a_deployment_file_is_known_by_its_name_or_as_nginx_by_its_looks(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    (item,) = sort([str(tmp_path / name)], {})
    assert item.kind is Kind.DEPLOYMENT


def test_an_empty_folder_has_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotEvidence, match=r"holds no \.env, no \*\.log, no deployment file and no code"):
        sort([str(tmp_path)], {})


def test_code_within_a_folder_that_was_given_is_read_once_but_for_what_the_folder_passes_over(tmp_path: Path) -> None:
    for name in ("src/app.js", "dist/app.js", "package.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    words = [str(tmp_path / name) for name in ("src", "dist", "src/app.js")]
    code = [item.path for item in sort([*words, str(tmp_path)], {}) if item.kind is Kind.SOURCE]
    assert code == [tmp_path / "dist", tmp_path]
