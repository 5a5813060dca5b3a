"""A fault of the wire: what is set wrong in nginx or the service, what a person then does, and what evidence must show it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lab.wire.person import Person

SHOP: Final = "https://shop.example"
PAGE: Final = "https://page.example"
FORWARDED: Final = ("proxy_set_header X-Forwarded-Proto $scheme;", "proxy_set_header X-Forwarded-For $remote_addr;")
SECURE: Final[Mapping[str, str]] = {"COOKIE_SECURE": "1", "TRUST_PROXY": "1"}
CROSSED: Final[Mapping[str, str]] = {**SECURE, "CORS_ORIGIN": PAGE}
"""The service lets the other site's page read its answers."""
BOTH: Final = ("express", "sessile")
ANYWHERE: Final = frozenset({"site", "har", "both", "browser"})
"""What shows a fault that a browser meets with one login."""
RECORDED: Final = frozenset({"har", "both"})
"""What shows a fault that only a person's own steps bring about."""
FROM_OUTSIDE: Final = frozenset({"site", "har", "both"})
STEPS: Final = "only a person's own steps bring it about: a probe opens a page, logs in once and asks for one page again"
SETTINGS: Final = "which cookies a browser blocks is its user's setting, which a probe without a browser does not have"


def usual(person: Person, fault: "WireFault") -> list[int]:
    """Open the page, log in at the site, and ask twice who is logged in."""
    person.opens(f"{fault.page or fault.site}/")
    me = f"{fault.site}/api/me"
    return [person.logs_in(fault.site), person.asks(me), person.asks(me)]


@dataclass(frozen=True)
class WireFault:
    """One fault. `cause` is the id of the doctor's cause, "" for a healthy control.

    `edge` are nginx's lines for the service, `beside` those outside of it, `service` the service's environment, `kinds` the
    services that can have it. `site` is where the service is, `page` the origin of the page that asks, "" for its own.
    `third_party` is the browser's setting. `visit` is what a person does, and answers the statuses met. `shows` are the kinds of
    evidence in which the cause must stand first, `hints` those in which it must be among the first three; in every other no wrong
    one may be confirmed. `because` says why site, recording or both cannot show it, where they are not in `shows`. `alike` are
    causes that are as right where nothing tells them apart. `spared` are kinds of evidence that are not asked for. `second`
    starts another app on a port of its own, `twin` a second instance behind the same port, with these settings changed.
    """

    name: str
    cause: str = ""
    edge: tuple[str, ...] = FORWARDED
    beside: tuple[str, ...] = ()
    service: Mapping[str, str] = field(default_factory=lambda: SECURE)
    kinds: tuple[str, ...] = ("express",)
    site: str = SHOP
    page: str = ""
    third_party: bool = True
    visit: Callable[[Person, "WireFault"], list[int]] = usual
    shows: frozenset[str] = ANYWHERE
    hints: frozenset[str] = frozenset()
    because: str = ""
    alike: frozenset[str] = frozenset()
    spared: frozenset[str] = frozenset()
    second: bool = False
    twin: Mapping[str, str] | None = None

    @property
    def hidden_from(self) -> frozenset[str]:
        """The site, the recording, or both of them, where they cannot show it."""
        return FROM_OUTSIDE - self.shows if self.cause else frozenset()
