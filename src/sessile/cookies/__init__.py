"""Cookies as Chromium keeps and sends them: of a Set-Cookie line and a request, stored or not, sent or not, and why.

>>> jar, now = Jar(), 1_800_000_000_000
>>> login = Context.fetch("https://api.onrender.com/login", page="https://shop.onrender.com/", credentials="include")
>>> print(jar.store("sid=s%3Aabc; HttpOnly; Secure; SameSite=Lax", login, now))
not stored
  SchemefulSameSiteLax: The cookie is SameSite=Lax, and this is neither within one site nor does it open a page by GET.
  The request goes to https://api.onrender.com, and a page around it is of https://shop.onrender.com.

Nothing here has a clock or does I/O. Where Chromium and RFC 6265bis differ, the model does as Chromium does; `differences.md`
lists these points. The public suffix list needs the package publicsuffixlist (`pip install sessile[doctor]`).
"""

from sessile.cookies.context import Context, Credentials, Kind, Opaque, Partition, SameSiteContext
from sessile.cookies.cookie import Cookie
from sessile.cookies.date import parse_date
from sessile.cookies.jar import Jar
from sessile.cookies.objection import Objection
from sessile.cookies.reason import Caution, Reason
from sessile.cookies.set_cookie import Priority, SameSite, SetCookie, parse
from sessile.cookies.site import Site, is_public_suffix, registrable_domain
from sessile.cookies.url import Url
from sessile.cookies.verdict import Choice, Outcome, Sending, Setting

__all__ = [
    "Caution",
    "Choice",
    "Context",
    "Cookie",
    "Credentials",
    "Jar",
    "Kind",
    "Objection",
    "Opaque",
    "Outcome",
    "Partition",
    "Priority",
    "Reason",
    "SameSite",
    "SameSiteContext",
    "Sending",
    "SetCookie",
    "Setting",
    "Site",
    "Url",
    "is_public_suffix",
    "parse",
    "parse_date",
    "registrable_domain",
]
