"""Logins whose session cookie a browser does not store, by its own word or by the model's."""

from dataclasses import dataclass

from sessile.cookies import Reason
from sessile.doctor.causes import declared, passing, unsent
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, RuledOut, Unseen
from sessile.doctor.visits import Visit, visits


@dataclass(frozen=True, slots=True)
class Unkept:
    """A login whose cookie is not stored, while nobody is let in otherwise; `why` is the reason in words."""

    visit: Visit
    reason: Reason
    why: str

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The Set-Cookie that was in vain, and who was turned away for it."""
        visit = self.visit
        says = f"{visit.login} sets {visit.name}, and a browser does not store it. {self.why}"
        lost = (visit.wire.evidence(one, f"{one}: the user is turned away") for one in visit.turned_away[:1])
        return (visit.wire.evidence(visit.login, says), *lost)


def unkept(facts: Facts, reason: Reason) -> tuple[Unkept, ...]:
    """Every such login, in order."""
    found = ((visit, _why(visit, reason)) for visit in visits(facts) if visit.cookie and lost(visit) and not _inside(visit))
    return tuple(Unkept(visit, reason, why) for visit, why in found if why)


def judge(facts: Facts, reason: Reason, otherwise: str) -> Finding:
    """The finding on one reason: proven where a browser drops a login's cookie for it."""
    found = unkept(facts, reason)
    if found:
        return Confirmed(found[0].evidence)
    written = declared.same_site_none_insecure(facts) if reason is Reason.SAMESITE_NONE_INSECURE else ()
    return Confirmed(written, certainty=declared.CERTAINTY) if written else nothing(facts, otherwise)


def nothing(facts: Facts, otherwise: str) -> RuledOut | Unseen:
    """The finding where no login's cookie is dropped for it; `otherwise` is why that rules the cause out."""
    unknown = unsent.nothing(facts)
    return unknown if isinstance(unknown, Unseen) and not any(visit.cookie for visit in visits(facts)) else RuledOut(otherwise)


def lost(visit: Visit) -> bool:
    """Whether nothing shows that the cookie came back after all, or that nobody needs it."""
    came = any(visit.came_back(one) for one in visit.after)
    return not came and bool(visit.turned_away or not visit.let_in)


def _inside(visit: Visit) -> bool:
    """Whether it was recorded between a proxy and the service, or asked past the proxy: no browser was given that answer."""
    return passing.directly(visit.login) or visit.login.request.headers.get("x-forwarded-proto") is not None


def _why(visit: Visit, reason: Reason) -> str:
    setting, response = visit.setting, visit.login.response
    modelled = next((one for one in setting.objections if one.reason is reason), None) if setting else None
    if modelled:
        return " ".join(str(modelled).split())
    refused = (one for one in response.refused if one.name == visit.name) if response else ()
    said = next((name for one in refused for name in one.reasons if name in reason.cdp), "")
    return f"{said}: {reason.sentence} The browser says so itself." if said else ""
