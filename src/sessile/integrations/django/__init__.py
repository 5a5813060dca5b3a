"""Sessions for Django, by one setting: `SESSION_ENGINE = "sessile.integrations.django"`.

    SESSILE = {"store": DATABASE_URL, "secret": SESSION_SECRET}

A session's key is the value of its cookie, signed as Express signs it, so that Django's own session middleware, test client and
admin work as they are. `SessionMiddleware`, in the place of Django's own, answers an outage with 503.
"""

from sessile.integrations.django.middleware import SessionMiddleware as SessionMiddleware
from sessile.integrations.django.store import SessionStore as SessionStore
