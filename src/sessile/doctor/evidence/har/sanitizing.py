"""Tells "there was no cookie" from "the recording does not show cookies"."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sessile.doctor.evidence.har.exporters import Exporter
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.exchange import Exchange

LEFT_OUT: Final = Unknown("cookies were left out when it was exported: export it again with sensitive data")
NONE_AT_ALL: Final = Unknown(
    "it holds no cookie at all, as if they had been left out when it was exported: export it again with sensitive data"
)
NOT_RECORDED: Final = Unknown("this browser did not record which cookies were sent: record with Chrome or Firefox")


@dataclass(slots=True)
class Traces:
    """What of cookies the entries showed.

    `cookies`, `set_cookies` and `authorizations` tell whether any entry had such a thing; `stripped` that a header's size
    proves that fields were taken out of it.
    """

    cookies: bool = False
    set_cookies: bool = False
    authorizations: bool = False
    stripped: bool = False

    def sanitized(self, exporter: Exporter) -> bool:
        """Whether cookies were taken out, or may have been: a recording without any, by a program that can leave them out."""
        shown = self.cookies or self.set_cookies or self.authorizations
        return self.stripped or not (shown or exporter.keeps_cookies)

    def corrected(self, exchanges: Sequence[Exchange], exporter: Exporter) -> Sequence[Exchange]:
        """The exchanges, with cookies unknown where they may be missing from the recording only."""
        if self.sanitized(exporter):
            why = LEFT_OUT if self.stripped else NONE_AT_ALL
            return [_without_set(_without_sent(one, why), why) for one in exchanges]
        if exporter.may_miss_sent and not self.cookies:
            return [_without_sent(one, NOT_RECORDED) for one in exchanges]
        return exchanges


def _without_sent(exchange: Exchange, why: Unknown) -> Exchange:
    request = exchange.request
    if request.left_out == 0:
        return exchange
    cookies = why if request.cookies == () else request.cookies
    authorization = why if request.authorization == "" else request.authorization
    return replace(exchange, request=replace(request, cookies=cookies, authorization=authorization))


def _without_set(exchange: Exchange, why: Unknown) -> Exchange:
    response = exchange.response
    if response is None or response.set_cookies or response.left_out == 0:
        return exchange
    return replace(exchange, response=replace(response, set_cookies=why))
