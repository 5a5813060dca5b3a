"""What a page holds for whoever logs in or out: forms with hidden fields, a CSRF token, a logout."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

_TOKEN = re.compile(r"[cx]srf|authenticity[_-]?token|forgery|^_token$", re.IGNORECASE)
_LOGOUT = re.compile(r"(?:log|sign)[-_]?(?:out|off)\b", re.IGNORECASE)
_EVERYWHERE = re.compile(r"(?:out|off)[-_/]?all|\ball\b|every|others?\b|devices?|global", re.IGNORECASE)
_COOKIES = {"xsrf-token": "X-XSRF-TOKEN", "csrftoken": "X-CSRFToken"}


@dataclass(slots=True)
class Form:
    """A form: where it leads, how, and its hidden fields; `password` tells that it asks for one."""

    action: str
    method: str
    hidden: dict[str, str] = field(default_factory=dict)
    password: bool = False


@dataclass(slots=True)
class Page:
    """The forms, links and meta tags of one page."""

    url: str
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    code: bool = False
    """Whether it asks for a code that is good once."""

    def form_for(self, url: str) -> Form | None:
        """The form that leads to that URL, else the one that asks for a password."""
        path = urlsplit(url).path
        fits = [form for form in self.forms if urlsplit(form.action).path == path and form.method == "POST"]
        return next(
            iter([form for form in fits if form.password] or fits or [form for form in self.forms if form.password]), None
        )

    @property
    def token(self) -> str | None:
        """The CSRF token that a script of this page would send as a header: of a meta tag, else of a hidden field."""
        hidden = [(name, value) for form in self.forms for name, value in form.hidden.items()]
        return next((value for name, value in (*self.meta.items(), *hidden) if _TOKEN.search(name) and value), None)

    @property
    def logout(self) -> Form | None:
        """How this page ends its own session; what ends the user's other ones, too, is left alone."""
        found = [form for form in self.forms if form.method == "POST"] + [Form(link, "GET") for link in self.links]
        return next((one for one in found if self._ends_own_session(one.action)), None)

    def _ends_own_session(self, url: str) -> bool:
        parts = urlsplit(url)
        own = parts.netloc == urlsplit(self.url).netloc
        return own and bool(_LOGOUT.search(parts.path)) and not _EVERYWHERE.search(f"{parts.path}?{parts.query}")


def read(url: str, body: str, media_type: str) -> Page:
    """What a response holds: HTML is read as a page, of JSON the members that name a CSRF token."""
    page = Page(url)
    if "json" in media_type:
        page.meta = dict(_members(body))
    elif "html" in media_type:
        reader = _Reader(page)
        reader.feed(body)
    return page


def token_of_cookies(cookies: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
    """The header in which a script repeats a CSRF cookie (double submit): its name and value; None without such a cookie."""
    for name, value in cookies:
        if header := _COOKIES.get(name.lower()) or ("X-CSRF-Token" if _TOKEN.search(name) else None):
            return header, unquote(value)
    return None


def _members(body: str) -> Iterable[tuple[str, str]]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    members = said.items() if isinstance(said, dict) else ()
    return [(name, value) for name, value in members if isinstance(value, str) and (_TOKEN.search(name) or name == "token")]


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what matters of a tag."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self._page.url, given.get("action", "")) or self._page.url
            self._form = Form(action, given.get("method", "get").upper())
            self._page.forms.append(self._form)
        elif tag == "a" and given.get("href"):
            self._page.links.append(urljoin(self._page.url, given["href"]))
        elif tag == "meta" and given.get("name") and given.get("content"):
            self._page.meta[given["name"]] = given["content"]
        elif tag == "input":
            self._page.code = self._page.code or given.get("autocomplete", "").lower() == "one-time-code"
            if self._form:
                self._input(self._form, given)

    def handle_endtag(self, tag: str) -> None:
        """Leave a form."""
        if tag == "form":
            self._form = None

    def _input(self, form: Form, given: dict[str, str]) -> None:
        kind = given.get("type", "text").lower()
        if kind == "password":
            form.password = True
        if kind == "hidden" and given.get("name"):
            form.hidden[given["name"]] = given.get("value", "")
