r"""The statement that counts the rows, and how it reads a column of each type.

What may stand in `sess` must not end the count: `\u0000` and lone surrogates, which PostgreSQL's JSON operators refuse,
lose their backslash (`\u` becomes `/u`, and the second half of `\\u` the escape `\/`), and text that is no JSON is not parsed.

A row's save and its touches are told apart by two times: `sess.cookie.expires`, which only a save sets, and the column
`expire`, which a touch moves on. Right after a save they differ by the writer's offset from UTC, a multiple of 15 minutes,
and by the rounding, less than two seconds; a touched row stands anywhere beyond. So the differences close above a multiple of
15 minutes tell the offsets, and a row that lies at one of the usual ones has not been touched since it was saved. By accident
one touched row in 360 lies there, too: the figures are for ratios, not for single rows. A service that saves the session anew
at every request (`resave`, a counter) leaves all of its rows looking untouched; its table's `updates` tell.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from sessile.doctor.facts.evidence import Unknown
from sessile.stores.postgres.shape import TableShape

# JSON as Express writes it for a plain session, with objects one level deep: before PostgreSQL 16 nothing tells whether text
# is JSON without failing if it is not.
_KEY = r"""\s*"[^"\\[:cntrl:]]*"\s*:\s*"""
_SCALAR = r"""("([^"\\[:cntrl:]]|\\["\\/bfnrt])*"|-?(0|[1-9]\d*)(\.\d+)?|true|false|null)"""
_INNER = rf"\{{({_KEY}{_SCALAR}(\s*,{_KEY}{_SCALAR})*)?\s*\}}"
_MEMBER = rf"{_KEY}({_SCALAR}|{_INNER})"
_PLAIN = rf"^\s*\{{({_MEMBER}(\s*,{_MEMBER})*)?\s*\}}\s*$"
_ISO = r"^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?Z$"
_TEXTS = ("text", "character varying", "character")
_EXPIRES = MappingProxyType(
    {
        "timestamp without time zone": True,
        "timestamp with time zone": False,
        "date": False,
    }
)
# Keys that a session of nobody may hold as well.
_ANONYMOUS = (
    r"^(_?csrf|xsrf|flash|return_?to|redirect|oauth|openid|state$|nonce$|pkce|code_?verifier|loc|lang|views?$|visits?$"
    r"|cart|messages$|captcha|theme|referr?er|utm_|created)"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the statement reads this table's columns: SQL expressions by name."""

    expressions: MappingProxyType[str, str]

    @classmethod
    def of(cls, table: TableShape, version: int) -> "Self | Unknown":
        """Choose by the columns' types and the server's version; Unknown if the rows cannot be sessions."""
        columns = {name: table.column(name) for name in ("sid", "sess", "expire")}
        if lacking := [name for name, column in columns.items() if column is None]:
            return Unknown(f"{table.qualified} has no column {', '.join(lacking)}")
        types = {name: _plain(column.type) for name, column in columns.items() if column}
        if types["expire"] not in _EXPIRES:
            return Unknown(f"expire is of type {types['expire']}, which is no time")
        zoneless = _EXPIRES[types["expire"]]
        return cls(
            MappingProxyType(
                {
                    **_sess(types["sess"], version),
                    "has_offset": str(zoneless).lower(),
                    "is_date": str(types["expire"] == "date").lower(),
                    "iso": _ISO,
                    "anonymous": _ANONYMOUS,
                }
            )
        )


def _plain(type_name: str) -> str:
    """A type without its length or precision: `timestamp(6) without time zone` is `timestamp without time zone`."""
    head, opening, tail = type_name.partition("(")
    return head + tail.partition(")")[2] if opening else type_name


def _sess(type_name: str, version: int) -> dict[str, str]:
    if type_name in ("json", "jsonb"):
        return {"valid": "true", "unreadable": "true"}
    if type_name not in _TEXTS:
        return {"valid": "false", "unreadable": "false"}
    if version >= 160000:
        return {"valid": "pg_input_is_valid(t, 'json')", "unreadable": "true"}
    return {"valid": f"t ~ '{_PLAIN}'", "unreadable": r"t IS NULL OR t !~ '^\s*\{.*\}\s*$'"}


FIGURES = r"""
WITH picked AS (
  {source}
), facts AS (
  SELECT sid, expire, expire >= now() AS live, isfinite(expire) AS finite, extract(epoch FROM expire)::float8 - said AS ahead,
    CASE WHEN doc IS NULL THEN {unreadable} ELSE kind <> 'object' END AS not_object,
    kind = 'object' AND coalesce(cookie_kind, '') <> 'object' AS without_cookie,
    kind = 'object' AND NOT EXISTS (SELECT FROM json_object_keys(CASE WHEN kind = 'object' THEN doc ELSE '{{}}' END) AS key
      WHERE key NOT IN ('cookie', 'sessile') AND key !~* '{anonymous}') AS of_nobody,
    cookie_kind = 'object' AND coalesce((doc -> 'passport')::text, '') ~ '^\s*\{{\s*\}}\s*$' AS erased,
    CASE WHEN cookie_kind = 'object' THEN concat_ws('; ', 'Path=' || left(cookie ->> 'path', 60),
      'Domain=' || left(cookie ->> 'domain', 60), CASE WHEN cookie ->> 'secure' = 'true' THEN 'Secure' END,
      'SameSite=' || initcap(left(cookie ->> 'sameSite', 6))) END AS attributes,
    life, coalesce(age_kind, '') = 'null' AS endless, said - life / 1000 AS saved, said, sessile,
    CASE WHEN said - life / 1000 BETWEEN extract(epoch FROM now()) - 86400 AND extract(epoch FROM now()) - 10
         AND NOT sessile AND NOT {is_date} THEN (
      SELECT coalesce(doc ->> 'userId', doc ->> 'user_id', doc ->> 'uid', doc #>> '{{passport,user}}', doc #>> '{{user,id}}',
        doc ->> 'user', doc ->> 'username', doc ->> 'email', string_agg(key || '=' || value, ',' ORDER BY key))
      FROM json_each_text(doc)
      WHERE key NOT IN ('cookie', 'sessile') AND key !~* '{anonymous}'
        AND (key <> 'passport' OR doc #>> '{{passport,user}}' IS NOT NULL)
      HAVING count(*) > 0) END AS who
  FROM picked
  CROSS JOIN LATERAL (SELECT replace(sess::text, E'\\u', '/u') AS t OFFSET 0) AS plain
  CROSS JOIN LATERAL (SELECT CASE WHEN {valid} THEN t::json END AS doc OFFSET 0) AS parsed
  CROSS JOIN LATERAL (
    SELECT json_typeof(doc) AS kind, doc -> 'cookie' AS cookie, doc -> 'sessile' IS NOT NULL AS sessile OFFSET 0) AS parts
  CROSS JOIN LATERAL (
    SELECT json_typeof(cookie) AS cookie_kind, cookie ->> 'expires' AS e, cookie ->> 'originalMaxAge' AS age,
      json_typeof(cookie -> 'originalMaxAge') AS age_kind OFFSET 0) AS inner_parts
  CROSS JOIN LATERAL (
    SELECT CASE WHEN e ~ '{iso}' THEN
        extract(epoch FROM make_date(substr(e, 1, 4)::int, substr(e, 6, 2)::int, 1))::float8
        + (substr(e, 9, 2)::int - 1) * 86400 + substr(e, 12, 2)::int * 3600 + substr(e, 15, 2)::int * 60
        + rtrim(substr(e, 18), 'Z')::float8 END AS said,
      CASE WHEN age_kind = 'number' AND age ~ '^-?\d{{1,15}}(\.\d{{1,9}})?$' THEN age::float8 END AS life OFFSET 0) AS times
), judged AS (
  SELECT *, round(ahead / 900) * 900 AS near, ahead - round(ahead / 900) * 900 BETWEEN -0.5 AND 2.0
    AND abs(ahead) <= 54000 AND finite AS at_offset FROM facts
), usual AS (
  SELECT near::int AS seconds, count(*) AS rows, count(*) FILTER (WHERE sessile) AS by_sessile,
    count(*) FILTER (WHERE NOT sessile) AS by_express
  FROM judged WHERE at_offset AND {has_offset} GROUP BY near
), accepted AS (
  SELECT seconds FROM usual WHERE by_express >= 0.2 * (SELECT max(by_express) FROM usual)
  UNION SELECT 0 WHERE NOT {has_offset}
), told AS (
  SELECT saved, who, at_offset AND near IN (SELECT seconds FROM accepted) AS untouched
  FROM judged WHERE who IS NOT NULL AND ahead IS NOT NULL
), lonely AS (
  SELECT saved - lag(saved) OVER logins AS since, lead(saved) OVER logins - saved AS until
  FROM told WHERE untouched WINDOW logins AS (PARTITION BY who ORDER BY saved)
), dressed AS (
  SELECT attributes, count(*) AS rows, min(saved) AS first, max(saved) AS last
  FROM facts WHERE live AND attributes IS NOT NULL AND saved IS NOT NULL GROUP BY attributes
  ORDER BY max(saved) DESC LIMIT 8
), doubled AS (
  SELECT count(*) AS rows FROM facts WHERE sid IS NOT NULL GROUP BY sid HAVING count(*) > 1
)
SELECT json_build_object(
  'read', count(*), 'live', count(*) FILTER (WHERE live), 'expired', count(*) FILTER (WHERE NOT live),
  'null_expire', count(*) FILTER (WHERE expire IS NULL),
  'absurd_future', count(*) FILTER (WHERE finite AND expire > now() + interval '10 years'),
  'absurd_past', count(*) FILTER (WHERE expire < '2000-01-01'),
  'null_sids', count(*) FILTER (WHERE sid IS NULL),
  'duplicate_sids', (SELECT count(*) FROM doubled),
  'duplicate_rows', (SELECT coalesce(sum(rows - 1), 0) FROM doubled),
  'without_cookie', count(*) FILTER (WHERE without_cookie), 'not_objects', count(*) FILTER (WHERE not_object),
  'of_nobody', count(*) FILTER (WHERE of_nobody),
  'returning', (SELECT count(*) FROM told WHERE NOT untouched),
  'never_returned', (SELECT count(*) FROM told WHERE untouched),
  'repeated_logins', (SELECT count(*) FROM lonely WHERE since <= 600 OR until <= 600),
  'short_lived', count(*) FILTER (WHERE life > 0 AND life < 100000),
  'browser_sessions', count(*) FILTER (WHERE endless AND NOT sessile), 'negative_lives', count(*) FILTER (WHERE life < 0),
  'midnight', count(*) FILTER (WHERE finite AND expire::timestamp::time = '00:00'),
  'users_erased', count(*) FILTER (WHERE live AND erased),
  'cookies', (SELECT json_agg(json_build_array(attributes, rows, first, last) ORDER BY last DESC) FROM dressed),
  'newest', max(saved) FILTER (WHERE saved BETWEEN 0 AND extract(epoch FROM now()) + 315576000),
  'offsets', (
    SELECT json_agg(json_build_array(seconds, rows, by_sessile) ORDER BY rows DESC, seconds)
    FROM (SELECT * FROM usual ORDER BY rows DESC, seconds LIMIT 8) AS most)
)::text
FROM facts
"""
