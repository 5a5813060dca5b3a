"""What a client sees of its session under Flask."""

from datetime import timedelta

from flask.testing import FlaskClient

from sessile import MemoryStore
from sessile.session.codec import decode
from sessile.testing import FakeClock
from tests.integrations.flask.application import application, cookies


def test_a_login_lasts_and_a_logout_ends_it(client: FlaskClient, memory: MemoryStore) -> None:
    assert client.get("/me").json == {"user": None, "outcome": "new"}
    assert not memory.rows
    [cookie] = cookies(client.post("/login"))
    assert cookie.startswith("session=s%3A")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax")
    response = client.get("/me")
    assert response.json == {"user": 7, "outcome": "live"}
    assert cookies(response) == []
    assert response.headers["Vary"] == "Cookie"
    [cookie] = cookies(client.get("/destroy"))
    assert "1970" in cookie
    assert not memory.rows


def test_a_session_that_was_cleared_is_over(client: FlaskClient, memory: MemoryStore) -> None:
    client.post("/login")
    [cookie] = cookies(client.get("/clear"))
    assert "1970" in cookie
    assert not memory.rows


def test_every_login_gets_a_new_id(client: FlaskClient, memory: MemoryStore) -> None:
    client.post("/login")
    [before] = memory.rows
    client.post("/login")
    [after] = memory.rows
    assert before != after


def test_flashed_messages_come_once(client: FlaskClient) -> None:
    client.post("/login")
    assert client.get("/flashed").json == [["message", "welcome"]]
    assert client.get("/flashed").json == []


def test_a_nested_change_is_noticed(client: FlaskClient) -> None:
    client.post("/login")
    client.get("/nested")
    assert client.get("/nested").json == {"items": [1, 1]}


def test_a_permanent_session_outlives_the_browser_and_costs_one_write(client: FlaskClient, memory: MemoryStore) -> None:
    client.post("/login")
    [cookie] = cookies(client.get("/remember"))
    assert "Expires=" in cookie
    [(_, row)] = memory.rows.items()
    assert decode(row.text).cookie["originalMaxAge"] == 31 * 86_400_000
    assert cookies(client.get("/remember")) == []
    assert "Expires=" in cookies(client.get("/nested"))[0]


def test_an_id_is_exchanged_and_the_whole_life_is_limited(memory: MemoryStore) -> None:
    clock = FakeClock()
    options = {"rotate": timedelta(hours=1), "absolute": timedelta(hours=3), "clock": clock}
    client = application(memory, **options).test_client()
    client.post("/login")
    ids = set(memory.rows)
    clock.advance(timedelta(minutes=61))
    assert client.get("/me").status_code == 200
    assert len(set(memory.rows) - ids) == 1
    for _ in range(2):
        clock.advance(timedelta(minutes=59))
        assert client.get("/me").status_code == 200
    clock.advance(timedelta(minutes=2))
    assert client.get("/me").status_code == 401
