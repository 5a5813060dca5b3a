"""The Domain attribute against the host that sends it (RFC 6265bis, 5.6.3 and 5.7, with the public suffix list)."""

import re

from sessile.cookies.objection import Objection
from sessile.cookies.reason import Reason
from sessile.cookies.site import is_below, is_public_suffix, registrable_domain
from sessile.cookies.url import Url, canonical_ipv4, is_ip_address, punycode

_NO_HOST = re.compile(r"[#%/:<>?@\[\\\]^|\udc80-\udcff]")
_IPV6 = re.compile(r"\[[0-9a-fA-F:.]+\]")


def cookie_domain(attribute: str, url: Url) -> str | tuple[Objection, ...]:
    """The domain of the cookie, with a leading dot if it covers the names below, or what speaks against the attribute.

    "" stands for a missing attribute, and makes the cookie host-only.
    """
    host = url.host
    if host.endswith(".."):
        return _invalid(f"{host} is no host name.")
    bare = attribute.removeprefix(".").lower()
    if not attribute or (bare == host and registrable_domain(host) is None):
        return host
    domain = canonical_domain(attribute)
    if domain is None:
        return _invalid(f'Domain={attribute} is no host name: the bare name is meant, without "https://", port and path.')
    ours = registrable_domain(host)
    if ours is None:
        return _invalid(_without_domain(host))
    if registrable_domain(domain.lstrip(".")) != ours:
        return *_invalid(_foreign(domain[1:] or attribute, host)), Objection.of(Reason.DOMAIN_MISMATCH)
    if not domain_covers(domain, host):
        return _invalid(f"{domain[1:]} is neither {host} nor a name above it.")
    return domain


def canonical_domain(attribute: str) -> str | None:
    """A Domain attribute in lower case and punycode with a leading dot, or None if it is no host name."""
    if _IPV6.fullmatch(attribute):
        return f".{attribute}"
    domain = None if _NO_HOST.search(attribute) else punycode(attribute)
    if not domain or _is_broken_address(domain):
        return None
    return domain if domain.startswith(".") else f".{domain}"


def _is_broken_address(domain: str) -> bool:
    try:
        canonical_ipv4(domain)
    except ValueError:
        return True
    return False


def domain_covers(domain: str, host: str) -> bool:
    """Whether a domain with its leading dot is the host's, or one above it."""
    return is_below(host, domain[1:])


def _without_domain(host: str) -> str:
    if is_ip_address(host):
        return f"{host} is an IP address, which has no names below it: leave Domain out."
    return f"{host} is a public suffix or a single label, so it may set cookies only for itself: leave Domain out."


def _foreign(domain: str, host: str) -> str:
    if is_public_suffix(domain) and is_below(host, domain):
        return f"{domain} is a public suffix: unrelated sites stand below it, so no cookie is taken for all of them."
    return f"{domain} is neither {host} nor a name above it."


def _invalid(because: str) -> tuple[Objection, ...]:
    return (Objection(Reason.INVALID_DOMAIN, because),)
