"""Several instances, proxies and caches before a site are told apart by asking again."""

from sessile.doctor.diagnose import diagnose
from sessile.doctor.visits import visits
from tests.doctor.evidence.site.probing import JSON, facts, probe, served, status, steps
from tests.doctor.evidence.site.service import Shop


def test_the_direct_service_is_asked_as_its_proxy_would_and_never_logged_into(shop: Shop) -> None:
    with served(shop) as port, served(shop) as other:
        probed = probe(port, JSON, f"http://127.0.0.1:{other}")
    asked = [(one.proxied.pointer, one.forwarded, one.direct.status) for one in probed.site.direct]
    assert asked == [("page", "http", 200), ("page", "", 200), ("replay 4", "http", 200), ("replay 4", "", 200)]
    hosts = {one["host"] for one in shop.headers if "x-forwarded-proto" in one}
    assert hosts == {f"127.0.0.1:{port}"}
    assert shop.attempts == 1


def test_instances_behind_a_balancer_are_told_apart_by_repeated_reads() -> None:
    with served(Shop(strangers=True)) as port:
        seen = facts(probe(port, JSON))
    (visit,) = visits(seen)
    assert (len(visit.let_in), len(visit.turned_away)) == (2, 2)
    suspected = {one.cause.id: one.evidence for one in diagnose(seen).causes}
    assert {"verify-secret-differs-between-instances", "find-sessions-kept-elsewhere"} <= suspected.keys()
    assert "several instances" in suspected["verify-secret-differs-between-instances"][0].says


def test_two_versions_behind_a_balancer_show_their_cookies_to_strangers() -> None:
    with served(Shop(strangers=True, greets=True)) as port:
        probed = probe(port, JSON)
    assert [one.request.cookies for one in probed.site.strangers] == [()] * 4
    assert not set(probed.site.strangers) & set(probed.wire.exchanges)
    first = diagnose(facts(probed)).causes[0]
    assert (first.cause.id, first.confidence) == ("verify-versions-side-by-side", "confirmed")


def test_where_every_answer_is_alike_no_stranger_asks(shop: Shop) -> None:
    shop.greets = True
    with served(shop) as port:
        assert probe(port, JSON).site.strangers == ()


def test_a_cache_that_leaves_no_mark_is_asked_past() -> None:
    with served(Shop(kept={})) as port:
        probed = probe(port, JSON)
    assert [step for step in steps(probed) if step in ("replay past caches", "replay 5")] == ["replay past caches", "replay 5"]
    assert [status(probed, one) for one in ("replay 4", "replay past caches", "replay 5")] == [401, 200, 401]
    first = diagnose(facts(probed)).causes[0]
    assert (first.cause.id, first.confidence) == ("agree-shared-cache-answers", "confirmed")


def test_where_no_cookie_goes_along_nothing_is_asked_past(shop: Shop) -> None:
    shop.attributes = "Path=/elsewhere"
    with served(shop) as port:
        assert "replay past caches" not in steps(probe(port, JSON))
