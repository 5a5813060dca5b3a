"""The service does not trust its proxy, so it takes https for http and leaves a Secure cookie out.

Symptom: the login answers 200 without any session cookie in production and works on localhost; each try leaves a row
    in the table that no browser will ever ask for.
Evidence: the visitor came by https, the response has no session cookie, and express-session says "not secured"
    (DEBUG=express-session), while the proxy says X-Forwarded-Proto: https. `trust proxy` is not set, has a value that
    does not cover the proxy's address, is set on another app than the one that serves, or `proxy: false` overrides it.
    Without a recording: the code, and a deployment file that puts a proxy in front which ends TLS (render.yaml, nginx).
Tell apart: asked directly with X-Forwarded-Proto: https, a service that trusts sets the cookie, and then it is
    set-proxy-hides-https or set-proxy-strips-set-cookie. A cookie that cannot be written logs a TypeError and never
    "not secured"; a login that changes no session leaves no row.
Fix: trust one hop (`trust proxy` 1) on the outer app, and leave session()'s own `proxy` out. No session is lost.
"""

from sessile.doctor.causes import code, proxied, unset
from sessile.doctor.causes.unset import Unset
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Literal
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Undecided

ENTRIES = ("secure-without-trust-proxy", "trust-proxy-value-wrong", "trust-proxy-on-other-app")
FREQUENCY = Frequency.VERY_COMMON
REMEDY = Remedy(
    "Trust the one proxy in front, on the outermost app",
    changes=(
        Change(
            "Express",
            "const app = express()\napp.use(session({ proxy: false, cookie: { secure: true } }))",
            "const app = express()\napp.set('trust proxy', 1)\napp.use(session({ cookie: { secure: true } }))",
        ),
        Change(
            "Express, a network that the proxy is not in", "app.set('trust proxy', '10.0.0.0/8')", "app.set('trust proxy', 1)"
        ),
        Change(
            "Express, a mounted app",
            "api.set('trust proxy', 1)\napp.use('/api', api)",
            "app.set('trust proxy', 1)\napp.use('/api', api)",
        ),
        Change(
            "NestJS",
            "const app = await NestFactory.create(AppModule)",
            "const app = await NestFactory.create<NestExpressApplication>(AppModule)\napp.set('trust proxy', 1)",
        ),
    ),
)
LINKS = {
    "login without Set-Cookie": Level.ALWAYS,
    "not secured": Level.SOMETIMES,
    "login, then 401": Level.USUALLY,
    "sessions never seen again": Level.USUALLY,
    "same user logs in again and again": Level.USUALLY,
}


def judge(facts: Facts) -> Finding:
    said, coded = unset.not_secured(facts), _coded(facts)
    if unset.unseen(facts) and said:
        return Confirmed((*said, *coded), certainty=code.BY_CODE) if coded else Undecided(said)
    if coded and not facts.wires and (in_front := proxied.ends_tls(facts)):
        return code.certain(facts, *coded, *in_front[:1])
    if coded and not facts.wires:
        return code.possible(facts, LINKS, coded, WHY, REMARK)
    every = unset.unset(facts)
    logins = [one for one in every if one.by_https]
    if not logins:
        return RuledOut("the login came over plain http, where no proxy is to be trusted") if every else unset.nothing(facts)
    if because := unset.needs_no_https(facts, logins):
        return RuledOut(because)
    proven = next((proof for one in logins if (proof := _proof(one, said))), ())
    return Confirmed((*proven, *coded), certainty=unset.SURE) if proven else unset.undecided(facts, logins, *said, *coded)


REMARK = "The cookie is for https alone, and no proxy is trusted"
WHY = "that is right where the service itself speaks https; behind a proxy no cookie is set"


def _coded(facts: Facts) -> tuple[Evidence, ...]:
    """The code that wants https for its cookie and trusts no proxy to tell of it."""
    found = []
    for source, step, secure in code.options(facts, "cookie.secure"):
        trusted, own = source.setting("trust proxy"), step.setting("proxy")
        trusts = trusted is not None and trusted.value != Literal(value=False)
        believes = own is not None and own.value != Literal(value=False)
        asked = Literal(value=True) in (code.effective(facts, secure.value), code.deployed(facts, secure.value))
        if source.ordered and asked and not trusts and not believes:
            found.append(source.evidence(secure.place, "the cookie is for https alone, and no `trust proxy` is set"))
    return tuple(found)


def _proof(one: Unset, said: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """The service was told of https, and the cookie is missing for lack of https: what shows both."""
    told = [direct for direct in one.directly if direct.claims and not direct.encrypted]
    if any(direct.line for direct in told):
        return ()
    refused = tuple(direct.evidence for direct in told if direct.proxied is one.visit.login)
    encrypted = tuple(direct.evidence for direct in one.directly if direct.encrypted and direct.line and direct.line.secure)
    lacks_https = said or encrypted
    reaches = one.on_platform or (one.behind_proxy and unset.first_proto(one.visit.login) == "https")
    return (one.evidence, *refused, *lacks_https) if lacks_https and (refused or reaches) else ()
