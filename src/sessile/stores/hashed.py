"""Ids hashed at rest: what stands in the store opens no session, and leads to none.

A row's id is the SHA-256 of the cookie's. Where ids rotate, a row also names another id: the one that took its place, or the one
before. Those are sealed with a key that is made of the row's own id, which only the cookie holds.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import Any, Literal

from sessile.errors import ConfigurationError, StoreError
from sessile.session.codec import OWN_KEY, Unreadable, decode
from sessile.session.store import Answer, Create, Delete, Load, Replace, Rotate, Stored, Touch, Update, Want

MARK = "sha256-"
"""How the id of a hashed row begins; no id of express-session does, for those have 32 characters."""

LENGTH = len(MARK) + 43

SEALED = "~"

NAMING = ("next", "was")
"""What a row notes that is an id (`sessile.session.rotation`)."""

Answers = Sequence[Answer | StoreError]
Performing = Generator[Sequence[Want], Answers, Answers]
HashIds = bool | Literal["accept", "prefer"]


class Form(Enum):
    """How the id of a row is written."""

    PLAIN = "plain"
    HASHED = "hashed"


@dataclass(frozen=True, slots=True)
class HashedIds:
    """Performs wants under hashed ids. `forms` are those that rows may have: new rows get the first, the others are looked for as
    long as there are any.
    """

    forms: tuple[Form, ...]

    @classmethod
    def of(cls, hash_ids: HashIds) -> "HashedIds | None":
        """Read the option of a store; None where ids are stored as they are. Raises ConfigurationError for another word.

        `accept` finds sessions in both forms and makes plain ones, `prefer` finds both and makes hashed ones: the two steps in
        which a service of several instances changes over without a logout.
        """
        if hash_ids is False:
            return None
        forms = {True: (Form.HASHED,), "prefer": (Form.HASHED, Form.PLAIN), "accept": (Form.PLAIN, Form.HASHED)}
        if hash_ids not in forms:
            raise ConfigurationError(f'hash_ids is True, False, "accept" or "prefer", not {hash_ids!r}')
        return cls(forms[hash_ids])

    def performing(self, wants: Sequence[Want]) -> Performing:
        """Yield what to ask of the rows themselves, and be sent the answers; returns those of the wants."""
        answers: list[Answer | StoreError] = [None] * len(wants)
        left = list(range(len(wants)))
        for form in self.forms:
            told = yield [self._written(wants[place], form) for place in left]
            for place, answer in zip(left, told, strict=True):
                answers[place] = self._read(wants[place], answer, form)
            left = [place for place in left if _missed(wants[place], answers[place])]
            if not left:
                break
        if also := [want.old for want in wants if isinstance(want, Replace) and want.was is None]:
            for form in self.forms[1:]:
                yield [Delete(_id(old, form)) for old in also]
        return answers

    def sole(self, session_id: str | None) -> str | None:
        """The id under which a new row of that id stands."""
        return None if session_id is None else _id(session_id, self.forms[0])

    def _written(self, want: Want, form: Form) -> Want:
        """The want for a row of a form; a row that it makes gets the first."""
        new = self.forms[0]
        match want:
            case Load(id):
                return Load(_id(id, form))
            case Create(id, text, expires):
                return Create(_id(id, new), _text(text, id, new), expires)
            case Update(id, text, expires, was):
                return Update(_id(id, form), _text(text, id, form), expires, _text(was, id, form))
            case Touch(id, expires, lazily):
                return Touch(_id(id, form), expires, lazily and len(self.forms) == 1)
            case Delete(id, alias, was, why):
                before = None if was is None else _text(was, id, form)
                return Delete(_id(id, form), None if alias is None else _id(alias, form), before, why)
            case Replace(old, id, text, expires, was, alias):
                before = None if was is None else _text(was, old, form)
                after = _text(text, id, new)
                return Replace(_id(old, form), _id(id, new), after, expires, before, None if alias is None else _id(alias, form))
            case Rotate(old, id, text, expires, was, alias_text, alias_expires):
                before, after, alias = _text(was, old, form), _text(text, id, new), _text(alias_text, old, form)
                return Rotate(_id(old, form), _id(id, new), after, expires, before, alias, alias_expires)

    def _read(self, want: Want, answer: Answer | StoreError, form: Form) -> Answer | StoreError:
        made = self.forms[0] if isinstance(want, Create | Replace | Rotate) else form
        if made is Form.PLAIN:
            return answer
        if isinstance(answer, Stored):
            return Stored(_opened(answer.text, want.id), answer.expires)
        return _opened(answer, want.id) if isinstance(answer, str) else answer


def hashed(session_id: str) -> str:
    """What stands in the store for an id."""
    return MARK + urlsafe_b64encode(sha256(session_id.encode()).digest()).decode().rstrip("=")


def _id(session_id: str, form: Form) -> str:
    return hashed(session_id) if form is Form.HASHED else session_id


def _missed(want: Want, answer: Answer | StoreError) -> bool:
    """Whether the row may stand under the other form; a new row is made in the first alone."""
    return not isinstance(want, Create) and (answer is None or answer is False)


def _text(text: str, session_id: str, form: Form) -> str:
    return _sealed(text, session_id) if form is Form.HASHED else text


def _sealed(text: str, session_id: str) -> str:
    """The text with each id that it notes sealed; nothing else of it changes."""
    for name, noted in _noted(text).items():
        if not noted.startswith(SEALED):
            code = urlsafe_b64encode(_mixed(noted.encode(), name, session_id)).decode()
            text = text.replace(json.dumps(noted, ensure_ascii=False), f'"{SEALED}{code}"')
    return text


def _opened(text: str, session_id: str) -> str:
    """The text as it was before it was sealed."""
    for name, noted in _noted(text).items():
        if noted.startswith(SEALED):
            plain = _mixed(urlsafe_b64decode(noted.removeprefix(SEALED)), name, session_id).decode(errors="replace")
            text = text.replace(f'"{noted}"', json.dumps(plain, ensure_ascii=False))
    return text


def _noted(text: str) -> dict[str, str]:
    if not any(f'"{name}"' in text for name in NAMING) or f'"{OWN_KEY}"' not in text:
        return {}
    try:
        own: dict[str, Any] = decode(text).own
    except Unreadable:
        return {}
    return {name: own[name] for name in NAMING if isinstance(own.get(name), str)}


def _mixed(noted: bytes, name: str, session_id: str) -> bytes:
    """Bytes mixed with a stream of their own for each row and name (SHA-256 in counter mode): once seals, twice opens."""
    blocks = (sha256(f"{SEALED}{name}{block}:{session_id}".encode()).digest() for block in range(len(noted) // 32 + 1))
    return bytes(one ^ other for one, other in zip(noted, b"".join(blocks), strict=False))
