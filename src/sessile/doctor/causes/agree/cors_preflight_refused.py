"""The service refuses the browser's preflight, so the request itself is never sent.

Symptom: only calls with JSON, PUT, DELETE or a header of their own fail, and the page takes the user for logged out;
    simple GETs work, and so does every tool that is no browser.
Evidence: an OPTIONS request is answered 401, 403, 404 or with a redirect, or does not allow the method or a header that
    is asked for. Preflights never carry cookies, so a guard before CORS always turns them away. The browser's reasons
    are PreflightInvalidStatus, PreflightDisallowedRedirect, MethodDisallowedByPreflightResponse,
    HeaderDisallowedByPreflightResponse. A recording that hides preflights still shows that the page reads the answers
    to simple requests and to no others.
Tell apart: the request after a preflight that was let through and then answered 401 is another matter: that one had its
    chance to carry a cookie. A preflight whose origin is wrong is agree-cors-origin-not-allowed.
Fix: answer CORS before sessions, guards and redirects; allow the methods and headers that the page uses.
"""

from sessile.doctor.causes import crossing
from sessile.doctor.cors import Rule
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy

ENTRIES = ("cors-preflight-unauthorised",)
REMEDY = Remedy(
    "Let CORS answer OPTIONS before the guard sees it",
    changes=(
        Change(
            "Express",
            "app.use(requireLogin)\napp.use(cors({ origin: 'https://shop.example', credentials: true }))",
            "app.use(cors({ origin: 'https://shop.example', credentials: true }))\napp.use(requireLogin)",
        ),
        Change(
            "Starlette and FastAPI (the middleware added last is the first to see a request)",
            "app.add_middleware(CORSMiddleware, ...)\napp.add_middleware(RequireLogin)",
            "app.add_middleware(RequireLogin)\napp.add_middleware(\n    CORSMiddleware, allow_origins=['https://shop.example'],"
            " allow_credentials=True,\n    allow_methods=['GET', 'POST', 'PUT', 'DELETE'], allow_headers=['Content-Type', "
            "'X-CSRF-Token'],\n)",
        ),
        Change(
            "Flask (flask-cors)",
            "@app.before_request\ndef require_login():\n    if 'user' not in session:\n        abort(401)",
            "@app.before_request\ndef require_login():\n    if request.method != 'OPTIONS' and 'user' not in session:\n"
            "        abort(401)",
        ),
        Change(
            "Django (django-cors-headers)",
            "MIDDLEWARE = ['shop.middleware.RequireLogin', 'corsheaders.middleware.CorsMiddleware', ...]",
            "MIDDLEWARE = ['corsheaders.middleware.CorsMiddleware', ..., 'shop.middleware.RequireLogin']",
        ),
    ),
)
LINKS = {crossing.WITHHELD: Level.ALWAYS, crossing.ONLY_PREFLIGHTED: Level.USUALLY}


def judge(facts: Facts) -> Finding:
    rules = (Rule.PREFLIGHT_STATUS, Rule.PREFLIGHT_REDIRECT, Rule.METHOD, Rule.HEADER)
    if refused := crossing.refused(facts, *rules):
        return Confirmed(refused[0].evidence, certainty=max(one.certainty for one in refused))
    return crossing.nothing(facts)
