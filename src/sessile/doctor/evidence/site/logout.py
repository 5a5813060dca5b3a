"""The end of the probe's own session: the logout that was given, or one that a page of the user's shows."""

from collections.abc import Sequence
from urllib.parse import urlencode

from sessile.doctor.evidence.site import login, page
from sessile.doctor.evidence.site.page import Form
from sessile.doctor.evidence.site.plan import Plan
from sessile.doctor.evidence.site.visitor import Done, Step, Visitor
from sessile.doctor.facts.exchange import Role


def request(plan: Plan, visitor: Visitor, seen: Sequence[Done], opened: str) -> Step | None:
    """The logout, None where there is none: nothing is guessed, and what would end the user's other sessions is left alone."""
    if plan.logout:
        header = login.token(visitor, plan.logout, seen)
        return Step("logout", plan.logout, Role.LOGOUT, "POST", opened, not plan.form, (header,) if header else ())
    if plan.origin is None:
        seen = [*seen, visitor.take(Step("page after login", seen[-1].url if plan.form else plan.site, page=opened))]
    for done in reversed(seen):
        read = page.read(done.url, done.answer.text, done.answer.first("content-type").lower()) if done.answer else None
        if read and (form := read.logout):
            return _by(form, done.url)
    return None


def _by(form: Form, shown_on: str) -> Step:
    if form.method == "GET":
        return Step("logout", form.action, Role.LOGOUT, page=shown_on)
    media = (("Content-Type", "application/x-www-form-urlencoded"),)
    return Step("logout", form.action, Role.LOGOUT, "POST", shown_on, False, media, urlencode(form.hidden).encode())
