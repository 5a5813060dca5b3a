"""Asks Render's API about one service: its variables, its copies, its deploys and restarts, its log (api-docs.render.com)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import orjson

from sessile.doctor.evidence import logs
from sessile.doctor.evidence.deployment import command
from sessile.doctor.evidence.deployment.variables import Given, concurrency, environment_of, node_env
from sessile.doctor.evidence.site.asking import Question, ask
from sessile.doctor.evidence.site.network import Budget
from sessile.doctor.evidence.site.plan import Plan
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.facts import Deployment, Log
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.deployment import Count, Moment, Origin, Role, Service, Variable

SECONDS: Final = 20.0
PAGE: Final = 100
PAGES: Final = 20
"""The most that a page holds, by the API's description, and how many are asked for at most."""
BACK: Final = timedelta(days=1)
"""How far back the log is asked for."""
MOMENTS: Final = {
    "deploy_ended": "a deploy ended",
    "server_restarted": "the service was restarted",
    "server_failed": "the service failed, and was started again",
    "server_hardware_failure": "its machine failed, and it was moved",
    "server_available": "the service came up",
    "instance_count_changed": "the number of its copies was changed",
    "autoscaling_ended": "the number of its copies was changed",
    "plan_changed": "its plan was changed",
    "service_suspended": "the service was suspended",
    "service_resumed": "the service was resumed",
    "maintenance_ended": "a maintenance ended",
    "zero_downtime_redeploy_ended": "the service was deployed again",
}
"""The events after which other processes answer than before."""
REFUSED: Final = {
    401: "Render does not accept the key in RENDER_API_KEY",
    403: "the key in RENDER_API_KEY may not see this service",
    404: "Render knows no such service: its ID is in the dashboard's address, srv-...",
    429: "Render asks to wait: too many requests with this key",
}
ROLES: Final = {"web_service": Role.WEB, "private_service": Role.WEB, "background_worker": Role.WORKER, "cron_job": Role.JOB}


@dataclass(frozen=True, slots=True)
class Platform:
    """What the platform tells of one service. `remarks` say what it did not."""

    deployment: Deployment
    logs: tuple[Log, ...] = ()
    remarks: tuple[str, ...] = ()


def collect(url: str, key: Concealed, *, now: datetime | None = None) -> Platform:
    """Ask about the service at this address of the API. Raises NotEvidence if it does not answer as described.

    Only the service itself is needed: what else it does not tell is a remark. The key goes into the requests and nowhere else.
    """
    base, _, service_id = url.rpartition("/services/")
    api = _Api(base, key)
    service = api.one(f"/services/{quote(service_id)}")
    remarks: list[str] = []
    source = f"render:{service_id}"
    given = _tried(lambda: list(_variables(api, service_id, source)), remarks, "its variables")
    moments = _tried(lambda: list(_moments(api, service_id, source)), remarks, "its deploys and restarts")
    found = _service(service, source, given)
    since = (now or datetime.now(UTC)) - BACK
    lines = _tried(lambda: list(_lines(api, service, since)), remarks, "its log")
    text = b"".join(orjson.dumps(line) + b"\n" for line in lines)
    several = found.instances is not None and found.instances.largest > 1
    log = logs.collect(f"{source} log", text=BytesIO(text), instance=None if several else found.name) if lines else ()
    deployment = Deployment(source=source, services=(found,), moments=tuple(moments))
    return Platform(deployment, log, tuple(remarks))


class _Api:
    """The API with one key, within one bound of time. Each answer is JSON, or a NotEvidence that says why not."""

    def __init__(self, base: str, key: Concealed) -> None:
        self._base, self._key = base, key
        self._plan = Plan(site=base, named=frozenset({urlsplit(base).hostname or ""}))
        self._budget = Budget(SECONDS)

    def one(self, path: str) -> dict[str, Any]:
        """One object."""
        found = self._get(path)
        if not isinstance(found, dict):
            raise NotEvidence("Render's answer is not as its API describes it")
        return found

    def pages(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        """The objects of that name in a list, page after page: each stands beside the cursor that leads on from it."""
        cursor = ""
        for _ in range(PAGES):
            found = self._get(f"{path}?{urlencode({'limit': PAGE, **({'cursor': cursor} if cursor else {})})}")
            items = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
            yield from (one[name] for one in items if isinstance(one.get(name), dict))
            cursor = str(items[-1].get("cursor") or "") if items else ""
            if len(items) < PAGE or not cursor:
                return

    def _get(self, path: str) -> object:
        fields = (("Authorization", f"Bearer {self._key.reveal()}"), ("Accept", "application/json"))
        asked = ask(Question("GET", f"{self._base}{path}", fields), self._plan, self._budget)
        if asked.answer is None:
            raise NotEvidence(f"Render's API gave no answer: {asked.error}")
        if asked.answer.status != 200:
            why = REFUSED.get(asked.answer.status, f"Render's API answered {asked.answer.status}")
            raise NotEvidence(why)
        try:
            return orjson.loads(asked.answer.body)
        except orjson.JSONDecodeError as error:
            raise NotEvidence("Render's API answered something else than JSON") from error


def _tried(look: Any, remarks: list[str], what: str) -> list[Any]:
    try:
        found: list[Any] = look()
    except NotEvidence as error:
        remarks.append(f"{what} could not be had: {error}")
        return []
    return found


def _variables(api: _Api, service_id: str, source: str) -> Iterator[Given]:
    for one in api.pages(f"/services/{quote(service_id)}/env-vars", "envVar"):
        name, value = one.get("key"), one.get("value")
        if isinstance(name, str) and isinstance(value, str):
            yield Given(Variable(name, Origin.WRITTEN, f"{source} {name}"), value)


def _moments(api: _Api, service_id: str, source: str) -> Iterator[Moment]:
    for one in api.pages(f"/services/{quote(service_id)}/events", "event"):
        says, at = MOMENTS.get(str(one.get("type"))), _time(one.get("timestamp"))
        if says and at:
            yield Moment(at, says, f"{source} {one.get('type')}")


def _service(service: dict[str, Any], source: str, given: list[Given]) -> Service:
    details = _object(service.get("serviceDetails"))
    specific = _object(details.get("envSpecificDetails"))
    commands = [("startCommand", specific), ("dockerCommand", specific), ("preDeployCommand", details | specific)]
    name = str(service.get("name") or source)
    host = urlsplit(str(details.get("url") or "")).hostname
    return Service(
        name=name,
        source=source,
        pointer=source,
        platform="Render",
        role=ROLES.get(str(service.get("type")), Role.WEB),
        instances=_instances(details, source),
        variables=tuple(one.variable for one in given),
        environment=environment_of(given, f"{source} ({name})"),
        node_env=node_env(given),
        commands=tuple(
            command.read(text, f"{source} {key}", concurrency=concurrency(given))
            for key, where in commands
            if isinstance(text := where.get(key), str) and text
        ),
        plan=str(details.get("plan") or ""),
        hosts=(host,) if host else (),
        health_check=str(details.get("healthCheckPath") or ""),
    )


def _instances(details: dict[str, Any], source: str) -> Count | None:
    scaling, number = _object(details.get("autoscaling")), details.get("numInstances")
    if scaling.get("enabled") is True and isinstance(most := scaling.get("max"), int):
        least = scaling.get("min")
        return Count(least if isinstance(least, int) else 1, f"{source} autoscaling", most)
    return Count(number, f"{source} numInstances") if isinstance(number, int) else None


def _lines(api: _Api, service: dict[str, Any], since: datetime) -> Iterator[dict[str, Any]]:
    """The log's records in order: each page names the time from which the next goes on."""
    start = since.isoformat()
    for _ in range(PAGES):
        wanted = {"ownerId": service.get("ownerId"), "resource": service.get("id"), "startTime": start, "limit": PAGE}
        page = api.one(f"/logs?{urlencode({**wanted, 'direction': 'forward'})}")
        found = page.get("logs")
        yield from (one for one in (found if isinstance(found, list) else []) if isinstance(one, dict))
        following = page.get("nextStartTime")
        if page.get("hasMore") is not True or not isinstance(following, str) or following == start:
            return
        start = following


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)
