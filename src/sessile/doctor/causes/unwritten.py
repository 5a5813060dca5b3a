"""A session cookie that cannot be written: a TypeError names its name or an option, and the response goes without it."""

from sessile.doctor.causes import unset
from sessile.doctor.causes.signs import A_LOGS_WORD
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Finding, RuledOut, Undecided

WORKING = (Kind.AUTHORIZED, Kind.SESSION_FOUND)


def judge(facts: Facts, complaint: str, *more: Evidence) -> Finding:
    """The finding on one complaint ("option domain is invalid"); `more` is shown beside it."""
    said = unset.refused_options(facts)
    named = tuple(one for one in said if complaint in one.says)
    if unset.unseen(facts):
        return _by_log_alone(facts, named, *more) if named else unset.nothing(facts)
    logins = unset.unset(facts)
    if not logins:
        return unset.nothing(facts)
    if named:
        return Confirmed((logins[0].evidence, *named, *more), certainty=unset.SURE)
    if said:
        return RuledOut(f"the log's TypeError is another one: {said[0].says}")
    if unset.not_secured(facts):
        return RuledOut('the log says "not secured", so the cookie was never written')
    if all(one.saved and one.saved.unsaved for one in logins):
        return RuledOut("the login saved no row, and Express saves it whether or not the cookie can be written")
    if any(direct.line for one in logins for direct in one.directly):
        return RuledOut("asked directly, the service writes the cookie")
    if any(log.count(Kind.LOGIN) + log.count(Kind.SAVED) for log in facts.logs):
        return RuledOut("the log has logins and no TypeError of a cookie")
    return unset.undecided(facts, logins, *more)


def _by_log_alone(facts: Facts, named: tuple[Evidence, ...], *more: Evidence) -> Finding:
    """Where sessions work, the cookie that could not be written was another one."""
    working = any(log.count(kind) for log in facts.logs for kind in WORKING)
    return Undecided((*named, *more)) if working else Confirmed((*named, *more), certainty=A_LOGS_WORD)
