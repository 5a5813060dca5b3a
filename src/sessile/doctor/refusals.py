"""How many requests were seen turned away: guests are, in a healthy service, and so are users in a sick one."""

from sessile.doctor import recorded, symptoms
from sessile.doctor.facts import Facts
from sessile.doctor.facts.logs import Kind

FEWEST = 3
SHARE = 5
"""One in so many is worth a word."""


def told(facts: Facts) -> str:
    """What was seen of refusals that a healthy verdict must be read with, "" for nothing."""
    return " ".join(one for one in (_share(facts) or _recorded(facts), _closed(facts)) if one)


def _closed(facts: Facts) -> str:
    """A page that is refused to everybody has a lock of its own, unless it is one that users were to be shown."""
    pages = dict.fromkeys(page for log in facts.logs for event in log.of(Kind.CLOSED) for page in event.values)
    if not pages:
        return ""
    return f"{next(iter(pages))} is answered 401 to everybody, users or not: no session opens it, if any is meant to."


def _share(facts: Facts) -> str:
    """A sentence on how many of the answers that depend on a session were 401, "" where few were.

    What came before anybody had logged in does not count.
    """
    runs = [run for log in facts.logs for run in log.runs]
    refused = sum(run.unauthorized - run.unauthorized_before_login for run in runs)
    every = refused + sum(run.authorized for run in runs)
    if not _many(refused, every):
        return ""
    by_redirect = any(symptoms.sends_to_login(log) for log in facts.logs)
    answer = "401 or sent to the login" if by_redirect else "401"
    return f"But {refused} of {every} answers were {answer}: nothing tells whether to guests or to users."


def _recorded(facts: Facts) -> str:
    refused, every = recorded.counts(facts)
    if not _many(refused, every):
        return ""
    common = next((one.says for one in recorded.common(facts)), "nothing tells whether they were guests or users")
    return f"But {refused} of {every} recorded requests were turned away: {common}."


def _many(refused: int, every: int) -> bool:
    return refused >= FEWEST and refused * SHARE >= every
