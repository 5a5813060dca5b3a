"""The rules that decide about one cookie in one context, to store it and to send it (RFC 6265bis, 5.7 and 5.8.3)."""

from collections.abc import Iterator, Sequence
from typing import Final

from sessile.cookies.context import Context, Kind, SameSiteContext
from sessile.cookies.cookie import Cookie
from sessile.cookies.objection import Objection
from sessile.cookies.reason import Caution, Reason
from sessile.cookies.set_cookie import SameSite, SetCookie
from sessile.cookies.site import is_below

_DEMANDS: Final = {
    SameSite.NONE: (Reason.SAMESITE_NONE_INSECURE, SameSiteContext.CROSS_SITE),
    SameSite.LAX: (Reason.SAMESITE_LAX, SameSiteContext.SAME_SITE_LAX),
    SameSite.STRICT: (Reason.SAMESITE_STRICT, SameSiteContext.SAME_SITE_STRICT),
    SameSite.UNSPECIFIED: (Reason.SAMESITE_UNSPECIFIED_TREATED_AS_LAX, SameSiteContext.SAME_SITE_LAX),
}


def against_storing(cookie: Cookie, context: Context, others: Sequence[Cookie]) -> Iterator[Objection]:
    """What speaks against keeping a new cookie beside the `others` of its site."""
    yield from _against_access(cookie, context)
    yield from _against_same_site(cookie, context, context.setting)
    if not context.url.may_use_secure and any(_hides(cookie, other) for other in others):
        yield Objection.of(Reason.OVERWRITE_SECURE)
    if context.kind is Kind.SCRIPT and any(other.http_only and other.key == cookie.key for other in others):
        yield Objection.of(Reason.OVERWRITE_HTTP_ONLY)


def against_sending(cookie: Cookie, context: Context, *, young: bool) -> Iterator[Objection]:
    """What speaks against sending a stored cookie. `young`: it is not two minutes old."""
    url = context.url
    yield from _against_access(cookie, context)
    if not cookie.covers_host(url.host):
        reach = "" if cookie.host_only else " and the names below it"
        yield Objection(
            Reason.DOMAIN_MISMATCH, f"The cookie is for {cookie.domain.removeprefix('.')}{reach}, not for {url.host}."
        )
    if not cookie.covers_path(url.path):
        yield Objection(Reason.NOT_ON_PATH, f"The cookie is for {cookie.path} and below, not for {url.path}.")
    yield from _against_same_site(cookie, context, context.sending, young=young)


def against_third_party(cookie: Cookie, context: Context) -> Iterator[Objection]:
    """What a browser that blocks third-party cookies has against it; partitioned ones pass."""
    if context.third_party and cookie.partition is None:
        yield Objection.of(Reason.USER_PREFERENCES, context.crossing)


def cautions_about_storing(line: SetCookie, cookie: Cookie, context: Context) -> Iterator[Caution]:
    """What may go wrong with a cookie that is stored here."""
    if line.ignored:
        yield Caution.ATTRIBUTE_VALUE_EXCEEDS_MAX_SIZE
    if not (line.domain or "").isascii():
        yield Caution.DOMAIN_NON_ASCII
    yield from _cautions(cookie, context)
    if context.kind is not Kind.NAVIGATION and _overlooks_redirect(cookie, context):
        yield Caution.CROSS_SITE_REDIRECT_DOWNGRADE_CHANGES_INCLUSION


def cautions_about_sending(cookie: Cookie, context: Context) -> Iterator[Caution]:
    """What may go wrong with a cookie that is sent here."""
    yield from _cautions(cookie, context)
    if cookie.same_site is SameSite.UNSPECIFIED and context.sending is SameSiteContext.SAME_SITE_LAX_METHOD_UNSAFE:
        yield Caution.SAMESITE_UNSPECIFIED_LAX_ALLOW_UNSAFE
    strict_or_embedded = cookie.same_site is SameSite.STRICT or context.kind is not Kind.NAVIGATION
    if strict_or_embedded and _overlooks_redirect(cookie, context):
        yield Caution.CROSS_SITE_REDIRECT_DOWNGRADE_CHANGES_INCLUSION


def _against_access(cookie: Cookie, context: Context) -> Iterator[Objection]:
    if context.kind is Kind.SCRIPT and cookie.http_only:
        yield Objection.of(Reason.HTTP_ONLY)
    if cookie.secure and not context.url.may_use_secure:
        yield Objection.of(Reason.SECURE_ONLY)


def _against_same_site(cookie: Cookie, context: Context, has: SameSiteContext, *, young: bool = False) -> Iterator[Objection]:
    if cookie.same_site is SameSite.NONE and not cookie.secure:
        yield Objection.of(Reason.SAMESITE_NONE_INSECURE)
    reason, needs = _DEMANDS[cookie.same_site]
    if young and cookie.same_site is SameSite.UNSPECIFIED:
        needs = SameSiteContext.SAME_SITE_LAX_METHOD_UNSAFE
    if has < needs:
        yield Objection.of(reason, context.crossing)


def _hides(cookie: Cookie, other: Cookie) -> bool:
    """Whether a cookie from plain http would replace or hide this Secure one (RFC 6265bis, 5.7, "leave secure cookies alone")."""
    ours, theirs = cookie.domain.removeprefix("."), other.domain.removeprefix(".")
    return (
        other.secure
        and other.name == cookie.name
        and other.partition == cookie.partition
        and (is_below(ours, theirs) or is_below(theirs, ours))
        and other.covers_path(cookie.path)
    )


def _cautions(cookie: Cookie, context: Context) -> Iterator[Caution]:
    if cookie.secure and not context.url.cryptographic:
        yield Caution.SECURE_ACCESS_GRANTED_NON_CRYPTOGRAPHIC
    if context.third_party and cookie.partition is None:
        yield Caution.THIRD_PARTY_PHASEOUT


def _overlooks_redirect(cookie: Cookie, context: Context) -> bool:
    same_site_but_for_it = context.starts_same_site and not context.third_party and context.redirected_across_sites
    return same_site_but_for_it and cookie.same_site is not SameSite.NONE
