"""How many requests the logs show turned away: guests are, in a healthy service, and so are users in a sick one."""

from sessile.doctor import symptoms
from sessile.doctor.facts import Facts

FEWEST = 3
SHARE = 5
"""One in so many is worth a word."""


def told(facts: Facts) -> str:
    """A sentence on how many of the answers that depend on a session were 401, "" where few were.

    What came before anybody had logged in does not count.
    """
    runs = [run for log in facts.logs for run in log.runs]
    refused = sum(run.unauthorized - run.unauthorized_before_login for run in runs)
    every = refused + sum(run.authorized for run in runs)
    if refused < FEWEST or refused * SHARE < every:
        return ""
    by_redirect = any(symptoms.sends_to_login(log) for log in facts.logs)
    answer = "401 or sent to the login" if by_redirect else "401"
    return f"But {refused} of {every} answers were {answer}: nothing tells whether to guests or to users."
