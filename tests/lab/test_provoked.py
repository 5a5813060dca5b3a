"""Every cause is brought about on real software, or says why it is not."""

import pytest

from lab.provoked import ways
from sessile.doctor.causes import Cause, catalogue

WAYS = ways()


@pytest.mark.parametrize("cause", catalogue(), ids=lambda cause: cause.id)
def test_it_is_brought_about_or_its_file_says_why_not(cause: Cause) -> None:
    brought_about = cause.id in WAYS
    assert brought_about or len(cause.unprovoked) > 20, "a fault of a lab for it, or UNPROVOKED with the reason in its file"
    assert not (brought_about and cause.unprovoked), f"it is, by {WAYS[cause.id]}"


def test_no_way_leads_to_what_is_no_cause() -> None:
    assert set(WAYS) <= {cause.id for cause in catalogue()}
