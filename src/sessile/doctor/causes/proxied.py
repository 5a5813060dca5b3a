"""What nginx's configuration, as it was given, does to the session's cookie on its way."""

from collections.abc import Iterator

from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.deployment import Location
from sessile.doctor.visits import visits

CERTAINTY = 0.95
KEPT_ANYWAY = ("401", "403", "any", "302")
"""Statuses that say that nobody is logged in, and that a cache keeps where it is told to."""
PERSONAL = ("cookie", "authorization", "session", "sid", "auth")
"""Words in a cache's key or condition by which it tells people apart."""


def strips_cookie(facts: Facts) -> tuple[Evidence, ...]:
    """The locations that send another Cookie header to the service than the visitor's."""
    return _unless_it_works(
        facts,
        (
            Evidence(f"location {one.path} sends Cookie: {sent.value or 'nothing'} to the service", "deployment", sent.pointer)
            for one in locations(facts)
            if (sent := one.sent("cookie")) and "$http_cookie" not in sent.value
        ),
    )


def hides_set_cookie(facts: Facts) -> tuple[Evidence, ...]:
    """The locations that take Set-Cookie out of the answer."""
    return _unless_it_works(
        facts,
        (
            Evidence(f"location {one.path} takes Set-Cookie out of the answer", "deployment", field.pointer)
            for one in locations(facts)
            for field in one.hides
            if field.name == "set-cookie"
        ),
    )


def moves_cookie(facts: Facts) -> tuple[Evidence, ...]:
    """The locations whose cookies are given a path where they are not sent back to."""
    return _unless_it_works(
        facts,
        (
            Evidence(
                f"location {one.path} puts cookies under {field.value}, so they do not come back", "deployment", field.pointer
            )
            for one in locations(facts)
            for field in one.cookie_paths
            if field.name in ("/", "~")
            and field.value.startswith("/")
            and not one.path.startswith(field.value.rstrip("/") or "/")
        ),
    )


def ends_tls(facts: Facts) -> tuple[Evidence, ...]:
    """What stands before the service and takes https from visitors, so that the service is asked by http."""
    platforms = (
        Evidence(f"Render takes https for {service.name}, and asks it by http", "deployment", service.pointer)
        for service in facts.deployments.web
        if service.platform == "Render" and any(host.endswith(".onrender.com") for host in service.hosts)
    )
    proxies = (
        Evidence(f"location {one.path} takes https from visitors", "deployment", one.pointer)
        for one in locations(facts)
        if one.tls
    )
    return (*platforms, *proxies)


def hides_https(facts: Facts) -> tuple[Evidence, ...]:
    """The locations that visitors reach by https, and that do not say so to the service."""
    return tuple(
        Evidence(f"location {one.path} is reached by https, and X-Forwarded-Proto is not set for it", "deployment", one.pointer)
        for one in locations(facts)
        if one.tls and one.complete and one.sent("x-forwarded-proto") is None and one.sent("forwarded") is None
    )


def keeps_refusals(facts: Facts) -> tuple[Evidence, ...]:
    """The locations whose cache keeps "not logged in" for everybody."""
    return _unless_it_works(
        facts,
        (
            Evidence(
                f"location {one.path} keeps answers of status {one.cache.valid[0]} for everybody, whatever cookie comes",
                "deployment",
                one.cache.pointer,
            )
            for one in locations(facts)
            if one.cache and any(status in KEPT_ANYWAY for status in one.cache.valid) and not _tells_people_apart(one)
        ),
    )


def keeps_answers(facts: Facts) -> tuple[Evidence, ...]:
    """The locations whose cache may give one visitor's answer to another."""
    return tuple(
        Evidence(f"location {one.path} is cached, and nothing tells one visitor from another", "deployment", one.cache.pointer)
        for one in locations(facts)
        if one.cache and one.cache.valid and not _tells_people_apart(one)
    )


def locations(facts: Facts) -> Iterator[Location]:
    """The locations of the service itself: those of files that are the same for everybody do not matter."""
    yield from (one for one in facts.deployments.locations if not one.serves_files)


def _tells_people_apart(location: Location) -> bool:
    cache = location.cache
    words = (cache.key, *cache.spares) if cache else ()
    return any(word in text.lower() for text in words for word in PERSONAL) or "1" in (cache.spares if cache else ())


def _unless_it_works(facts: Facts, found: Iterator[Evidence]) -> tuple[Evidence, ...]:
    """Nothing where a recording shows that a user is let in with the cookie of the login: the file is not what runs."""
    works = any(visit.came_back(one) for visit in visits(facts) for one in visit.let_in)
    return () if works else tuple(found)
