"""The probe follows, reads and waits only so far."""

import pytest

from sessile.doctor.evidence.opening import EvidenceError
from sessile.doctor.evidence.site import collect
from sessile.doctor.evidence.site.plan import Request, plan
from tests.doctor.evidence.site.probing import JSON, probe, served
from tests.doctor.evidence.site.service import Shop


def test_redirects_end_after_ten(shop: Shop) -> None:
    with served(shop) as port:
        probed = probe(port, Request(), path="/loop")
    assert len(probed.wire.exchanges) == 11
    assert any("more than 10 redirects" in remark for remark in probed.site.remarks)
    assert "never reached" in probed.site.stopped


@pytest.mark.parametrize("target", ["http://[::bad/", "ftp://shop.example/", "http://localhost:0/", "http://localhost:99999/"])
def test_a_redirect_that_leads_nowhere_is_told_and_not_followed(shop: Shop, target: str) -> None:
    with served(shop) as port:
        probed = probe(port, Request(), path=f"/away?to={target}")
    assert len(probed.wire.exchanges) == 1
    assert probed.site.remarks == ("page: it redirects to what is no http(s) URL",)


def test_of_a_huge_body_two_megabytes_are_read(shop: Shop) -> None:
    with served(shop) as port:
        (only,) = probe(port, Request(), path="/huge").wire.exchanges
    assert only.status == 200
    assert only.response is not None
    assert only.response.body.size is None


def test_the_date_tells_the_clock(shop: Shop) -> None:
    with served(shop) as port:
        ahead = probe(port, Request()).wire.clock_ahead("127.0.0.1")
    assert ahead is not None
    assert abs(ahead) < 3000


@pytest.mark.parametrize("target", ["http://localhost:1/", "http://[::1]:1/", "http://10.0.0.1/", "http://169.254.169.254/x"])
def test_a_redirect_into_the_local_network_is_not_followed(shop: Shop, target: str) -> None:
    with served(shop) as port:
        planned = plan(
            [f"http://shop.example.com:{port}/away?to={target}"], Request(resolve=(f"shop.example.com:{port}=127.0.0.1",))
        )
        assert planned is not None
        probed = collect(planned)
    assert [one.status for one in probed.wire.exchanges] == [307, 0]
    assert "local network" in probed.wire.exchanges[-1].error


def test_what_cannot_be_reached_is_one_line(shop: Shop) -> None:
    with served(shop) as port:
        pass
    with pytest.raises(EvidenceError, match="refused"):
        probe(port, JSON)
