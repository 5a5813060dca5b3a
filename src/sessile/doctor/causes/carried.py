"""What carries live sessions over a change: rows copied from another database, a cookie that is still read where it got a new
name, or where another layer kept the session in it.
"""

from sessile.doctor.findings import Change

COPY = (
    """psql "$OLD_URL" -c "COPY (SELECT sid, sess, expire FROM session WHERE expire > now()) TO STDOUT" """
    """| psql "$DATABASE_URL" -c "CREATE TEMP TABLE old AS SELECT sid, sess, expire FROM session LIMIT 0" """
    """-c "COPY old FROM STDIN" """
    """-c "INSERT INTO session (sid, sess, expire) SELECT sid, sess, expire FROM old ON CONFLICT DO NOTHING\""""
)
"""Copies the live rows of one database into the session table of another; rows that are there already stay as they are."""

OLD_NAME_IN_EXPRESS = """app.use((req, res, next) => {   // the old name, for as long as cookies of it may live
  const cookie = req.headers.cookie ?? ''
  if (!/(^|; *)shop\\.sid=/.test(cookie)) req.headers.cookie = cookie.replace(/(^|; *)connect\\.sid=/g, '$1shop.sid=')
  next()
})
"""

NEW_NAME = (
    Change("Express", "app.use(session({ secret }))", f"{OLD_NAME_IN_EXPRESS}app.use(session({{ secret, name: 'shop.sid' }}))"),
    Change("sessile (Starlette, FastAPI, Flask)", "CookiePolicy()", 'CookiePolicy(name="shop.sid", name_before="connect.sid")'),
    Change(
        "Starlette and FastAPI",
        "app.add_middleware(SessionMiddleware, secret_key=key)",
        """app.add_middleware(SessionMiddleware, secret_key=key, session_cookie="shop_session")


class OldName:   # the old name, for as long as cookies of it may live
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        headers = scope.get("headers", [])
        if not any(name == b"cookie" and b"shop_session=" in value for name, value in headers):
            headers = [(name, re.sub(rb"(^|; *)session=", rb"\\1shop_session=", value)) for name, value in headers]
        await self.app({**scope, "headers": headers}, receive, send)


app.add_middleware(OldName)   # added last, it runs first""",
    ),
    Change(
        "Flask",
        'SESSION_COOKIE_NAME = "session"',
        """SESSION_COOKIE_NAME = "shop_session"


def old_name(environ, start_response, wsgi=app.wsgi_app):   # for as long as cookies of the old name may live
    cookies = environ.get("HTTP_COOKIE", "")
    if "shop_session=" not in cookies:
        environ["HTTP_COOKIE"] = re.sub("(^|; *)session=", r"\\1shop_session=", cookies)
    return wsgi(environ, start_response)


app.wsgi_app = old_name""",
    ),
    Change(
        "Django",
        'SESSION_COOKIE_NAME = "sessionid"',
        """SESSION_COOKIE_NAME = "shop_sessionid"


def old_name(get_response):   # the first of MIDDLEWARE, for as long as cookies of the old name may live
    def middleware(request):
        if "sessionid" in request.COOKIES:
            request.COOKIES.setdefault("shop_sessionid", request.COOKIES["sessionid"])
        return get_response(request)

    return middleware""",
    ),
)
"""A new name for the cookie, its old name still read, in each framework."""

FROM_COOKIE_SESSION = """app.use((req, res, next) => {   // who comes with a cookie of before, for as long as it may live
  const before = new Cookies(req, res, { keys: [secret] }), old = before.get('session', { signed: true })
  if (old && !req.session.userId) Object.assign(req.session, JSON.parse(Buffer.from(old, 'base64')))
  if (old) for (const name of ['session', 'session.sig']) before.set(name, null, { signed: false })
  next()
})"""

ON_THE_SERVER = (
    Change(
        "Express",
        "const session = require('cookie-session')\napp.use(session({ keys: [secret] }))",
        "const session = require('express-session')\nconst Cookies = require('cookies')   // which cookie-session is made of\n"
        f"app.use(session({{ secret, store: new PgStore({{ pool }}) }}))\n{FROM_COOKIE_SESSION}",
    ),
    Change(
        "Starlette and FastAPI",
        "from starlette.middleware.sessions import SessionMiddleware\napp.add_middleware(SessionMiddleware, secret_key=secret)",
        "from sessile.integrations.starlette import SessionMiddleware   # takes over who comes with a cookie of before\n"
        "app.add_middleware(SessionMiddleware, secret_key=secret, store=PostgresStore(url))",
    ),
    Change(
        "Flask",
        "app.secret_key = secret",
        "app.secret_key = secret   # reads the cookies of before\nSessions(app, store=PostgresStore(url), secret=another)",
    ),
    Change(
        "Django",
        'SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"',
        'SESSION_ENGINE = "sessile.integrations.django"\n'
        'SESSILE = {"predecessor": "django.contrib.sessions.backends.signed_cookies"}   # reads the cookies of before',
    ),
)
"""Sessions kept on the server that were kept in the cookie, which is still read, in each framework."""
