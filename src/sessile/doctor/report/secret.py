"""Tells about a session secret: whether it is good, and how it is changed without logging anybody out. Never its value."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from sessile.doctor.facts.environment import Dialect, Environment, Flaw, Reading, Secret
from sessile.doctor.fixes.rotation import Rotation, Stage
from sessile.doctor.report.page import Page

GUESSABLE = (Flaw.KNOWN, Flaw.SHORT)
ONLY_DOCKER = (Flaw.QUOTES, Flaw.HASH, Flaw.SPACE)
"""Flaws that hurt nobody where only docker, which takes a file literally, sees another value."""

ADVICE = {
    Flaw.EMPTY: "it is empty{readers}",
    Flaw.QUOTES: "quotes are a part of it{readers}: write it without quotes",
    Flaw.NEWLINE: "a line end is a part of it{readers}: store it with printf '%s', or save the file with Unix line ends",
    Flaw.SPACE: "a space is a part of it{readers}: write it without",
    Flaw.HASH: "the # is where it ends for some readers and not for others: put it in single quotes",
    Flaw.DOLLAR: "the $ is replaced by some readers: put it in single quotes",
    Flaw.SYNTAX: "a character in it means something to some readers: put it in single quotes",
    Flaw.KNOWN: "it is a known default: anybody can look it up",
    Flaw.SHORT: "it is easy to guess: it needs 16 characters, 6 of them different",
}


def is_good(environment: Environment) -> bool:
    """Whether there is a secret, and none of those that sign is flawed or easy to guess."""
    return bool(_signing(environment)) and not any(_faults(secret) for secret in _signing(environment))


def write_check(page: Page, environment: Environment) -> None:
    """Write what can be said of each secret, and what to do."""
    for secret in environment.secrets:
        _write_secret(page, secret)
    if not environment.secrets:
        _write_absence(page, environment)
    page.line()
    if is_good(environment):
        page.line((f"{page.glyphs.ok} good", "bold green"))
        return
    page.line((f"{page.glyphs.broken} not good", "bold red"))
    if any(flaw in GUESSABLE for secret in _signing(environment) for flaw in secret.flaws):
        page.command("sessile secret rotate", "changes it without logging anybody out")
    elif not environment.secrets:
        page.command("sessile secret new", "makes one")


def write_plan(page: Page, rotation: Rotation | None, file: Path, secret: str) -> None:
    """Write the steps of a rotation, with a new secret to use where no file is edited by sessile."""
    name = rotation.name if rotation else "SESSION_SECRET"
    command = f"sessile secret rotate {shlex.quote(str(file))}"
    page.paragraph((f"How to change {name} without logging anybody out", "bold"), indent=0)
    if rotation:
        page.paragraph(f"Now, in {file}: {rotation.stage}. Nothing is changed without an option.", indent=0)
    page.heading("Before", "every instance has to read both variables")
    page.command(f"secret: [process.env.{name}, process.env.{name}_PREVIOUS].filter(Boolean)", "Express")
    page.command(f'secret=[os.environ["{name}"], os.environ["{name}_PREVIOUS"]]', _python_aside(name))
    page.heading("1. Accept the new secret, sign with the old one", "then deploy every instance")
    page.command(f"{name}=(stays as it is)")
    page.command(f"{name}_PREVIOUS={secret}")
    page.command(f"{command} --accept", "does it in a file")
    page.heading("2. Sign with the new secret, accept the old one", "then deploy every instance")
    page.command(f"{name}={secret}")
    page.command(f"{name}_PREVIOUS=(the old one)")
    page.command(f"{command} --apply", "does it in a file; a service of one instance may begin here")
    page.heading("3. When the longest maxAge is over, take the old secret out")
    page.command(f"{command} --finish", "does it in a file; --undo takes a step back")


def write_rotation(page: Page, rotation: Rotation, file: Path) -> None:
    """Write what a step came to, and what the next one is."""
    command = f"sessile secret rotate {shlex.quote(str(file))}"
    page.paragraph((f"{file}: {rotation.stage}.", "bold"), lead=(f"{page.glyphs.ok} ", "bold green"), indent=0)
    match rotation.stage:
        case Stage.SINGLE:
            page.paragraph("Deploy every instance.")
        case Stage.ACCEPTED:
            page.paragraph(f"Deploy every instance; each has to read {rotation.name} and {rotation.previous}. Then:")
            page.command(f"{command} --apply", "sign with the new one")
            page.command(f"{command} --undo", "go back")
        case Stage.SIGNING:
            page.paragraph(
                f"Deploy every instance; each has to read {rotation.name} and {rotation.previous}, or sessions are lost."
            )
            page.command(f"{command} --finish", "take the old one out, when the longest maxAge is over")
            page.command(f"{command} --undo", "sign with the old one again, and go on accepting the new one")
    if rotation.backup.exists():
        page.paragraph(
            f"The file as it was is in {rotation.backup.name}: it holds the old secret, so keep it out of version control."
        )


def _write_secret(page: Page, secret: Secret) -> None:
    page.heading(secret.name, secret.pointer if secret.pointer != f"${secret.name}" else "")
    for who, reading in _by_value(secret):
        says = f"{reading.length} characters, {reading.variety} of them different; key {reading.fingerprint}"
        page.paragraph(f"{who}: {says}" if who else says, lead=f"{page.glyphs.bullet} ")
    for flaw in secret.flaws:
        fault = flaw in _faults(secret)
        lead = (f"{page.glyphs.broken} ", "bold red") if fault else (f"{page.glyphs.note} ", "yellow")
        page.paragraph(ADVICE[flaw].format(readers=_for_whom(secret, flaw)), lead=lead)


def _write_absence(page: Page, environment: Environment) -> None:
    page.paragraph(f"{environment.source} sets no session secret.", indent=0)
    for name in environment.empty:
        page.paragraph(f"{name} is there, and empty.")
    for name in environment.lookalikes:
        page.paragraph(f"{name} is there: is SESSION_SECRET meant?")


def _by_value(secret: Secret) -> list[tuple[str, Reading]]:
    """Each value that is seen, by whom; "" where everybody sees the same."""
    values = {reading.fingerprint: reading for reading in secret.readings}
    return [
        (", ".join(str(one.dialect) for one in secret.readings if one.fingerprint == key) if len(values) > 1 else "", reading)
        for key, reading in values.items()
    ]


def _signing(environment: Environment) -> Sequence[Secret]:
    return [secret for secret in environment.secrets if not secret.name.endswith("_PREVIOUS")]


def _faults(secret: Secret) -> frozenset[Flaw]:
    return frozenset(flaw for flaw in secret.flaws if flaw not in ONLY_DOCKER or set(_marred(secret, flaw)) - {Dialect.DOCKER})


def _for_whom(secret: Secret, flaw: Flaw) -> str:
    marred = _marred(secret, flaw)
    everybody = len(marred) == len(secret.readings)
    return f" for {', '.join(marred)}" if marred and not everybody else ""


def _marred(secret: Secret, flaw: Flaw) -> list[Dialect]:
    """The readers that see another value than the one without the flaw."""
    bare = dict(secret.bare).get(flaw)
    return [reading.dialect for reading in secret.readings if bare and reading.fingerprint != bare]


def _python_aside(name: str) -> str:
    return "Python; the default of sessile" if name == "SESSION_SECRET" else "Python"
