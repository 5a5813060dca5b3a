"""A visitor that has to leave is told when, and what it had seen stays seen however its leaving goes."""

from collections.abc import Iterator

import pytest

from sessile.doctor.evidence import looking
from sessile.doctor.evidence.looking import Look, Stay, leave, wait
from sessile.doctor.evidence.watch import Watch


class Guest:
    """Says what it sees; whether it has left, and whether it can."""

    def __init__(self, *, stuck: bool = False) -> None:
        self.left = 0
        self._stuck = stuck

    def visit(self) -> Iterator[str]:
        yield "seen"
        self.left += 1
        if self._stuck:
            raise OSError("the door is locked")
        yield "seen, and left"


def stay(guest: Guest) -> Stay[str]:
    return Stay("a house", guest.visit)


def test_it_has_seen_before_it_leaves_and_leaves_once_it_is_told() -> None:
    guest, watch = Guest(), Watch()
    look = stay(guest)
    assert wait([look], 60, watch)
    assert (look.found, guest.left) == ("seen", 0)
    leave([look], watch)
    assert (look.found, guest.left, look.remains) == ("seen, and left", 1, "")


def test_what_was_seen_outlives_a_leaving_that_fails() -> None:
    look, watch = stay(Guest(stuck=True)), Watch()
    wait([look], 60, watch)
    leave([look], watch)
    assert (look.found, look.why, look.remains) == ("seen", "", "the door is locked")


def test_one_that_was_given_up_leaves_nevertheless() -> None:
    guest, watch = Guest(), Watch()
    look = stay(guest)
    look.thread.start()
    look.why = "it was interrupted"
    watch.stop()
    leave([look], watch)
    assert (look.found, guest.left) == (None, 1)


def test_one_that_never_came_is_not_waited_for() -> None:
    guest = Guest()
    leave([stay(guest), Look("a street", str)], Watch())
    assert guest.left == 0


def test_the_first_interruption_does_not_hurry_the_leaving(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def interrupted(_self: object, patience: float) -> None:
        waited.append(patience)
        raise KeyboardInterrupt

    monkeypatch.setattr(looking.Stay, "gone", interrupted)
    with pytest.raises(KeyboardInterrupt):
        leave([stay(Guest())], Watch())
    assert len(waited) == 2
