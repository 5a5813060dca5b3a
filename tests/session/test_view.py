"""A session's data with its types, by each library, and by none."""

import dataclasses
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Protocol

import msgspec
import pydantic
import pytest

from sessile import PayloadMismatch
from sessile.session import view
from sessile.session.session import Session


class Rank(Enum):
    GUEST = "guest"
    OWNER = "owner"


class Struct(msgspec.Struct, rename={"user": "userId"}):
    user: int
    rank: Rank = Rank.GUEST
    cart: list[str] = []
    since: datetime | None = None


class Pydantic(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=False, populate_by_name=True)
    user: int = pydantic.Field(alias="userId")
    rank: Rank = Rank.GUEST
    cart: list[str] = []
    since: datetime | None = None


class Login(Protocol):
    user: int
    rank: Rank
    cart: list[str]
    since: datetime | None


def session(**data: Any) -> Session:
    made = Session()
    made.update(data)
    return made


MODELS = pytest.mark.parametrize("model", [Struct, Pydantic])


@MODELS
def test_reads_what_is_there_and_fills_in_what_is_not(model: type[Login]) -> None:
    login = session(userId=7, other="kept", since="2026-11-30T10:00:00Z").view(model)
    assert (login.user, login.rank, login.cart) == (7, Rank.GUEST, [])
    assert login.since == datetime(2026, 11, 30, 10, tzinfo=UTC)


@MODELS
def test_writes_back_what_json_holds_and_leaves_the_rest(model: type[Login]) -> None:
    of = session(userId=7, other="kept")
    login = of.view(model)
    login.cart.append("tea")
    login.rank = Rank.OWNER
    login.since = datetime(2026, 11, 30, 10, tzinfo=UTC)
    assert "cart" not in of
    of.assign(login)
    assert of == {"userId": 7, "other": "kept", "rank": "owner", "cart": ["tea"], "since": "2026-11-30T10:00:00Z"}
    assert of.view(model) == login


@MODELS
@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({}, "session['userId']"),
        ({"userId": "the secret of bob"}, "session['userId']"),
        ({"userId": 7, "cart": ["tea", {"the secret": "of bob"}]}, "session['cart'][1]"),
        ({"userId": 7, "rank": "the secret of bob"}, "session['rank']"),
        ({"userId": 7, "since": "the secret of bob"}, "session['since']"),
    ],
)
def test_what_does_not_fit_is_named_and_not_shown(model: type[Login], data: dict[str, Any], key: str) -> None:
    with pytest.raises(PayloadMismatch) as mismatch:
        session(**data).view(model)
    assert str(mismatch.value).startswith(f"{key} is not as {model.__name__} has it: ")
    assert "secret" not in str(mismatch.value)
    assert mismatch.value.__cause__ is None


def test_a_validator_of_the_applications_own_shows_nothing_either() -> None:
    class Careful(pydantic.BaseModel):
        name: str

        @pydantic.field_validator("name")
        @classmethod
        def known(cls, name: str) -> str:
            raise ValueError(f"who is {name}?")

    with pytest.raises(PayloadMismatch, match=r"session\['name'\].*its validator refuses it"):
        session(name="the secret of bob").view(Careful)


@dataclasses.dataclass
class Plain:
    userId: int  # noqa: N815 - the key's name
    token: uuid.UUID | None = None


@pytest.mark.parametrize("library", ["msgspec", "pydantic"])
def test_a_dataclass_is_read_by_the_library_that_is_there(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    view._installed.cache_clear()
    monkeypatch.setattr(view, "find_spec", lambda name: name == library or None)
    token = uuid.uuid4()
    of = session(userId=7)
    assert of.view(Plain) == Plain(7)
    of.assign(Plain(8, token))
    assert of == {"userId": 8, "token": str(token)}
    with pytest.raises(PayloadMismatch, match=r"session\['userId'\]"):
        session(userId=[]).view(Plain)
    view._installed.cache_clear()


def test_without_either_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    view._installed.cache_clear()
    monkeypatch.setattr(view, "find_spec", lambda _name: None)
    with pytest.raises(TypeError, match="pip install msgspec"):
        session().view(Plain)
    view._installed.cache_clear()


@pytest.mark.parametrize("model", [dict, int])
def test_what_is_no_model_is_said(model: type[Any]) -> None:
    with pytest.raises(TypeError, match="a view is a msgspec Struct, a pydantic model or a dataclass"):
        session().view(model)
    with pytest.raises(TypeError, match="a view is a msgspec Struct, a pydantic model or a dataclass"):
        session().assign(model())


def test_the_base_install_loads_neither() -> None:
    program = "import sys, sessile; sessile.SessionMiddleware; print({'msgspec', 'pydantic'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"
