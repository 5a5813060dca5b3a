"""What is to be changed in a setting is shown as a diff, in the report, in the explanation and in the generated pages."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from sessile.doctor.findings import Change, Need, Remedy
from sessile.doctor.report import explain
from sessile.doctor.report.change import changed
from sessile.doctor.report.lacking import NEEDS
from sessile.doctor.report.page import Page
from tests.doctor.report.patients import NO_KEY, sick, told
from tools.pages import page as markdown

PROXY = Change("Express", "app.use(session(options))", "app.set('trust proxy', 1)\napp.use(session(options))")
HEADER = Change("nginx", "proxy_pass http://app;", "proxy_pass http://app;\n\nproxy_set_header X-Forwarded-Proto $scheme;")
CAUSE = replace(NO_KEY, remedy=Remedy("Trust the proxy", changes=(PROXY, HEADER)))


def explained(write: Callable[[Page], None]) -> str:
    out = io.StringIO()
    write(Page(Console(file=out, width=80, highlight=False, markup=False)))
    return out.getvalue()


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("a", "b", ["-a", "+b"]),
        ("", "a", ["+a"]),
        ("a", "", ["-a"]),
        ("a\nb\nc", "a\nc", [" a", "-b", " c"]),
        ("secure: true,", "secure: 'auto',", ["-secure: true,", "+secure: 'auto',"]),
    ],
)
def test_lines_that_go_come_and_stay(before: str, after: str, lines: list[str]) -> None:
    assert ["".join(line) for line in changed(Change("Express", before, after))] == lines


@pytest.mark.parametrize("tell", [lambda: told(sick(CAUSE)), lambda: explained(lambda page: explain.write_cause(page, CAUSE))])
def test_the_settings_to_change_stand_as_a_diff_in_report_and_explanation(tell: Callable[[], str]) -> None:
    assert """
Settings to change
  Express
    + app.set('trust proxy', 1)
      app.use(session(options))
  nginx
      proxy_pass http://app;
    +
    + proxy_set_header X-Forwarded-Proto $scheme;
""" in tell()


def test_a_remedy_without_settings_promises_none() -> None:
    assert "ettings to change" not in told(sick())


def test_the_page_of_a_cause_shows_the_diff() -> None:
    assert "Express:\n\n```diff\n+ app.set('trust proxy', 1)\n  app.use(session(options))\n```" in markdown(CAUSE)


def test_every_kind_of_evidence_that_may_be_lacking_has_its_words() -> None:
    assert set(NEEDS) == set(Need)
