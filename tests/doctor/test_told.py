"""What a browser said of a cookie stands over what the model would say, and where they differ it is told."""

from dataclasses import replace

from sessile.cookies import Outcome, Reason
from sessile.doctor.facts.cookies import CookieBlocked
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.wire import Seen
from sessile.doctor.passage import differences, passages
from tests.doctor.recording import asked, login, recording

BLOCKED = (CookieBlocked("connect.sid", ("UserPreferences",)),)


def refused(exchange: Exchange, *blocked: CookieBlocked) -> Exchange:
    assert exchange.response is not None
    return replace(exchange, response=replace(exchange.response, refused=blocked or BLOCKED))


def withheld(exchange: Exchange) -> Exchange:
    return replace(exchange, request=replace(exchange.request, withheld=BLOCKED, cookies=()))


def test_what_the_browser_refused_is_in_no_jar() -> None:
    first, second = refused(login()), asked(1, sends=None)
    wire = recording(first, second, seen_by=Seen.BROWSER)
    (_, setting), *_ = passages(wire)[first.pointer].settings
    assert (setting.outcome, setting.reasons) == (Outcome.REFUSED, (Reason.USER_PREFERENCES,))
    assert passages(wire)[second.pointer].sending.choices == ()
    assert differences(wire) == (
        "at entries[0] (POST /login 200): the model would store connect.sid, the browser does not (UserPreferences)",
    )


def test_what_the_browser_kept_back_was_not_sent() -> None:
    wire = recording(login(), withheld(asked(1)), seen_by=Seen.BROWSER)
    (choice,) = passages(wire)["entries[1]"].sending.choices
    assert (choice.sent, choice.reasons) == (False, (Reason.USER_PREFERENCES,))
    assert "the model would send connect.sid" in differences(wire)[0]


def test_what_the_browser_sent_was_sent_whatever_the_model_says() -> None:
    cross = {"origin": "https://app.other.test", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}
    wire = recording(login(), asked(1, sent=cross, kind="fetch"), seen_by=Seen.BROWSER)
    (choice,) = passages(wire)["entries[1]"].sending.choices
    assert choice.sent
    assert "the model would keep back connect.sid" in differences(wire)[0]
    recorded = recording(login(), asked(1, sent=cross, kind="fetch"))
    (choice,) = passages(recorded)["entries[1]"].sending.choices
    assert not choice.sent  # a recording may hold what a proxy or a native client sent


def test_both_agreeing_is_no_difference_and_an_unknown_reason_is_kept() -> None:
    wire = recording(refused(login()), seen_by=Seen.BROWSER)
    assert differences(wire, third_party=False) != ()  # of one site: the model would store it in every mode
    odd = recording(refused(login(), CookieBlocked("connect.sid", ("NewReason",))), seen_by=Seen.BROWSER)
    (_, setting), *_ = passages(odd)["entries[0]"].settings
    assert "NewReason" in str(setting)
