"""Sessions from before a change of the cookie's options go on with their old attributes.

Symptom: since secure, sameSite or domain was mended, new logins work; whoever was logged in before still has the old trouble.
Evidence: express-session keeps the cookie's options in each row, and a row's win over the configuration. Live rows saved before
    one moment have other attributes than all that were saved after it; a recording shows the old ones set after that moment.
Tell apart: a fresh login gets the new attributes. Rows that differ because of the request (secure: 'auto', a "remember me") are
    saved side by side, not one after the other.
Fix: write the new attributes into the old rows; no session is lost. Where Domain or Path changed, let the old cookie expire too,
    or browsers keep both.
"""

from sessile.doctor.causes import code, sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.cookies import CookieSet
from sessile.doctor.facts.database import RowCookies, Rows
from sessile.doctor.findings import Confirmed, Finding, Level, Noted, Remedy, RuledOut, Undecided
from sessile.doctor.visits import visits

ENTRIES = ("row-cookie-attributes-stale",)
REMEDY = Remedy(
    "Write the new attributes into the rows from before the change",
    """psql "$DATABASE_URL" -c "UPDATE session SET sess = jsonb_set(sess::jsonb, '{cookie,sameSite}', '\\"none\\"')::json\"""",
)
LINKS = {
    "cookie not kept": Level.SOMETIMES,
    "cookie does not come back": Level.SOMETIMES,
    "no cookie came": Level.SOMETIMES,
    "login, then 401": Level.RARELY,
}
WHY = "the old attributes served these users until the change; they end with their sessions"
REMARK = "Sessions from before a change of the cookie's options keep their old attributes"
RECORDED = 0.95


def judge(facts: Facts) -> Finding:
    rows = sight.rows(facts)
    if not isinstance(rows, Rows):
        return rows
    if not (change := _change(rows)):
        return RuledOut("the live rows' cookies have the attributes of the newest, or differ side by side")
    now, before = change
    says = f"{before.rows} live sessions, all saved before the others, set {_said(before)}; those saved since set {_said(now)}"
    shown = Evidence(says, "postgres", "sess.cookie")
    finding = code.possible(facts, LINKS, (shown,), WHY, REMARK)
    sent = _sent_again(facts, now, before) if isinstance(finding, Undecided) else ()
    if sent:
        return Confirmed((shown, *sent), certainty=RECORDED)
    return Noted((shown,), WHY, REMARK) if _apart(now, before) == {"Secure"} else finding


def _change(rows: Rows) -> tuple[RowCookies, RowCookies] | None:
    """The attributes of the rows saved last, and those of rows that were all saved before the first of them."""
    return next(((rows.cookies[0], one) for one in rows.cookies[1:] if one.last < rows.cookies[0].first), None)


def _said(cookies: RowCookies) -> str:
    return cookies.attributes or "no attributes"


def _sent_again(facts: Facts, now: RowCookies, before: RowCookies) -> tuple[Evidence, ...]:
    """An answer that sets the session's cookie with the old attributes, although rows had been saved with the new ones."""
    for visit in visits(facts):
        for one in visit.wire.exchanges:
            cookies = one.response.set_cookies if one.response else ()
            ours = [cookie for cookie in cookies if cookie.name == visit.name] if isinstance(cookies, tuple) else []
            again = one.started / 1000 > now.first and before.attributes in map(_attributes, ours)
            if again and not _by_scheme(now, before, one.request.address.scheme):
                return (visit.wire.evidence(one, f"{one} still sets {visit.name} with {_said(before)}"),)
    return ()


def _by_scheme(now: RowCookies, before: RowCookies, scheme: str) -> bool:
    """Whether they differ as the answers of `secure: 'auto'` do over https and over plain http."""
    return _apart(now, before) == {"Secure"} and ("Secure" in before.attributes) is (scheme == "https")


def _apart(now: RowCookies, before: RowCookies) -> set[str]:
    return set(now.attributes.split("; ")) ^ set(before.attributes.split("; "))


def _attributes(cookie: CookieSet) -> str:
    """In the words of `RowCookies`, as far as the order of the attributes goes."""
    told = (f"Path={cookie.path}" if cookie.path else "", f"Domain={cookie.domain}" if cookie.domain else "")
    flags = ("Secure" if cookie.secure else "", f"SameSite={cookie.same_site.value}" if "samesite" in cookie.attributes else "")
    return "; ".join(filter(None, (*told, *flags)))
