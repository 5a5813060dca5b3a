"""On what terms a session is kept: the life and the cookie that its row states, and when today's policy replaces them."""

from dataclasses import dataclass, field
from typing import Any

from sessile.session import codec
from sessile.session.codec import Payload
from sessile.session.cookie import CookiePolicy, Identity
from sessile.session.expiry import Expiry
from sessile.session.session import Record, Session

UNSTATED_LIFE = 86_400_000
"""How long Express keeps a row whose cookie ends with the browser, in milliseconds (connect-pg-simple, `getExpireTime`)."""

ADOPTED = "adopted"
"""Noted in a row that Express made: its cookie stays as Express wrote it."""

OWN_LIFE = "own_life"
"""Noted in a row whose life the application chose by `remember`."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Today's policy, and how it meets what a row says."""

    policy: CookiePolicy
    expiry: Expiry
    counts_from_creation: bool = field(init=False, repr=False, compare=False)
    """Whether a limit counts from a session's creation, which must then be noted."""
    _attributes: tuple[Any, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        policy, expiry = self.policy, self.expiry
        attributes = (policy.http_only, policy.path, policy.same_site, policy.domain or None, policy.partitioned)
        object.__setattr__(self, "_attributes", attributes)
        object.__setattr__(self, "counts_from_creation", expiry.absolute is not None or expiry.rotate is not None)

    def life(self, record: Record) -> int:
        """How long a stored session lives from its last use, in milliseconds: what its row says, else what its maker assumes."""
        stated = record.cookie.get("originalMaxAge")
        return stated if type(stated) is int and stated > 0 else self._life(record)

    def expires(self, record: Record, now: int) -> int:
        """When a stored session that is used now expires, in epoch milliseconds."""
        return min(now + self.life(record), self.expiry.end(record.created or now))

    def id_made(self, record: Record, now: int) -> int:
        """When a session got its id, in epoch milliseconds; where that was not noted, it has it from its creation."""
        return codec.moment(record.own, "id_made") or record.created or now

    def outdated(self, record: Record) -> bool:
        """Whether a session that sessile made has a cookie of an earlier policy.

        Secure "auto" has no say: it follows each request, and would go to and fro.
        """
        own, cookie = record.own, record.cookie
        if not own or ADOPTED in own:
            return False
        get, policy = cookie.get, self.policy
        stored = (get("httpOnly"), get("path"), get("sameSite"), get("domain"), get("partitioned", False))
        if stored != self._attributes or (policy.secure != "auto" and get("secure") is not policy.secure):
            return True
        return (get("expires") is not None) is not policy.persistent and OWN_LIFE not in own

    def left_behind(self, record: Record) -> Identity | None:
        """The cookie of an earlier policy that stays in the browser beside today's, unless it is expired there."""
        identity = Identity.of(record.cookie) if self.outdated(record) else None
        return None if identity == self.policy.identity else identity

    def draft(
        self, session: Session, base: Record | None, session_id: str, *, https: bool, now: int, rotated: bool = False
    ) -> Record:
        """The row to write for a session that was stored as `base`, or not yet. Raises UnserializableError.

        `rotated`: the id of `base` leads to the new one until its grace is over.
        """
        cookie = self._cookie(base, session, https)
        own = self._own(base, session, now)
        if base is not None and session_id != base.id:
            self._note_id(own, now, base.id if rotated else None)
        record = Record(session_id, "", 0, cookie, own, codec.moment(own, "created"), None)
        record.expires = self.expires(record, now)
        if cookie.get("expires") is not None:
            cookie["expires"] = codec.iso(record.expires)
        record.text, record.mark = codec.encode(Payload(session, cookie, own))
        return record

    def _life(self, record: Record) -> int:
        cookie = record.cookie
        if not cookie:
            return self.expiry.idle_ms
        own = codec.moment(cookie, "originalMaxAge") if OWN_LIFE in record.own else None
        if own is not None:
            return own
        return codec.max_age_of(cookie) or (self.expiry.idle_ms if self._is_ours(record) else UNSTATED_LIFE)

    def _is_ours(self, record: Record) -> bool:
        own = record.own
        return bool(own) and (ADOPTED not in own or OWN_LIFE in own)

    def _cookie(self, base: Record | None, session: Session, https: bool) -> dict[str, Any]:
        kept = base.cookie if base is not None and not self.outdated(base) else {}
        cookie = dict(kept) or self._todays(base, https)
        if session.lifetime is not None:
            life = session.lifetime.milliseconds
            cookie |= {"originalMaxAge": life, "expires": None if life is None else codec.iso(0)}
        return cookie

    def _todays(self, base: Record | None, https: bool) -> dict[str, Any]:
        """A cookie of today's policy; what it replaces goes on to say how long the session lives, and under "auto", Secure."""
        policy = self.policy
        max_age, secure = self.expiry.idle_ms if policy.persistent else None, policy.is_secure(https)
        if base is not None and base.cookie:
            persistent = base.cookie.get("expires") is not None
            if OWN_LIFE in base.own or persistent is policy.persistent:
                max_age = codec.max_age_of(base.cookie)
            if policy.secure == "auto":
                secure = bool(base.cookie.get("secure"))
        return codec.express_cookie(policy, max_age=max_age, expires=None if max_age is None else 0, secure=secure)

    def _own(self, base: Record | None, session: Session, now: int) -> dict[str, Any]:
        own: dict[str, Any] = {"created": now} if base is None else {**base.own, "created": base.created or now}
        if base is not None and base.cookie and not base.own:
            own[ADOPTED] = True
        if session.lifetime is not None:
            own[OWN_LIFE] = True
        if own.pop("next", None) is not None or (codec.moment(own, "until") or now) < now:
            own.pop("was", None)
            own.pop("until", None)
        return own

    def _note_id(self, own: dict[str, Any], now: int, rotated: str | None) -> None:
        """Note when the id was made, where ids are exchanged, and which one still leads to it."""
        for name in ("id_made", "was", "until"):
            own.pop(name, None)
        if self.expiry.rotate is not None:
            own["id_made"] = now
        if rotated is not None:
            own |= {"was": rotated, "until": now + self.expiry.grace_ms}
