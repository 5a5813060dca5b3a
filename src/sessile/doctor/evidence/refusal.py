"""Why PostgreSQL could not be reached, or refused: the codes that Node's and PostgreSQL's own logs would show."""

import re

import psycopg

from sessile.doctor.facts.database import Failure

# libpq gives no SQLSTATE for a connection that failed, so the words decide. What a server answered comes before what kept
# others from answering: a host may have several addresses.
_CODES = tuple(
    (code, re.compile(words))
    for code, words in (
        ("28P01", r"password authentication failed"),
        ("SASL_NO_PASSWORD", r"no password supplied"),
        ("28000", r"no pg_hba\.conf entry|pg_hba\.conf rejects|role \".*\" (does not exist|is not permitted to log in)"),
        ("28000", r"(Ident|Peer|GSSAPI|LDAP|certificate|RADIUS|PAM) authentication failed"),
        ("3D000", r"database \".*\" does not exist"),
        ("42501", r"permission denied for database"),
        ("53300", r"too many clients|too many connections|remaining connection slots|no more connections allowed"),
        ("53300", r"max(imum)? client connections|connection limit exceeded"),
        ("57P03", r"the database system is (starting up|shutting down|in recovery|not yet accepting)|not currently accepting"),
        ("08P01", r"unsupported startup parameter"),
        ("SSL_NOT_SUPPORTED", r"does not support SSL"),
        ("ERR_TLS_CERT_ALTNAME_INVALID", r"server certificate for .* does not match host name"),
        ("CERT_HAS_EXPIRED", r"certificate has expired"),
        ("SELF_SIGNED_CERT_IN_CHAIN", r"self[- ]signed certificate in certificate chain"),
        ("DEPTH_ZERO_SELF_SIGNED_CERT", r"self[- ]signed certificate"),
        ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", r"certificate verify failed"),
        ("EAI_AGAIN", r"Temporary failure in name resolution"),
        ("ENOTFOUND", r"failed to resolve host|could not translate host name"),
        ("ECONNREFUSED", r"Connection refused"),
        ("ENOENT", r"No such file or directory"),
        ("EACCES", r"Permission denied"),
        ("EHOSTUNREACH", r"No route to host"),
        ("ENETUNREACH", r"Network is unreachable"),
        ("ETIMEDOUT", r"timeout expired|timed out"),
        ("ECONNRESET", r"Connection reset|server closed the connection unexpectedly"),
    )
)
_PREFIX = re.compile(r"^(- )?(host: .*?, )?(connection failed|connection is bad|consuming input failed|sending query failed): ")


def refusal(error: Exception) -> Failure:
    """Name what kept a connection from being made: an SQLSTATE, an errno, Node's code for TLS, or "" for something else."""
    lines = [_PREFIX.sub("", line.strip()) for line in str(error).splitlines() if line.strip()]
    for code, words in _CODES:
        for line in lines:
            if words.search(line):
                return Failure(getattr(error, "sqlstate", None) or code, line)
    return Failure(getattr(error, "sqlstate", None) or "", lines[0] if lines else type(error).__name__)


def failure(error: psycopg.Error) -> Failure:
    """An error that a server answered to a statement: its SQLSTATE, and its first line, which quotes no row."""
    if error.sqlstate is None:
        return refusal(error)
    return Failure(error.sqlstate, error.diag.message_primary or type(error).__name__)


def said(error: psycopg.Error) -> str:
    """An error in one line for people, its code at the end."""
    met = failure(error)
    return f"{met.message} ({met.code})" if met.code else met.message
