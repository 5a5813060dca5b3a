"""How many requests the logs show turned away: guests are, in a healthy service, and so are users in a sick one."""

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
    return f"But {refused} of {every} answers were 401: nothing tells whether to guests or to users."
