"""Express itself, probed and with its own log: each setting by which it sets no cookie is called by its name."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.express import ExpressService
from sessile.doctor.diagnose import diagnose
from sessile.doctor.evidence import logs, site
from sessile.doctor.evidence.site.plan import Request, plan
from sessile.doctor.facts import Facts
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.findings import RuledOut, Undecided
from tests.doctor.causes.set.edge import edge
from tests.doctor.facts_builder import NOW
from tests.doctor.recorded_facts import judge
from tests.doctor.recording import SECRET

LOGIN = Request(
    login="/api/auth/login",
    data=(("email", Concealed("ana@example.com")), ("password", Concealed("demo"))),
    protected="/api/me",
    logout="/api/auth/logout",
)
SETTINGS = {
    "set-secure-on-plain-http": {"COOKIE_SECURE": "true", "DEBUG": "express-session"},
    "set-cookie-domain-unparseable": {"COOKIE_DOMAIN": "https://shop.example"},
    "set-cookie-name-invalid": {"COOKIE_NAME": "my app.sid"},
    "set-samesite-value-invalid": {"COOKIE_SAMESITE": "lax;"},
}


def probed(settings: dict[str, str], directory: Path) -> Facts:
    known = {"STORE": "memory", "SESSION_SECRET": SECRET, **settings}
    with ExpressService(known, directory) as express:
        planned = plan([f"{express.url}/health"], LOGIN)
        assert planned is not None
        seen = site.collect(planned)
    return Facts(now=NOW, wires=(seen.wire,), sites=(seen.site,), logs=logs.collect(express.log_file))


@pytest.mark.parametrize(("cause", "settings"), SETTINGS.items())
def test_it_stands_first(cause: str, settings: dict[str, str], tmp_path: Path) -> None:
    facts = probed(settings, tmp_path)
    first = diagnose(facts).causes[0]
    assert (first.cause.id, first.confidence) == (cause, "confirmed")


SECURED = {"COOKIE_SECURE": "true", "DEBUG": "express-session"}
TRUSTING = {"COOKIE_SECURE": "true", "TRUST_PROXY": "1", "SAVE_UNINITIALIZED": "true"}


def behind_tls(settings: dict[str, str], directory: Path, host: str = "shop.test", *, past: bool = False, **proxy: Any) -> Facts:
    """The service behind a proxy that ends TLS, probed by its name; `past` also at its own address."""
    known = {"STORE": "memory", "SESSION_SECRET": SECRET, **settings}
    with (
        ExpressService(known, directory) as express,
        edge(express.url, directory, host=host, **proxy) as (port, trusted),
    ):
        asked = replace(LOGIN, resolve=(f"{host}=127.0.0.1:{port}",), cacert=str(trusted))
        planned = plan([f"https://{host}/", *([express.url] if past else [])], asked)
        assert planned is not None
        seen = site.collect(planned)
    return Facts(now=NOW, wires=(seen.wire,), sites=(seen.site,), logs=logs.collect(express.log_file))


def of_set(facts: Facts) -> list[tuple[str, str]]:
    return [(one.cause.id, one.confidence) for one in diagnose(facts).causes if one.cause.station == "set"]


def test_a_platform_that_says_https_is_not_believed(tmp_path: Path) -> None:
    facts = behind_tls(SECURED, tmp_path, host="shop.onrender.com", says="https")
    assert of_set(facts) == [("set-secure-without-trust-proxy", "confirmed")]
    assert isinstance(judge("set-proxy-hides-https", facts), RuledOut)


def test_a_network_that_the_proxy_is_not_in_is_not_trusted(tmp_path: Path) -> None:
    facts = behind_tls({**SECURED, "TRUST_PROXY": "10.0.0.0/8"}, tmp_path, says="https")
    assert [cause for cause, _ in of_set(facts)] == ["set-secure-without-trust-proxy", "set-proxy-hides-https"]
    assert isinstance(judge("set-proxy-hides-https", facts), Undecided)


@pytest.mark.parametrize("says", ["https", "https,http"])
def test_a_proxy_that_is_believed_loses_no_cookie(says: str, tmp_path: Path) -> None:
    assert of_set(behind_tls({**SECURED, "TRUST_PROXY": "1"}, tmp_path, says=says)) == []


@pytest.mark.parametrize("says", [None, "http", "http,https"])
def test_a_proxy_that_hides_https_is_found_by_asking_past_it(says: str | None, tmp_path: Path) -> None:
    """The logout's cookie, which needs no https, shows that the proxy strips none."""
    facts = behind_tls(TRUSTING, tmp_path, past=True, says=says)
    assert of_set(facts)[0] == ("set-proxy-hides-https", "confirmed")


def test_a_proxy_that_strips_cookies_is_not_taken_for_one_that_hides_https(tmp_path: Path) -> None:
    """From outside both may be: nothing is proven, and both are named."""
    facts = behind_tls(TRUSTING, tmp_path, past=True, says="https", strips=True)
    assert isinstance(judge("set-proxy-strips-set-cookie", facts), Undecided)
    assert isinstance(judge("set-proxy-hides-https", facts), Undecided)
    assert not [cause for cause, confidence in of_set(facts) if confidence == "confirmed"]


def test_a_service_that_sets_its_cookie_has_none_of_them(tmp_path: Path) -> None:
    found = diagnose(probed({}, tmp_path)).causes
    assert not [one.cause.id for one in found if one.cause.station == "set"]
