"""A session that is changed after the answer, as far as a recording and a log can tell."""

from datetime import timedelta

import pytest

from sessile.doctor.facts import Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.causes.set.situations import (
    DEBUGGED,
    NOT_SECURED,
    OWN_PROXY,
    PLAIN,
    REFUSED,
    bare,
    login_past_proxy,
    option,
    rows,
)
from tests.doctor.facts_builder import BOOT, LOGIN, NOW, SAVED, UNAUTHORIZED, line, log
from tests.doctor.recorded_facts import first, judge, proven, seen
from tests.doctor.recording import asked, login, recording, sanitized

CAUSE = "set-headers-already-sent"
LATE = log(BOOT, LOGIN, SAVED, UNAUTHORIZED, LOGIN, SAVED, UNAUTHORIZED)
IN_TIME = log(BOOT, SAVED, LOGIN, UNAUTHORIZED, SAVED, LOGIN, UNAUTHORIZED)
SINCE = NOW - timedelta(minutes=3)
LISTENED = log(BOOT, DEBUGGED, LOGIN, SAVED, DEBUGGED, since=SINCE)
EDGE = {"via": "1.1 edge"}


@pytest.mark.parametrize(
    "facts",
    [
        seen(bare(), logs=(LISTENED,)),
        seen(bare(), logs=(log(BOOT, DEBUGGED, LOGIN, DEBUGGED, since=SINCE),), found=rows(1)),
        seen(recording(login(sets="theme=dark; Path=/", got=EDGE), REFUSED), logs=(LISTENED,)),
    ],
    ids=["saved after the answer", "a row", "another cookie comes through the proxy"],
)
def test_saved_and_neither_not_secured_nor_a_type_error_while_listening(facts: Facts) -> None:
    assert isinstance(judge(CAUSE, facts), Confirmed)
    assert first(facts) == CAUSE
    assert proven(facts) == {CAUSE}


@pytest.mark.parametrize(
    "facts",
    [
        seen(bare(), logs=(LATE,)),
        seen(bare(), logs=(IN_TIME,)),
        seen(bare(), logs=(log(BOOT, DEBUGGED, SAVED, LOGIN, DEBUGGED, since=SINCE),)),
        seen(bare(got=EDGE), logs=(LISTENED,)),
    ],
    ids=["saved without waiting, perhaps", "saved first", "saved first, while listening", "a proxy may strip it"],
)
def test_otherwise_it_is_open(facts: Facts) -> None:
    assert isinstance(judge(CAUSE, facts), Undecided)
    assert not proven(facts)


def test_a_stream_and_a_complaint_are_shown() -> None:
    sent = line(Kind.ERROR, "ERR_HTTP_HEADERS_SENT", "Error: Cannot set headers after they are sent to the client")
    finding = judge(CAUSE, seen(bare(got={"content-type": "text/event-stream; charset=utf-8"}), logs=(log(BOOT, sent),)))
    assert isinstance(finding, Undecided)
    says = " ".join(one.says for one in finding.evidence)
    assert "answered as a stream (text/event-stream)" in says
    assert "Cannot set headers after they are sent" in says


def test_by_the_wire_alone_it_is_open() -> None:
    assert isinstance(judge(CAUSE, seen(bare())), Undecided)
    assert isinstance(judge(CAUSE, seen(bare(), found=rows(1))), Undecided)


@pytest.mark.parametrize(
    "facts",
    [
        seen(bare(), logs=(NOT_SECURED,)),
        seen(bare(), logs=(log(BOOT, option()),)),
        seen(bare(got=OWN_PROXY), login_past_proxy(PLAIN, "")),
        seen(recording(login(), asked(5)), logs=(LATE,)),
    ],
    ids=["not secured", "TypeError", "set, asked directly", "set"],
)
def test_a_near_miss(facts: Facts) -> None:
    assert isinstance(judge(CAUSE, facts), RuledOut)


def test_without_cookies_in_the_recording_nothing_is_sure() -> None:
    assert isinstance(judge(CAUSE, seen(sanitized(bare()), logs=(LATE,))), Unseen)
