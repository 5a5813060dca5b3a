"""What a framework's settings make of the session's cookie, where the source tells them and no recording shows the cookie."""

from collections.abc import Iterator
from dataclasses import dataclass

from sessile.cookies import is_public_suffix
from sessile.cookies.url import is_ip_address
from sessile.doctor import layers
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.layers import Keeper, Layer
from sessile.doctor.visits import visits

CERTAINTY = 0.95
COOKIES = (Keeper.STARLETTE, Keeper.FLASK, Keeper.FLASK_SESSION, Keeper.DJANGO)
"""Those that send what they are told; sessile refuses settings that no browser would keep."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A Domain that is written in the source."""

    layer: Layer
    name: str

    @property
    def evidence(self) -> Evidence:
        """Where it is written."""
        return self.layer.evidence(self.layer.option("domain"), f"the session's cookie gets Domain={self.name}")

    @property
    def malformed(self) -> bool:
        """Whether it is no domain at all, so that it covers no host: a URL, a port, a blank."""
        return any(letter in self.name for letter in "/: ") or not self.name.strip(".")

    @property
    def is_public_suffix(self) -> bool:
        """Whether strangers have their sites under it."""
        bare = self.name.lstrip(".").lower()
        return not self.malformed and "." in bare and not is_ip_address(bare) and is_public_suffix(bare)

    def covers(self, host: str) -> bool:
        """Whether a host is it, or lies under it (RFC 6265, 5.1.3)."""
        bare = self.name.lstrip(".").lower()
        return host == bare or host.endswith(f".{bare}")


def same_site_none_insecure(facts: Facts) -> tuple[Evidence, ...]:
    """The settings that ask for SameSite=None and leave Secure out."""
    for layer in _unrecorded(facts):
        same_site, secure = layer.plain("same_site"), layer.plain("secure")
        if isinstance(same_site, str) and same_site.lower() == "none" and not isinstance(secure, Unknown) and not secure:
            option = layer.option("same_site")
            return (layer.evidence(option, f"{layer.keeper} sends SameSite=None here, and no Secure with it"),)
    return ()


def public_suffix(facts: Facts) -> Domain | None:
    """A Domain that is a public suffix."""
    return next((one for one in _domains(facts) if one.is_public_suffix), None)


def other_host(facts: Facts) -> tuple[Domain, str] | None:
    """A Domain that covers none of the hosts that the deployment names, or none whatever, and why."""
    hosts = tuple(dict.fromkeys(host.lower() for service in facts.deployments.web for host in service.hosts))
    hosts += tuple(
        host for location in facts.deployments.locations for host in location.hosts if "*" not in host and "$" not in host
    )
    for one in _domains(facts):
        if one.malformed:
            return one, "that is no domain, so it covers no host"
        if hosts and not one.is_public_suffix and not any(one.covers(host) for host in hosts):
            return one, f"the service is reached by {', '.join(hosts[:3])}"
    return None


def _domains(facts: Facts) -> Iterator[Domain]:
    for layer in _unrecorded(facts):
        name = layer.plain("domain")
        if isinstance(name, str) and name:
            yield Domain(layer, name)


def _unrecorded(facts: Facts) -> Iterator[Layer]:
    """The layers, unless a recording shows what cookie they really set."""
    if not any(visit.cookie for visit in visits(facts)):
        yield from layers.layers(facts, *COOKIES)
