"""No cookie's value, password, token or person appears in what facts show, whatever the recording."""

import copy
import dataclasses
import io
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from sessile.doctor.evidence.exchange import address_of, cookies_sent, cookies_set
from sessile.doctor.evidence.har import collect
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.evidence import Unknown
from tests.doctor.evidence.har.flavours import EMAIL, FLAVOURS, PASSWORD, SID, TOKEN

RECORDED = sorted((Path(__file__).parents[3] / "fixtures" / "har").glob("*.har"))
SECRET = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=24, max_size=60).filter(
    lambda text: any(map(str.isdigit, text)) and any(map(str.isupper, text)) and any(map(str.islower, text))
)


def shows(facts: object) -> str:
    """Everything that a report, a log line or a crash could show of facts."""
    return f"{facts!r}{facts}"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_nothing_of_a_visit(flavour: str) -> None:
    wire = collect("visit.har", stream=io.BytesIO(FLAVOURS[flavour]()))
    shown = shows(wire) + "".join(str(one) + str(one.request.address) for one in wire.exchanges)
    for secret in (SID, SID[4:36], SID[-30:], PASSWORD, TOKEN, EMAIL, "dark"):
        assert secret not in shown


@pytest.mark.parametrize("path", RECORDED, ids=[path.stem for path in RECORDED])
def test_nothing_of_a_recorded_visit(path: Path) -> None:
    values: set[str] = {"sample-password", "sample-reset-token", "sample-bearer-token", "ana@example.com"}
    for entry in json.loads(path.read_bytes())["log"]["entries"]:
        for message in (entry["request"], entry["response"]):
            values |= {cookie["value"] for cookie in message["cookies"] if len(cookie["value"]) > 3}
    shown = shows(collect(path))
    assert not [value for value in values if value in shown]


@given(SECRET, st.sampled_from(["s%3A{}.{}", "{}", '"{}"', "a={}", "{{{}}}", "%22{}%22"]))
@settings(max_examples=200, deadline=None)
def test_no_value_wherever_it_stands(secret: str, form: str) -> None:
    value = form.replace("{}", secret)
    headers = [f"sid={value}", f"{value}", f"a=b; sid={value}; c", f"sid={value}; sid={value}", f"=;{value}"]
    lines = [
        *(
            f"sid={value}; Path=/",
            value,
            f"sid={value}; Path=/{secret}",
            f"sid={value}; {secret}",
            f"sid={value}; {secret}={secret}",
        ),
        *(
            f"sid={value}\x00; Path=/",
            f"a=b; Path=/, sid={value}; Secure",
            f"sid={value * 200}",
            f"a=b; Domain={secret}={secret}",
        ),
        *(f"a=b; Expires={secret}", f"a=b; Max-Age={secret}", f"a=b; SameSite={secret}"),
    ]
    for facts in (*map(cookies_sent, headers), *(list(cookies_set(line, 0)) for line in lines)):
        assert secret not in shows(facts)


@given(SECRET)
@settings(max_examples=100, deadline=None)
def test_no_secret_of_a_url(secret: str) -> None:
    for url in (
        *(f"https://shop.test/reset/{secret}", f"https://shop.test/?token={secret}&x=1", f"https://shop.test/?{secret}"),
        *(f"https://ana:{secret}@shop.test/", f"https://shop.test/a?next=https://x/?t={secret}", f"https://shop.test/#{secret}"),
    ):
        assert secret not in shows(address_of(url))


def test_a_concealed_text_goes_nowhere() -> None:
    text = Concealed("the value")
    assert (repr(text), f"{text}", str(text), f"{text:>5}".strip()) == ("***",) * 4
    assert text == Concealed("the value") != Concealed("another")
    assert len({text, Concealed("the value")}) == 1
    assert copy.deepcopy(text).reveal() == "the value"
    with pytest.raises(TypeError):
        pickle.dumps(text)
    with pytest.raises(TypeError):
        json.dumps(text)


def test_facts_as_a_dictionary_hold_no_value_that_could_be_written_out() -> None:
    wire = collect("visit.har", stream=io.BytesIO(FLAVOURS["charles"]()))
    assert SID not in json.dumps(dataclasses.asdict(wire), default=_known)


def _known(value: Any) -> str:
    assert isinstance(value, Concealed | frozenset | Unknown) or hasattr(value, "value")
    return repr(value)
