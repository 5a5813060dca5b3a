"""A backend of Django's own logs in users who are not active; their next request finds nobody.

Symptom: some users, mostly new ones who have not confirmed their address, log in and are sent to the login again at once;
    others stay.
Evidence: in the source, a subclass of ModelBackend whose authenticate() looks neither at is_active nor at
    user_can_authenticate(), and leaves get_user() as it is: that one takes a user who is not active for nobody.
Tell apart: the cookie comes back, the row is there and lives, and it names the user. Where everybody is sent away, it is
    something else.
Fix: ask user_can_authenticate(user) in authenticate(), and say why the login is refused. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Finding, Frequency, Level, Need, Noted, Remedy, RuledOut, Unseen

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Refuse the login of users who are not active, and say so",
    changes=(
        Change(
            "Django",
            "if user.check_password(password):",
            "if user.check_password(password) and self.user_can_authenticate(user):",
        ),
    ),
)
LINKS = {
    "login, then 401": Level.SOMETIMES,
    "one login, then 401": Level.SOMETIMES,
    "turned away after the login": Level.SOMETIMES,
    "cookie comes back in vain": Level.SOMETIMES,
}
WHY = "it strikes users who are not active; nothing that was given shows that any logs in"
REMARK = "A login backend lets users in who are not active, and does not know them afterwards"


def judge(facts: Facts) -> Finding:
    coded = code.shown(
        code.in_python(facts, Deed.LOGS_IN_INACTIVE), "{detail} does not ask whether the user is active, and get_user() does"
    )
    if coded and facts.logs and not any(log.count(Kind.AUTHORIZED) for log in facts.logs):
        return Noted(coded, WHY, REMARK)
    if coded:
        return code.possible(facts, LINKS, coded, WHY, REMARK)
    if not code.any_python(facts):
        return Unseen(Need.SOURCE, "no source of a service in Python was given")
    return RuledOut("no backend of the service's own logs in users who are not active")
