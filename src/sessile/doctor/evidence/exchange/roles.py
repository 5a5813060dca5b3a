"""What an exchange is for, by its method, its path and whether a password went along."""

import re

from sessile.doctor.evidence.log_requests import Answered
from sessile.doctor.facts.exchange import Role
from sessile.doctor.facts.logs import Kind

_LOGOUT = re.compile(r"(?:log|sign)[-_]?(?:out|off)\b", re.IGNORECASE)
_CHANGES_PASSWORD = re.compile(r"passw(?:or)?d|reset|recover|settings", re.IGNORECASE)
_ROLES = {Kind.LOGIN: Role.LOGIN, Kind.AUTHORIZED: Role.PERSONAL}


def role_of(method: str, path: str, credentials: bool) -> Role:
    """The role of an exchange. A POST that carries a password to no page about passwords is a login, wherever it goes."""
    if _LOGOUT.search(path):
        return Role.LOGOUT
    if method == "POST" and credentials and not _CHANGES_PASSWORD.search(path):
        return Role.LOGIN
    meant = Answered(method, path, 200, "").kind
    return _ROLES.get(meant, Role.OTHER) if meant else Role.OTHER
