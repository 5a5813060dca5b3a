"""A store that fails is never a logout."""

import pytest

from sessile.session.store import Create, Delete, Update
from sessile.testing import Fault, FaultyStore
from tests.integrations.flask.application import application, cookies


class TestOutages:
    def test_are_never_a_logout(self, caplog: pytest.LogCaptureFixture) -> None:
        store = FaultyStore()
        client = application(store, anonymous_in_outage=["/flashed"]).test_client()
        client.post("/login")
        with store.failing(Fault.DOWN):
            response = client.get("/me")
            assert (response.status_code, response.headers["Retry-After"], cookies(response)) == (503, "5", [])
            assert response.json is not None
            assert "not logged out" in response.json["detail"]
            assert client.get("/flashed").status_code == 200
            assert client.application.test_client().get("/health").status_code == 200
        assert "session stopped at reach: unavailable" in caplog.text
        assert client.get("/me").json == {"user": 7, "outcome": "live"}

    @pytest.mark.parametrize("path", ["/nested", "/save"])
    def test_at_the_save_answer_503(self, path: str) -> None:
        store = FaultyStore()
        client = application(store).test_client()
        client.post("/login")
        with store.failing(Fault.ANSWER_LOST, Update, Create, Delete):
            response = client.get(path)
        assert (response.status_code, cookies(response)) == (503, [])
        assert client.get("/me").status_code == 200

    def test_a_login_that_was_not_saved_is_no_login(self) -> None:
        store = FaultyStore()
        client = application(store).test_client()
        with store.failing(Fault.REFUSED, Create):
            response = client.post("/login")
        assert (response.status_code, cookies(response)) == (503, [])
        assert client.get("/me").status_code == 401
