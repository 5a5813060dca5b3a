"""What the code of a service tells of each cause by itself: certain faults, what is only possible, and the near misses."""

from tests.doctor.causes.code.cases import anew, cookie, ending, guards, mounting, options, passport, saving

CASES = [
    *mounting.CASES,
    *options.CASES,
    *cookie.CASES,
    *saving.CASES,
    *ending.CASES,
    *passport.CASES,
    *guards.CASES,
    *anew.CASES,
]
