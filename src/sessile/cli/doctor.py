"""`sessile doctor`: at which station sessions stop, why, and what cures it."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module
from typing import Annotated

import typer

from sessile.cli.files import Files
from sessile.cli.given import Probing, Table, What, gathered, named
from sessile.cli.output import Json, NoColor, Show, working
from sessile.doctor.diagnosis import Diagnosis, Verdict
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.evidence.watch import Watch
from sessile.doctor.facts import Evidence, Site

LOGIN_HELP = (
    "Log in to the site there: once, then log out. Where a user may have one session only, this ends the other one: use a test "
    "user, or --cookie."
)
LOGIN_NOTE = "logging in, once. Where a user may have only one session this ends the user's other one: use a test user"
OTHERWISE = {
    False: ", or --cookie @FILE",
    True: ". Where the cookie is a third-party one, there is a second login after the first one's logout",
}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def doctor(
        what: What = None,
        *,
        json: Json = False,
        verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show all evidence, and what passed.")] = False,
        table: Table = None,
        experiment: Annotated[
            bool | None,
            typer.Option(help="Run a login's statements and roll them back; default: only where nothing can escape it."),
        ] = None,
        scan: Annotated[bool, typer.Option("--scan", help="Read all rows, however many; default: a sample.")] = False,
        login: Annotated[str | None, typer.Option("--login", metavar="PATH|URL", help=LOGIN_HELP)] = None,
        data: Annotated[
            list[str] | None,
            typer.Option("--data", metavar="KEY=VALUE", help="A field of the login. VALUE: also - or @FILE; KEY alone: asks."),
        ] = None,
        form: Annotated[bool, typer.Option("--form", help="Log in as an HTML form does; default: JSON.")] = False,
        protected: Annotated[
            str | None, typer.Option("--protected", metavar="PATH|URL", help="A page that only a logged-in user may see.")
        ] = None,
        logout: Annotated[
            str | None, typer.Option("--logout", metavar="PATH|URL", help="How to log out (POST); default: as the page shows.")
        ] = None,
        origin: Annotated[
            str | None, typer.Option("--origin", metavar="URL", help="The page that asks is of this origin: CORS is judged.")
        ] = None,
        cookie: Annotated[
            str | None,
            typer.Option("--cookie", metavar="@FILE", help="Do not log in: use this cookie (name=value), and leave it be."),
        ] = None,
        resolve: Annotated[
            list[str] | None,
            typer.Option("--resolve", metavar="HOST[:PORT]=ADDR[:PORT]", help="Where a name leads, before it does."),
        ] = None,
        cacert: Annotated[
            str | None, typer.Option("--cacert", metavar="FILE", help="A CA to trust besides the known ones.")
        ] = None,
        browser: Annotated[
            bool, typer.Option("--browser", help="Visit the site with a real Chromium; needs the extra doctor,browser.")
        ] = False,
        screenshot: Annotated[
            str | None,
            typer.Option("--screenshot", metavar="FILE.png", help="With --browser: what the user is left with; may show data."),
        ] = None,
        html: Annotated[str | None, typer.Option("--html", metavar="FILE", help="Write the report as an HTML page, too.")] = None,
        markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, for a tracker.")] = False,
        bundle: Annotated[
            str | None,
            typer.Option("--bundle", metavar="FILE.zip", help="Write what was seen, without secrets, for others to diagnose."),
        ] = None,
        no_color: NoColor = False,
    ) -> int:
        """Say where sessions stop and why, with proof and fix.

        Changes nothing, leaves nothing behind.

        Exit status: 0 healthy, 1 sick, 2 wrong usage, 3 cannot tell.
        """
        from sessile.doctor.diagnose import diagnose
        from sessile.doctor.evidence.gathering import Options
        from sessile.doctor.report import json as report, markdown as as_markdown, terminal
        from sessile.doctor.report.commands import addressed

        probe = Probing(login, data, form, protected, logout, origin, cookie, resolve, cacert, browser).request()
        files = Files(html, bundle, screenshot)
        files.check()
        if screenshot and not browser:
            raise NotEvidence("--screenshot needs --browser")
        if json and markdown:
            raise NotEvidence("--json and --markdown are two forms of the same output: choose one")
        if browser:
            import_module("playwright.sync_api")  # where it is missing, it is fetched or asked for before anything is done
        if probe.login and not probe.cookie and sys.stderr.isatty():
            sys.stderr.write(f"sessile: {LOGIN_NOTE}{OTHERWISE[browser]}\n")
        options = Options(table=table, full_scan=scan, experiment=experiment, probe=probe, pictured=screenshot is not None)
        watch = Watch()
        with working("looking", watch):
            found = gathered(what, options, watch)
            diagnosis = addressed(_sobered(diagnose(found.facts), found.facts.sites), named(found.database or found.redis, table))
        around = terminal.Surroundings(found.looked_at, found.failures)
        files.write(diagnosis, around, found)
        if markdown:
            print(as_markdown.text(diagnosis, around))
            return diagnosis.verdict.exit_status
        show = Show(json, no_color)
        show(report.document(diagnosis), lambda page: terminal.write(page, diagnosis, around, verbose=verbose))
        if json:
            sys.stderr.writelines(f"sessile: {failure}\n" for failure in found.failures)
        return diagnosis.verdict.exit_status


def _sobered(diagnosis: Diagnosis, sites: Iterable[Site]) -> Diagnosis:
    """A site whose probe got no session was not seen to be healthy."""
    stopped = tuple(Evidence(site.stopped, "site", site.source) for site in sites if site.stopped)
    if not stopped:
        return diagnosis
    verdict = Verdict.CANNOT_TELL if diagnosis.verdict is Verdict.HEALTHY else diagnosis.verdict
    return replace(diagnosis, verdict=verdict, symptoms=(*diagnosis.symptoms, *stopped))
