"""The cookie that the middleware sets."""

import httpx2

from sessile.session.cookie import cookie_value
from sessile.session.keyring import Keyring
from sessile.testing import FakeClock
from tests.integrations.asgi.application import SECRET, FailingStore, client_of


class TestTheCookie:
    async def test_is_secure_behind_a_proxy_that_says_https(self, store: FailingStore, clock: FakeClock) -> None:
        async with client_of(store, clock) as client:
            plain = await client.post("/login")
            proxied = await client.post("/login", headers={"x-forwarded-proto": "https, http"})
        assert "; Secure" not in plain.headers["set-cookie"]
        assert "; HttpOnly; Secure; SameSite=Lax" in proxied.headers["set-cookie"]

    async def test_is_not_set_where_nothing_is_stored(self, client: httpx2.AsyncClient, store: FailingStore) -> None:
        for path in ("/health", "/me", "/outcome"):
            assert "set-cookie" not in (await client.get(path)).headers
        assert store.rows == {}

    async def test_is_renewed_by_use_before_the_browser_drops_it(self, client: httpx2.AsyncClient, clock: FakeClock) -> None:
        await client.post("/login")
        assert "set-cookie" not in (await client.get("/me")).headers
        for _ in range(10):
            clock.now += 1800
            answer = await client.get("/me", headers={"cookie": f"ofa.sid={client.cookies['ofa.sid']}"})
            assert answer.status_code == 200
            assert "set-cookie" in answer.headers

    async def test_keeps_shared_caches_away(self, client: httpx2.AsyncClient) -> None:
        answer = await client.post("/login")
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "Cookie" in answer.headers["vary"]

    async def test_of_a_weakly_guessed_signature_opens_nothing(self, client: httpx2.AsyncClient, store: FailingStore) -> None:
        await client.post("/login")
        (session_id,) = store.rows
        forged = cookie_value(session_id, Keyring("another secret of some length"))
        assert (await client.get("/me", headers={"cookie": f"ofa.sid={forged}"})).status_code == 401

    async def test_that_a_client_made_up_is_not_adopted(self, client: httpx2.AsyncClient, store: FailingStore) -> None:
        chosen = cookie_value("an-id-that-i-chose", Keyring(SECRET))
        answer = await client.post("/login", headers={"cookie": f"ofa.sid={chosen}"})
        assert "an-id-that-i-chose" not in store.rows
        assert "an-id-that-i-chose" not in answer.headers["set-cookie"]
