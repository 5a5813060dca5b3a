"""A login that ends in a server error is not saved, although it put the user into the session.

Symptom: the login answers 500, and the user is not logged in afterwards; where the page goes on all the same, it looks like a
    session that does not last.
Evidence: the recording, or the log, shows the login answered 5xx. Django, and sessile likewise, save no session with such an
    answer.
Tell apart: where the error is the store's own, the log names it: another cause then stands before this one. Flask and
    Starlette have no such rule, but an error that reaches them sends no cookie, either.
Fix: mend the error that the log shows after the login; what must be kept in any case is saved before: request.session.save().
"""

from collections.abc import Iterator

from sessile.doctor import layers
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Role
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.layers import Keeper

ENTRIES = ("django-not-saved-on-500",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Mend the error that follows the login",
    changes=(
        Change(
            "Django",
            "login(request, user)\nsend_mail(subject, text, sender, [user.email])",
            "login(request, user)\ntransaction.on_commit(lambda: send_later(user.pk))",
        ),
    ),
)
LINKS = {"login without Set-Cookie": Level.RARELY, "server errors with a cookie": Level.RARELY}
RULED = (Keeper.DJANGO, Keeper.SESSILE)
CERTAINTY = 0.85


def judge(facts: Facts) -> Finding:
    failed = tuple(_failed(facts))
    if not failed:
        return RuledOut("no login was answered 5xx") if facts.logs or facts.wires else Unseen(Need.LOG, "no log was given")
    if told := next((error for error in facts.errors if error.code), None):
        return RuledOut(f"another error explains it: {told.code}")
    by = list(layers.layers(facts, *RULED))
    if by:
        says = by[0].evidence(None, f"{by[0].keeper} saves no session with an answer of 5xx")
        return Confirmed((*failed[:2], says), certainty=CERTAINTY)
    return Undecided(failed[:2])


def _failed(facts: Facts) -> Iterator[Evidence]:
    for wire in facts.wires:
        for one in wire.exchanges:
            if one.role is Role.LOGIN and one.status >= 500:
                yield wire.evidence(one, f"{one}: the login ends in a server error")
    for log in facts.logs:
        for event in log.of(Kind.SERVER_ERROR):
            paths = [path for path in event.values if "login" in path or "signin" in path]
            if paths and not log.count(Kind.LOGIN):
                yield Evidence(
                    f"{paths[0]} is answered {event.code}, and never with success", "log", f"{log.source}:{event.first.line}"
                )
