"""What the tests of the jar say again and again."""

from sessile.cookies import Context, Jar, Reason

NOW = 1_800_000_000_000
MINUTE = 60_000
DAY = 24 * 60 * MINUTE


def reasons(line: str, url: str = "https://www.example.com/account/login") -> set[Reason]:
    """Why a line is not stored when a person opens this page; empty if it is."""
    return set(Jar().store(line, Context.navigation(url), NOW).reasons)


def header(jar: Jar, context: Context, now: int = NOW) -> str:
    """The Cookie header of a request."""
    return jar.send(context, now).header


def jar_with(*lines: str | bytes, url: str = "https://www.example.com/", third_party: bool = True, now: int = NOW) -> Jar:
    """A jar after a person opened this page, which set these cookies; all of them are stored."""
    jar = Jar(third_party=third_party)
    for line in lines:
        assert jar.store(line, Context.navigation(url), now).stored, line
    return jar
