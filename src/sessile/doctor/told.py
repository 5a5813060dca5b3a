"""What a browser itself said of its cookies, put over what the model says: the browser was there."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sessile.cookies import Choice, Jar, Objection, Outcome, Reason, Sending, Setting
from sessile.doctor.asking import Asked
from sessile.doctor.facts.cookies import CookieBlocked, CookieSet
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.wire import Seen

Settings = tuple[tuple[CookieSet, Setting], ...]


def settings(one: Asked, jar: Jar, moment: int) -> tuple[Settings, tuple[str, ...]]:
    """What became of each Set-Cookie line, now in the jar if it was stored; and where the browser decided otherwise.

    `moment` is in epoch milliseconds.
    """
    response = one.exchange.response
    if response is None or not isinstance(response.set_cookies, tuple):
        return (), ()
    names = [cookie.name for cookie in response.set_cookies]
    made, differs = [], []
    for cookie in response.set_cookies:
        said = _said(response.refused, cookie.name, names)
        into = Jar(third_party=jar.third_party) if said else jar
        setting = into.store(cookie.line.reveal(), one.context, moment, server_time=response.date)
        if said and setting.stored:
            differs.append(f"{_place(one.exchange)}: the model would store {cookie.name}, the browser does not ({_names(said)})")
        if said and not _same(setting.objections, said):
            setting = replace(setting, outcome=Outcome.REFUSED, objections=said)
        made.append((cookie, setting))
    return tuple(made), tuple(differs)


def sending(one: Asked, sending: Sending, seen_by: Seen) -> tuple[Sending, tuple[str, ...]]:
    """Which cookies the request carried, by the browser's word where it gave one; and where the model would decide otherwise."""
    names = [choice.cookie.name for choice in sending.choices]
    chosen = [_chosen(one.exchange, choice, names, seen_by) for choice in sending.choices]
    differs = (
        f"{_place(one.exchange)}: the model would {'send' if model.sent else 'keep back'} {model.cookie.name}, the browser did "
        f"{'not' if model.sent else 'send it'} ({_names(browser.objections or model.objections)})"
        for model, browser in zip(sending.choices, chosen, strict=True)
        if model.sent is not browser.sent
    )
    return replace(sending, choices=tuple(chosen)), tuple(differs)


def _chosen(exchange: Exchange, choice: Choice, names: Sequence[str], seen_by: Seen) -> Choice:
    name = choice.cookie.name
    if said := _said(exchange.request.withheld, name, names):
        return choice if _same(choice.objections, said) else replace(choice, objections=said, cautions=())
    carried = exchange.request.sent(name) if seen_by is Seen.BROWSER and names.count(name) == 1 else ()
    return replace(choice, objections=()) if carried else choice


def _said(blocked: Sequence[CookieBlocked], name: str, names: Sequence[str]) -> tuple[Objection, ...]:
    """The browser's reasons against a cookie; none where it let another one of that name pass, as nobody knows which."""
    about = [one for one in blocked if one.name == name]
    if not about or len(about) < names.count(name):
        return ()
    return tuple(_objections(about[0]))


def _objections(blocked: CookieBlocked) -> Iterator[Objection]:
    for name in blocked.reasons:
        try:
            yield Objection.of(Reason.from_name(name))
        except KeyError:
            yield Objection(Reason.UNKNOWN_ERROR, f"The browser says {name}.")


def _same(ours: Sequence[Objection], said: Sequence[Objection]) -> bool:
    """Whether both name the same reasons; the model's own then say more."""
    return {one.reason for one in ours} == {one.reason for one in said}


def _names(objections: Sequence[Objection]) -> str:
    return ", ".join(one.reason.devtools or one.reason.chromium for one in objections)


def _place(exchange: Exchange) -> str:
    return f"at {exchange.pointer} ({exchange})"
