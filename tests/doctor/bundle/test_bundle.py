"""Who gets a bundle diagnoses what its maker diagnosed, and finds nothing in it that opens a session or names a person."""

import contextlib
import io
import json
import re
import tempfile
import types
import zipfile
from collections import abc
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from sessile.cookies.set_cookie import octets
from sessile.doctor.bundle import VERSION, Bundle, read, write
from sessile.doctor.bundle.codec import Malformed, built, plain
from sessile.doctor.bundle.pseudonyms import Pseudonyms
from sessile.doctor.diagnose import diagnose
from sessile.doctor.evidence import har, logs
from sessile.doctor.evidence.exchange import address_of, cookies_set
from sessile.doctor.evidence.gathering import Options, gather
from sessile.doctor.evidence.opening import EvidenceError
from sessile.doctor.evidence.sorting import sort
from sessile.doctor.facts import Correlations, Facts
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.cookies import CookieBlocked, CookieSet, Value
from sessile.doctor.facts.correlation import Login, Missing
from sessile.doctor.facts.site import Comparison, Site
from sessile.doctor.facts.wire import Seen
from sessile.doctor.report.json import document
from tests.doctor import facts_builder as build
from tests.doctor.evidence.har.flavours import EMAIL, FLAVOURS, PASSWORD, SID, TOKEN
from tests.doctor.recorded_facts import known, seen
from tests.doctor.recording import COOKIE, asked, login, recording

FIXTURES = Path(__file__).parents[2] / "fixtures"
CROSS = {"origin": "https://app.other.test", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}


def of_logs() -> Facts:
    read_logs = [log for path in sorted((FIXTURES / "logs" / "express").glob("*.log")) for log in logs.collect(path)]
    return Facts(now=build.NOW, logs=tuple(read_logs))


def of_a_browser() -> Facts:
    first = login(sets="connect.sid=abcdefghijklmnop0123; Path=/api; SameSite=None; Secure")
    assert first.response is not None
    refused = replace(first, response=replace(first.response, refused=(CookieBlocked("connect.sid", ("UserPreferences",)),)))
    turned = asked(1, status=401, sends=None, sent=CROSS, kind="fetch")
    site = Site(
        source="https://shop.test/",
        forced=turned,
        strangers=(turned,),
        direct=(Comparison(turned, turned, "https"),),
        remarks=("one",),
    )
    return replace(seen(recording(refused, turned, seen_by=Seen.BROWSER)), sites=(site,))


def of_correlations() -> Facts:
    wire = recording(login(), asked(1, status=401))
    left = Login(source="shop.har", pointer="entries[0]", unclaimed=1, chance=0.01, complete=True)
    found = Correlations((known(COOKIE, Missing(hidden=True)),), (left,), '"session"')
    return seen(wire, found=found, database=build.database())


def of_a_folder() -> Facts:
    """Code, a deployment file and an environment."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "package.json").write_text('{"dependencies": {"express": "5", "express-session": "1"}}')
        (path / "app.js").write_text(
            "const app = require('express')()\n"
            f"app.use(require('express-session')({{secret: '{SID}', cookie: {{secure: true, maxAge: 3600}}}}))\n"
            "app.post('/login', (req, res) => { req.session.user = 1; res.redirect('/') })\n"
        )
        (path / "render.yaml").write_text(
            "services:\n- {type: web, name: shop, runtime: node, numInstances: 2, "
            "envVars: [{key: SESSION_SECRET, generateValue: true}]}"
        )
        (path / ".env").write_text(f"SESSION_SECRET={SID}\nDATABASE_URL=\n")
        return gather(sort([folder], {}), Options()).facts


SCENES: Mapping[str, Facts] = {
    "a folder": of_a_folder(),
    "nothing": Facts(now=build.NOW),
    "a healthy service": build.facts(),
    "no connection": build.facts(build.unreachable("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:5432")),
    "a table without a key": build.facts(build.database(table=build.table(indexes=()))),
    "a clock ahead": build.facts(build.database(server=build.server(clock_ahead=timedelta(hours=3, microseconds=7)))),
    "logs": of_logs(),
    "a browser's visit": of_a_browser(),
    "cookies looked up": of_correlations(),
    **{f"a recording of {name}": seen(har.collect("visit.har", stream=io.BytesIO(made()))) for name, made in FLAVOURS.items()},
    **{path.stem: seen(har.collect(path)) for path in sorted((FIXTURES / "har").glob("*.har"))},
}


def packed(facts: Facts, to: Path) -> Path:
    write(to, Bundle(facts, ("app.log",), ("nothing",)), document(diagnose(facts)))
    return to


def inside(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


def rewritten(path: Path, **changes: Any) -> Path:
    with zipfile.ZipFile(path) as archive:
        facts = {**json.loads(archive.read("facts.json")), **changes}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("facts.json", json.dumps(facts))
    return path


@pytest.mark.parametrize("scene", SCENES)
def test_the_diagnosis_is_the_same(scene: str, tmp_path: Path) -> None:
    facts = SCENES[scene]
    unpacked = read(packed(facts, tmp_path / "bundle.zip"))
    assert diagnose(unpacked.facts) == diagnose(facts)
    assert (unpacked.looked_at, unpacked.failures, unpacked.facts.now) == (("app.log",), ("nothing",), facts.now)
    assert without_concealed(unpacked.facts) == without_concealed(facts)


@pytest.mark.parametrize("scene", SCENES)
def test_nothing_concealed_is_in_it(scene: str, tmp_path: Path) -> None:
    text = inside(packed(SCENES[scene], tmp_path / "bundle.zip"))
    values = {one.concealed.reveal() for one in concealed(SCENES[scene])}
    secrets = {value for value in values if len(value) > 5} | {SID, SID[4:36], SID[-30:], PASSWORD, TOKEN, EMAIL}
    assert not [secret for secret in secrets if secret in text or quote(secret) in text]


@given(st.text(max_size=80), st.sampled_from(["", "s:", "s%3A", "j:", "%22"]))
@settings(max_examples=300, deadline=None)
def test_a_stand_in_is_as_long_and_keeps_its_punctuation_only(text: str, before: str) -> None:
    value = before + text
    stand_in = Pseudonyms().of(Concealed(value)).reveal()
    assert octets(stand_in) == octets(value)
    marks = [character for character in text if character.isascii() and not character.isalnum() and character != "%"]
    assert [character for character in marks if character not in stand_in] == []
    assert stand_in.startswith(before) or before == "j:"


def test_equal_stays_equal_within_a_bundle_and_differs_between_two() -> None:
    (first,) = (one for one in cookies_set("sid=Q7fK2mP9xT4vB6nL1sR8; Path=/; HttpOnly", 0) if isinstance(one, CookieSet))
    address = address_of("https://shop.test/reset/Q7fK2mP9xT4vB6nL1sR8zY3w?token=abc&next=/me")
    one, two = Pseudonyms(), Pseudonyms()
    assert one.of(first) == one.of(first) != two.of(first)
    assert isinstance(first.value, Value)
    assert one.of(first).line.reveal() == f"sid={one.of(first.value).concealed.reveal()}; Path=/; HttpOnly"
    assert one.of(address) == one.of(address) != two.of(address)
    assert "Q7fK2mP9" not in one.of(address).whole.reveal()  # type: ignore[union-attr]


def test_every_type_of_the_facts_can_be_packed() -> None:
    known = {str, int, float, bool, type(None), datetime, timedelta, Concealed}
    odd = [hint for hint in leaves(Facts, set()) if hint not in known and not (isinstance(hint, type) and issubclass(hint, Enum))]
    assert odd == []


def leaves(hint: Any, seen: set[Any]) -> Iterator[Any]:
    """The types that facts are made of, at their ends."""
    if hint in seen:
        return
    seen.add(hint)
    if is_dataclass(hint):
        names = {one.name for one in fields(hint)}
        inner = [one for name, one in get_type_hints(hint).items() if name in names]
    elif get_origin(hint) in (tuple, frozenset, Union, types.UnionType, Mapping, abc.Mapping):
        inner = [one for one in get_args(hint) if one is not Ellipsis]
        tags = [one.__name__ for one in inner if isinstance(one, type) and is_dataclass(one)]
        assert len(tags) == len(set(tags)), hint  # a value's tag must tell which one it is
    else:
        inner = []
        if get_origin(hint) is not Literal:
            yield hint
    for one in inner:
        yield from leaves(one, seen)


def test_a_bundle_of_another_make_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    for changes, says in (
        (
            {"version": VERSION + 1, "made_by": "9.9"},
            r'bundle of sessile 9\.9, of a format.*uvx --from "sessile\[doctor\]==9\.9"',
        ),
        ({"version": None, "made_by": "\x1b[31m"}, "bundle of sessile an unknown version"),
        ({"facts": {"is": "Facts", "now": "today"}}, r"does not know what stands at Facts\.now"),
        ({"facts": {"is": "Facts", "now": "2026-11-23T12:00:00+00:00", "later": 1}}, "does not know what stands at Facts"),
        ({"facts": None}, "does not know what stands at Facts"),
        ({"looked_at": [1]}, "does not know what stands at tuple"),
    ):
        with pytest.raises(EvidenceError, match=says) as raised:
            read(rewritten(packed(SCENES["nothing"], path), **changes))
        assert "\n" not in str(raised.value)
        assert "\x1b" not in str(raised.value)


def test_what_is_no_bundle_is_one_line(tmp_path: Path) -> None:
    path = packed(SCENES["a healthy service"], tmp_path / "bundle.zip")
    whole = path.read_bytes()
    for length in (10, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:length])
        with pytest.raises(EvidenceError, match="is broken"):
            read(path)
    for name, content, says in (
        ("a.txt", "x", "no bundle"),
        ("facts.json", "[1]", "no object"),
        ("facts.json", "{", "is broken"),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, content)
        with pytest.raises(EvidenceError, match=says):
            read(path)


@pytest.mark.parametrize("wrong", [1, "x", None, [], {}, {"is": "Facts"}, {"is": "Wire"}, [[]], {"concealed": 1}, 1e400, True])
def test_whatever_stands_in_a_place_it_is_refused_or_fits(wrong: object) -> None:
    """Every place of a bundle is a door for whoever made it."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(plain(Pseudonyms().of(of_a_browser()))))
    for holder, key in places(document):
        before, holder[key] = holder[key], wrong
        with contextlib.suppress(Malformed):
            assert isinstance(built(document, Facts), Facts)
        holder[key] = before
    assert isinstance(built(document, Facts), Facts)


def places(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in ((value, key), *places(value[key]))]


def concealed(fact: object) -> list[Value]:
    """Every cookie's value in the facts."""
    if isinstance(fact, Value):
        return [fact]
    inner = [getattr(fact, one.name) for one in fields(fact)] if is_dataclass(fact) else fact if isinstance(fact, tuple) else ()
    return [value for one in inner for value in concealed(one)]


def without_concealed(fact: object) -> str:
    """What the facts show of themselves: nothing concealed; 22 milliseconds are 22.0, and a mapping is one."""
    return re.sub(r"mappingproxy\((\{[^}]*\})\)", r"\1", re.sub(r"(\d)\.0\b", r"\1", repr(fact)))
