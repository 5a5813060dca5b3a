"""What makes no probe is said in one line that names no secret."""

import pytest

from sessile.doctor.evidence.site.plan import Place, Request, data, plan
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.facts.concealed import Concealed

SITE = "https://shop.example.com/app/"
FIELD = (("password", Concealed("hunter2")),)


def content(reference: str) -> str:
    if reference == "@there":
        return "hunter2"
    raise NotEvidence(f"cannot read {reference}")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Request(login="/login"), "--login needs --data KEY=VALUE"),
        (Request(data=FIELD), "--data needs --login PATH"),
        (Request(cookie=Concealed("sid=hunter2")), "--cookie needs --protected"),
        (Request(cookie=Concealed("hunter2"), protected="/me"), "--cookie is no cookie"),
        (Request(cookie=Concealed("a=hunter2\r\nX: y"), protected="/me"), "--cookie is no cookie"),
        (Request(protected="ftp://shop.example.com/"), "--protected is no path and no http"),
        (Request(protected="https://shop.example.com:0/me"), "--protected names port 0"),
        (Request(login="https://u:hunter2@shop.example.com/", data=FIELD), "--login holds a name and a password"),
        (Request(origin="app.example.com"), "--origin is the scheme, host and port"),
        (Request(origin="https://app.example.com/page"), "--origin is the scheme, host and port"),
        (Request(resolve=("hunter2",)), "--resolve is HOST"),
        (Request(cacert="nowhere.pem"), "--cacert nowhere.pem: no such file or directory"),
        (Request(cacert=__file__), "it holds no certificate in PEM"),
    ],
)
def test_what_makes_no_probe_is_refused(asked: Request, says: str) -> None:
    with pytest.raises(NotEvidence) as refused:
        plan([SITE], asked)
    assert says in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_options_without_a_site_and_too_many_sites_are_refused() -> None:
    assert plan([], Request()) is None
    with pytest.raises(NotEvidence, match="need a site"):
        plan([], Request(protected="/me"))
    with pytest.raises(NotEvidence, match="more than two sites"):
        plan([SITE, SITE, SITE], Request())


def test_paths_are_the_sites_and_urls_are_taken_as_they_are() -> None:
    planned = plan([SITE], Request(login="/login", data=FIELD, protected="me", logout="https://api.example.com/out"))
    assert planned is not None
    assert (planned.login, planned.protected) == ("https://shop.example.com/login", "https://shop.example.com/app/me")
    assert planned.logout == "https://api.example.com/out"
    assert "hunter2" not in repr(planned)


def test_names_lead_where_they_are_said_to() -> None:
    planned = plan([SITE], Request(resolve=("shop.example.com=203.0.113.7", "shop.example.com:8443=[2001:db8::1]:443")))
    assert planned is not None
    assert planned.place("shop.example.com", 443) == Place("203.0.113.7")
    assert planned.place("shop.example.com", 8443) == Place("2001:db8::1", 443)
    assert planned.place("other.example.com", 443) is None


@pytest.mark.parametrize("value", ["hunter2", "@there"])
def test_a_field_may_stand_in_a_file(value: str) -> None:
    assert data([f"password={value}"], content, str) == (("password", Concealed("hunter2")),)


def test_a_field_without_a_value_is_asked_for() -> None:
    assert data(["password"], content, lambda key: f"asked for {key}") == (("password", Concealed("asked for password")),)


@pytest.mark.parametrize(
    ("word", "says"),
    [("=hunter2", "lacks the field's name"), ("password=@hunter2", "the file after @"), ("password=-", "standard input")],
)
def test_a_field_that_cannot_be_read_is_refused_without_its_value(word: str, says: str) -> None:
    with pytest.raises(NotEvidence) as refused:
        data([word], content, str)
    assert says in str(refused.value)
    assert "hunter2" not in str(refused.value)
