"""What the service answers without its proxy, beside what came through it."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from sessile.doctor.evidence.site.visitor import Done, Step, Visitor
from sessile.doctor.facts.site import Comparison


def compared(address: str, visitor: Visitor, page: Done, protected: tuple[Step, Done]) -> tuple[Comparison, ...]:
    """The page and the protected page once more, asked directly: as a proxy for https would, and without its word for the scheme.

    No login is made directly: that would be a second one.
    """
    step, through_proxy = protected
    opened = Step("page", page.url)
    return (
        *_asked(address, visitor, opened, page, cookies=""),
        *_asked(address, visitor, step, through_proxy, cookies=visitor.sent_with(through_proxy)),
    )


def _asked(address: str, visitor: Visitor, step: Step, proxied: Done, *, cookies: str) -> Iterator[Comparison]:
    to, public = urlsplit(address), urlsplit(proxied.url)
    if to.netloc == public.netloc or public.hostname is None:
        return
    for forwarded in (public.scheme, ""):
        fields = (
            (*step.fields, ("X-Forwarded-Proto", forwarded), ("X-Forwarded-Host", public.netloc)) if forwarded else step.fields
        )
        name = f"{step.name}, asked directly" + (f" with X-Forwarded-Proto: {forwarded}" if forwarded else "")
        here = replace(step, name=name, url=public._replace(scheme=to.scheme, netloc=to.netloc).geturl(), fields=fields)
        done = visitor.with_cookies(here, cookies, host=public.netloc)
        yield Comparison(proxied.exchange, done.exchange, forwarded)
