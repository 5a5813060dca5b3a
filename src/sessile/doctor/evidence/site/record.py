"""A question and what came of it, as an exchange of the wire: nothing of it could open a session."""

from collections.abc import Mapping
from typing import Final

from sessile.doctor.evidence.exchange import (
    REQUEST_FIELDS,
    RESPONSE_FIELDS,
    address_of,
    content_of,
    cookies_sent,
    cookies_set,
    date_of,
    redirected,
    said_in_request,
    said_in_response,
    scheme,
)
from sessile.doctor.evidence.exchange.bodies import FORM, SHORT
from sessile.doctor.evidence.exchange.headers import Keep
from sessile.doctor.evidence.site.asking import Answer, Asked, Fields, Question
from sessile.doctor.facts.cookies import CookieSet
from sessile.doctor.facts.exchange import Address, Body, Content, Credentials, Exchange, Headers, Request, Response, Role

LONGEST: Final = 16_384


def recorded(
    step: str, question: Question, asked: Asked, role: Role, *, kind: str, page: str | None, credentials: Credentials | None
) -> Exchange:
    """The exchange; `page` is the URL of the page that asked. Raises ValueError for what is no URL, which a plan never holds."""
    address = address_of(question.url)
    if address is None:
        raise ValueError("what was asked for is no URL")
    return Exchange(
        pointer=step,
        started=asked.started,
        duration=asked.duration,
        timings=asked.timings,
        request=_request(question, address, credentials),
        response=_response(asked, asked.answer, address, role) if asked.answer else None,
        role=role,
        kind=kind,
        initiator=address_of(page) if page else None,
        error=asked.error,
    )


def _request(question: Question, address: Address, credentials: Credentials | None) -> Request:
    fields = (("Host", question.host or address.origin.partition("://")[2]), *question.fields)
    cookie, referer, media = (_first(fields, name) for name in ("cookie", "referer", "content-type"))
    text = question.body[:FORM].decode("utf-8", "replace")
    return Request(
        method=question.method,
        address=address,
        http_version="HTTP/1.1",
        headers=_kept(fields, REQUEST_FIELDS),
        headers_size=_size(fields),
        left_out=0,
        cookies=cookies_sent(cookie[:LONGEST]) if cookie else (),
        authorization=scheme(said) if (said := _first(fields, "authorization")) else "",
        referer=address_of(referer) if referer else None,
        body=Body(content_of(media), len(question.body), said_in_request(text)) if question.body else Body(),
        credentials=credentials,
    )


def _response(asked: Asked, answer: Answer, address: Address, role: Role) -> Response:
    date, target = date_of(answer.first("date")), answer.first("location")
    moment = asked.started + asked.duration if date is None else date
    return Response(
        status=answer.status,
        http_version=answer.version,
        headers=_kept(answer.fields, RESPONSE_FIELDS),
        headers_size=_size(answer.fields),
        left_out=0,
        set_cookies=tuple(
            one for line in answer.all("set-cookie") for one in cookies_set(line, moment) if isinstance(one, CookieSet)
        ),
        redirect=redirected(target, address) if target else None,
        date=date,
        body=_body(answer, role),
    )


def _body(answer: Answer, role: Role) -> Body:
    media = answer.first("content-type")
    looked_at = len(answer.body) <= SHORT and (answer.status >= 400 or role is not Role.OTHER)
    signs = said_in_response(answer.text, answer.status, role) if looked_at and answer.body else frozenset()
    content = content_of(media) if media else Content.NONE if not answer.body else Content.OTHER
    return Body(content, len(answer.body) if answer.whole else None, signs)


def _first(fields: Fields, name: str) -> str:
    return next((value for field_name, value in fields if field_name.lower() == name), "")


def _kept(fields: Fields, shows: Mapping[str, Keep]) -> Headers:
    return Headers(tuple((low, shows[low](value[:LONGEST])) for name, value in fields if (low := name.lower()) in shows))


def _size(fields: Fields) -> int:
    return sum(len(name) + len(value.encode("utf-8", "replace")) + 4 for name, value in fields)
