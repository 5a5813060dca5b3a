"""Turns what any collector saw of an exchange (URLs, header fields, bodies) into facts that hold no secret."""

from sessile.doctor.evidence.exchange.address import address_of, redirected, target_of
from sessile.doctor.evidence.exchange.bodies import content_of, said_in_request, said_in_response
from sessile.doctor.evidence.exchange.cookies import cookies_sent, cookies_set, name_of, rebuilt, value_of
from sessile.doctor.evidence.exchange.headers import REQUEST_FIELDS, RESPONSE_FIELDS, date_of, scheme
from sessile.doctor.evidence.exchange.roles import role_of
from sessile.doctor.evidence.exchange.shown import shown

__all__ = [
    "REQUEST_FIELDS",
    "RESPONSE_FIELDS",
    "address_of",
    "content_of",
    "cookies_sent",
    "cookies_set",
    "date_of",
    "name_of",
    "rebuilt",
    "redirected",
    "role_of",
    "said_in_request",
    "said_in_response",
    "scheme",
    "shown",
    "target_of",
    "value_of",
]
