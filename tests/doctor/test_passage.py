"""A recording sent through the model of a browser: which page asked, what was stored when, and what was sent."""

from dataclasses import replace
from typing import Any

import pytest

from sessile.cookies import Kind, Outcome
from sessile.doctor.evidence.exchange import address_of
from sessile.doctor.facts.exchange import Address, Content, Exchange, Served
from sessile.doctor.facts.wire import Page, Wire
from sessile.doctor.passage import Passage, crosses_origins, passages
from tests.doctor.recording import SET, asked, login, recording

APP = "https://app.other.test"
CROSS = {"origin": APP, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}
SAME = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}
LAX = SET
NONE = SET.replace("Lax", "None")


def url(text: str) -> Address:
    found = address_of(text)
    assert found is not None
    return found


def referred(exchange: Exchange, page: str) -> Exchange:
    return replace(exchange, request=replace(exchange.request, referer=url(page)))


def the(exchange: Exchange, *before: Exchange, third_party: bool = True, **wire: Any) -> Passage:
    return passages(recording(*before, exchange, **wire), third_party=third_party)[exchange.pointer]


def sent(passage: Passage) -> list[str]:
    return [choice.cookie.name for choice in passage.sending.choices if choice.sent]


def outcomes(passage: Passage) -> list[Outcome]:
    return [setting.outcome for _, setting in passage.settings]


@pytest.mark.parametrize(
    ("exchange", "kind", "third_party"),
    [
        (asked(0, sent=SAME, kind="fetch"), Kind.SUBRESOURCE, False),
        (asked(0, sent=CROSS, kind="fetch"), Kind.SUBRESOURCE, True),
        (asked(0, sent={"origin": APP}, kind="xhr"), Kind.SUBRESOURCE, True),
        (asked(0, sent={"x-requested-with": "XMLHttpRequest"}), Kind.SUBRESOURCE, False),
        (asked(0, sent={"sec-fetch-dest": "document", "sec-fetch-mode": "navigate"}), Kind.NAVIGATION, False),
        (asked(0, kind="document"), Kind.NAVIGATION, False),
        (asked(0), Kind.NAVIGATION, False),
        (asked(0, "GET wss://shop.test/live", kind="websocket", sent={"origin": APP}), Kind.SUBRESOURCE, True),
        (referred(asked(0, kind="image"), f"{APP}/"), Kind.SUBRESOURCE, True),
        # Chrome's word for the page in an iframe is "document", too.
        (
            referred(asked(0, kind="document", sent={"sec-fetch-dest": "iframe", "sec-fetch-site": "cross-site"}), f"{APP}/"),
            Kind.FRAME,
            True,
        ),
    ],
)
def test_what_a_request_is_for_and_whether_the_page_around_is_another_sites(
    exchange: Exchange, kind: Kind, third_party: bool
) -> None:
    context = the(exchange).context
    assert (context.kind, context.third_party) == (kind, third_party)


def test_a_script_from_elsewhere_does_not_make_the_page_another_sites() -> None:
    script = replace(asked(0, kind="fetch"), initiator=url("https://cdn.other.test/app.js"))
    assert not the(referred(script, "https://shop.test/")).context.third_party
    assert not the(replace(script, request=asked(0, sent=SAME).request)).context.third_party
    opened = (Page("page_1", 0.0, url("https://shop.test/")),)
    assert not the(replace(script, page="page_1"), pages=opened).context.third_party


def form(**headers: str) -> Exchange:
    exchange = asked(0, "POST /login", 302, to="/", sent=headers, sets=LAX, kind="document")
    return replace(exchange, request=replace(exchange.request, body=replace(exchange.request.body, content=Content.FORM)))


@pytest.mark.parametrize("site", ["same-origin", "same-site", ""])
def test_a_form_whose_page_sends_no_referer_is_of_its_own_site(site: str) -> None:
    # Referrer-Policy: no-referrer, as Helmet sets it, makes the browser say Origin: null of a form.
    mode = {"sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"} if site else {}
    passage = the(form(origin="null", **mode))
    assert passage.context.starts_same_site
    assert outcomes(passage) == [Outcome.STORED]


def test_a_form_of_another_site_comes_without_the_lax_cookie_but_may_set_it() -> None:
    post = form(origin=APP, **{"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"})
    later = replace(post, pointer="later", started=post.started + 200_000)
    wire = recording(login(), post, later)
    assert outcomes(passages(wire)[post.pointer]) == [Outcome.STORED]
    assert sent(passages(wire)["later"]) == []


def test_what_a_redirect_leads_to_is_still_asked_by_the_first_page() -> None:
    api = referred(asked(0, f"POST {APP}/login", 302, kind="document", to="/welcome"), f"{APP}/")
    target = asked(0.03, "GET /welcome", kind="document")
    passage = the(target, api)
    assert passage.context.initiator == the(api).context.initiator
    assert [one.host for one in passage.context.redirects] == ["app.other.test"]


def test_a_cookie_is_stored_when_its_response_comes_not_when_its_request_goes() -> None:
    slow = login(0, wait=500)
    during, after = asked(0.2, sent=SAME, kind="fetch"), asked(0.6, sent=SAME, kind="fetch")
    found = passages(recording(slow, during, after))
    assert sent(found[during.pointer]) == []
    assert sent(found[after.pointer]) == ["connect.sid"]


def test_a_redirect_carries_the_cookie_that_its_response_set_even_if_clocks_are_rounded() -> None:
    post = login(0, status=302, to="/home", wait=20.6)
    home = asked(0.02, "GET /home", kind="document")
    assert sent(the(home, post)) == ["connect.sid"]


def test_a_recording_without_times_is_lived_in_its_order() -> None:
    first, then = (replace(one, timings=None, duration=None, started=0.0) for one in (login(0), asked(1)))
    assert sent(the(then, first)) == ["connect.sid"]
    assert sent(passages(recording(first, then))[first.pointer]) == []


@pytest.mark.parametrize("served", [Served.MEMORY, Served.DISK, Served.CACHE, Served.SERVICE_WORKER])
def test_what_no_network_answered_neither_sends_nor_stores(served: Served) -> None:
    kept = asked(0, sets=SET, served=served)
    later = asked(1)
    found = passages(recording(kept, later))
    assert kept.pointer not in found
    assert sent(found[later.pointer]) == []


def test_a_cookie_of_another_sites_api_needs_same_site_none_and_third_party_cookies() -> None:
    def lived(line: str, *, third_party: bool) -> list[Outcome]:
        return outcomes(the(login(0, sets=line, sent=CROSS, kind="fetch"), third_party=third_party))

    assert lived(NONE, third_party=True) == [Outcome.STORED]
    assert lived(LAX, third_party=True) == [Outcome.REFUSED]
    assert lived(NONE, third_party=False) == [Outcome.REFUSED]


@pytest.mark.parametrize(
    ("exchange", "guessed"),
    [
        (asked(0, sent=SAME, kind="fetch", sends=None), False),
        (asked(0, sent=CROSS, kind="fetch", sends=None), True),
        (asked(0, sent=CROSS, kind="fetch"), False),
        (asked(0, sent={**CROSS, "sec-fetch-storage-access": "none"}, kind="fetch", sends=None), False),
        (asked(0, sent={"sec-fetch-site": "none", "sec-fetch-dest": "document"}, kind="document"), False),
        (asked(0), True),
        (referred(asked(0), "https://shop.test/"), False),
    ],
)
def test_what_nobody_recorded_is_guessed(exchange: Exchange, guessed: bool) -> None:
    assert the(exchange).guessed is guessed


def test_a_preflight_carries_no_cookie() -> None:
    preflight = asked(1, "OPTIONS /api/me", 204, sent={**CROSS, "access-control-request-method": "GET"}, kind="preflight")
    assert sent(the(preflight, login(0, sets=NONE))) == []


@pytest.mark.parametrize(
    ("exchange", "crosses"),
    [
        (asked(0, sent=CROSS, kind="fetch"), True),
        (asked(0, sent={"origin": "https://www.shop.test"}, kind="fetch"), True),
        (asked(0, sent=SAME, kind="fetch"), False),
        (referred(asked(0, kind="document"), f"{APP}/"), False),
        (asked(0, "GET wss://shop.test/live", kind="websocket", sent={"origin": APP}), False),
    ],
)
def test_cors_has_a_say_where_a_page_calls_another_origin(exchange: Exchange, crosses: bool) -> None:
    assert crosses_origins(the(exchange)) is crosses


def test_a_line_of_another_exchange_is_unknown_here() -> None:
    one, other = login(0), login(10)
    there = the(other)
    ((line, setting),) = there.settings
    assert there.setting(line) is setting
    with pytest.raises(KeyError):
        the(one).setting(line)


def test_a_recording_is_lived_once() -> None:
    wire = recording(login())
    assert passages(wire) is passages(wire)
    assert passages(wire) is not passages(wire, third_party=False)
    same: Wire = replace(wire)
    assert passages(same) is not passages(wire)
