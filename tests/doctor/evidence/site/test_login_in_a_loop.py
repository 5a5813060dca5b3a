"""A login that is redirected to itself is no wrong password."""

import pytest

from sessile.doctor.evidence.site import login
from sessile.doctor.evidence.site.asking import Answer, Asked, Question
from sessile.doctor.evidence.site.plan import Request, plan
from sessile.doctor.evidence.site.record import recorded
from sessile.doctor.evidence.site.visitor import Done
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.exchange import Role

URL = "https://shop.example/login"


def done(status: int, location: str) -> Done:
    answer = Answer(status, "HTTP/1.1", (("Location", location),), b"", whole=True)
    question = Question("POST", URL)
    exchange = recorded(
        "login", question, Asked(0.0, 1.0, None, answer), Role.LOGIN, kind="document", page=None, credentials=None
    )
    return Done(exchange, answer, URL)


@pytest.mark.parametrize(
    ("status", "location", "says"),
    [
        (301, URL, "the very same address"),
        (308, "/login", "the very same address"),
        (302, "/login", "is the name or the password wrong"),
        (301, "/login?failed=1", "is the name or the password wrong"),
    ],
)
def test_what_a_redirect_of_the_login_says(status: int, location: str, says: str) -> None:
    planned = plan([URL], Request(login="/login", data=(("password", Concealed("x")),)))
    assert planned is not None
    assert says in login.refusal(done(status, location), planned)
