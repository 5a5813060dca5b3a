"""The model and real Chromium agree; `python -m lab.cookies` plays thousands of situations, this a sample."""

from lab.cookies.agreement import agreement


def test_the_model_decides_as_chromium_does() -> None:
    result = agreement(150, seed=6265, aged=False, lines=5)
    assert [str(difference) for difference in result.tally.differences] == []
    assert result.situations >= 150
    assert min(result.tally.decisions[kind] for kind in ("sent or not", "set or not", "jar", "Cookie header")) >= 30
    assert len(result.tally.reasons) >= 10
