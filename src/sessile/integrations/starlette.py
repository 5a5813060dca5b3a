"""In the place of `starlette.middleware.sessions`: the same options, and the sessions in its signed cookies are taken over."""

import json
from base64 import b64decode
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Unpack

import itsdangerous

from sessile.errors import ConfigurationError, SecretError
from sessile.integrations.asgi import Application, SessionMiddleware as AsgiMiddleware
from sessile.integrations.asgi.options import Options
from sessile.integrations.predecessor import candidates, weakness_of
from sessile.integrations.secrets import Secret
from sessile.session.cookie import CookiePolicy, SameSite
from sessile.session.inheritance import Inherited
from sessile.session.keyring import ADVICE
from sessile.session.store import Store
from sessile.session.strength import weakness

FORTNIGHT_SECONDS = 14 * 24 * 60 * 60
LONGEST_SECONDS = 400 * 24 * 60 * 60
"""How long a browser keeps any cookie (RFC 6265bis, 5.5): so old a signature without a time limit is taken over."""


class SessionMiddleware(AsgiMiddleware):
    """Takes what Starlette's own takes: `max_age` in seconds (None: the cookie ends with the browser), `https_only` for Secure.

    `store` None takes `DATABASE_URL`; `secret` None signs with `secret_key`, which must not be easy to guess. Whoever comes with
    a cookie that Starlette signed with `secret_key`, or with one of `old_secrets`, is let in and gets a row; no such cookie is
    ever signed again. As with Starlette, a session that was cleared is no more, and its cookie goes. `old_cookie` is the name of
    those of before where it was another than `session_cookie` is now: instances of before and after the change then serve the
    same visitors side by side. `options` are those of `sessile.SessionMiddleware`; `cookie` and `idle` follow from these.
    """

    tracks_access = True
    ends_empty = True

    def __init__(  # noqa: PLR0917 - the order is Starlette's
        self,
        app: Application,
        secret_key: object = None,
        session_cookie: str = "session",
        max_age: int | None = FORTNIGHT_SECONDS,
        path: str = "/",
        same_site: SameSite = "lax",
        https_only: bool = False,
        domain: str | None = None,
        partitioned: bool = False,
        *,
        store: Store | str | None = None,
        secret: Secret = None,
        old_secrets: Iterable[object] = (),
        old_cookie: str | None = None,
        **options: Unpack[Options],
    ) -> None:
        keys = [str(key) for key in (secret_key, *old_secrets) if key is not None]
        signs = str(secret_key) if secret is None and secret_key is not None else secret
        wrong: ConfigurationError | None = None if options.get("allow_weak_secret") else _weak(signs)
        idle, cookie = timedelta(seconds=FORTNIGHT_SECONDS), None
        try:
            idle = _idle(max_age)
            cookie = CookiePolicy(
                name=session_cookie,
                path=path,
                domain=domain,
                secure=https_only or "auto",
                same_site=same_site,
                partitioned=partitioned,
                persistent=max_age is not None,
            )
        except ConfigurationError as error:
            wrong = error
        before = SignedCookie(old_cookie or session_cookie, keys, max_age)
        super().__init__(app, store=store, secret=signs, cookie=cookie, idle=idle, predecessor=before, **options)
        self.wrong = wrong or self.wrong


class SignedCookie:
    """Starlette's signed cookies: JSON in base64, with a time stamp, by `itsdangerous.TimestampSigner`."""

    def __init__(self, name: str, secrets: Sequence[str], max_age: int | None) -> None:
        self.name, self.weakness = name, weakness_of(secrets)
        self._signers = [itsdangerous.TimestampSigner(secret) for secret in secrets]
        self._life = LONGEST_SECONDS if max_age is None else max_age

    def read(self, cookies: str, now: int) -> Inherited | None:
        """See `Predecessor.read`; an empty session is none."""
        for value in candidates(cookies, self.name):
            for signer in self._signers:
                try:
                    text, signed = signer.unsign(value, return_timestamp=True)
                    data = json.loads(b64decode(text))
                except (itsdangerous.BadData, ValueError):
                    continue
                ends = (int(signed.timestamp()) + self._life) * 1000
                if data and isinstance(data, dict) and now < ends:
                    return Inherited(value, data, ends)
        return None


def _idle(max_age: int | None) -> timedelta:
    """How long a session lives from its last use. Raises ConfigurationError for a life of no time."""
    if max_age is None:
        return timedelta(seconds=FORTNIGHT_SECONDS)
    if max_age < 1:
        raise ConfigurationError(
            f"max_age={max_age}: a session that ends at once keeps nobody logged in; give its life in seconds, or None for a "
            "cookie that ends with the browser"
        )
    return timedelta(seconds=max_age)


def _weak(signs: Secret) -> SecretError | None:
    why = weakness(signs.encode()) if isinstance(signs, str) else None
    if why is None:
        return None
    return SecretError(
        f"secret_key is easy to guess ({why}): anybody could sign in as anybody; give another one as secret=..., and keep this "
        f"secret_key: cookies that it signed are taken over, and it signs none any more; {ADVICE}"
    )
