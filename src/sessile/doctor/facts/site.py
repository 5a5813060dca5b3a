"""What a probe of a site learned beside the exchanges themselves."""

from dataclasses import dataclass

from sessile.doctor.facts.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question, asked through the proxy and of the service directly; `forwarded` is the X-Forwarded-Proto sent directly."""

    proxied: Exchange
    direct: Exchange
    forwarded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One probe: its exchanges are the `Wire` of the same source.

    `forced` asked for the protected page with the cookies that a browser would not have stored or sent: let in, the service is
    sound and the browser's rules are what stops the session. `strangers` asked as somebody without a cookie, where answers with
    one differed. Neither stands in a wire. `stopped` says why the probe did not come as
    far as a session, "" if it did. `remarks` are lines for the user: what was left undone, and why.
    """

    source: str
    forced: Exchange | None = None
    strangers: tuple[Exchange, ...] = ()
    direct: tuple[Comparison, ...] = ()
    stopped: str = ""
    remarks: tuple[str, ...] = ()
