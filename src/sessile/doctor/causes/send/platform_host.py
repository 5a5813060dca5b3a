"""The user logs in on the service's own domain and goes on at the name that the platform gave it, or the other way round.

Symptom: the login on example.com works, and calls to service.onrender.com are answered 401; or the OAuth redirect ends there.
Evidence: two hosts answer for one service, one of them the platform's; the cookie belongs to the host of the login, and
    the request to the other one, which was turned away, carries no cookie.
Tell apart: send-www-and-apex and send-subdomain-host-only stay within one registrable domain. A page that logs in at
    the platform's host and goes on there is send-cross-site-same-site or send-third-party-blocked. A second service behind
    that host has its own login: then nothing links the two, and this is only a guess.
Fix: relative URLs in the page, the own domain in the OAuth redirect URI, and the platform's host switched off.
"""

from sessile.doctor.causes import hosts
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Finding, Level, Remedy

ENTRIES = ("custom-domain-vs-onrender-host",)
REMEDY = Remedy(
    "Use one host everywhere, and switch the platform's own name off",
    logs_out="whoever is logged in only at the platform's name",
    instead="let links lead to the own domain first, and switch the platform's name off when its cookies have aged out",
    changes=(
        Change("the page", "fetch('https://shop.onrender.com/api/me')", "fetch('/api/me')"),
        Change(
            "Express",
            "callbackURL: 'https://shop.onrender.com/auth/google/callback'",
            "callbackURL: 'https://shop.example/auth/google/callback'",
        ),
        Change(
            "Python",
            'redirect_uri = "https://shop.onrender.com/auth/google/callback"',
            'redirect_uri = "https://shop.example/auth/google/callback"',
        ),
        Change(
            "Render",
            "Settings, Custom Domains, Render Subdomain: Enabled",
            "Settings, Custom Domains, Render Subdomain: Disabled",
        ),
    ),
)
LINKS = {"cookie does not come back": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    return hosts.judge(facts, hosts.one_is_the_platforms)
