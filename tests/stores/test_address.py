"""A database's address is understood as its own driver means it, and never shows the password."""

from urllib.parse import quote

import pytest
from hypothesis import given, strategies as st
from psycopg.conninfo import conninfo_to_dict

from sessile.stores.postgres.address import Address, AddressError

TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=30)


def known(url: str) -> dict[str, object]:
    """What libpq makes of it."""
    return {name: value for name, value in conninfo_to_dict(Address.parse(url).conninfo).items() if value is not None}


def shown(text: str) -> str:
    """What people see of it: the address, or the error."""
    try:
        address = Address.parse(text)
    except AddressError as error:
        return str(error)
    conninfo_to_dict(address.conninfo)
    return repr(address)


class TestSpellings:
    @pytest.mark.parametrize(
        "url",
        [
            "postgres://app:pw@db.example:6543/shop",
            "postgresql://app:pw@db.example:6543/shop",
            "postgresql+asyncpg://app:pw@db.example:6543/shop",
            "postgresql+psycopg2://app:pw@db.example:6543/shop",
            "POSTGRES://app:pw@db.example:6543/shop",
            "postgres://app:pw@db.example:6543/shop/",
            "postgres://app:pw@db.example:6543/shop#main",
            "postgres://db.example/shop?user=app&password=pw&port=6543",
            "postgres:///shop?host=db.example&user=app&password=pw&port=6543",
            "psql 'postgres://app:pw@db.example:6543/shop'",
            "DATABASE_URL=postgres://app:pw@db.example:6543/shop",
            'export DATABASE_URL="postgres://app:pw@db.example:6543/shop"',
            "  postgres://app:pw@db.example:6543/shop\r\n",
            '"postgres://app:pw@db.example:6543/shop"',
            "\u201cpostgres://app:pw@db.example:6543/shop\u201d",
            'postgres://app:pw@db.example:6543/shop"',
        ],
    )
    def test_all_mean_the_same(self, url: str) -> None:
        assert known(url) == {"host": "db.example", "port": "6543", "user": "app", "password": "pw", "dbname": "shop"}
        address = Address.parse(url)
        assert address.masked == "postgresql://app:***@db.example:6543/shop"
        assert (address.host, address.port, address.user, address.database) == ("db.example", 6543, "app", "shop")

    @pytest.mark.parametrize(
        ("url", "quoted"),
        [
            ('"postgres://u:p@h/d"', True),
            ("'postgres://u:p@h/d'\n", True),
            ("postgres://u:p@h/d'", True),
            ("postgres://u:p@h/d", False),
            ("DATABASE_URL='postgres://u:p@h/d'", False),
        ],
    )
    def test_quotes_that_are_part_of_the_value_are_told(self, url: str, quoted: bool) -> None:
        address = Address.parse(url)
        assert address.quoted is quoted
        assert any("quotes" in remark for remark in address.remarks) is quoted

    @pytest.mark.parametrize(
        ("url", "directory"),
        [
            ("postgres://u:p@/d?host=/var/run/postgresql", "/var/run/postgresql"),
            ("postgres://u:p@localhost/d?host=/cloudsql/p:r:i", "/cloudsql/p:r:i"),
            ("postgres://u:p@%2Fvar%2Frun/d", "/var/run"),
            ("socket://u:p@/var/run/?db=d&encoding=utf8", "/var/run"),
        ],
    )
    def test_sockets(self, url: str, directory: str) -> None:
        assert known(url) == {"host": directory, "user": "u", "password": "p", "dbname": "d"}
        assert Address.parse(url).masked == f"postgresql://u:***@/d?host={directory}"

    @pytest.mark.parametrize("url", ["socket:/var/run?db=d", "/var/run d"])
    def test_sockets_without_a_user(self, url: str) -> None:
        assert known(url) == {"host": "/var/run", "dbname": "d"}

    def test_several_hosts(self) -> None:
        address = Address.parse("postgres://u:p@a:1,b,[::1]:3/d?target_session_attrs=read-write")
        assert conninfo_to_dict(address.conninfo) == {
            "host": "a,b,::1",
            "port": "1,5432,3",
            "user": "u",
            "password": "p",
            "dbname": "d",
            "target_session_attrs": "read-write",
        }
        assert (address.masked, address.port) == ("postgresql://u:***@a:1,b:5432,[::1]:3/d", 1)

    def test_an_address_of_version_six(self) -> None:
        assert known("postgres://u:p@[2001:db8::1]:6543/d")["host"] == "2001:db8::1"
        assert Address.parse("postgres://u:p@[2001:db8::1]/d").masked == "postgresql://u:***@[2001:db8::1]/d"

    @pytest.mark.parametrize("url", ["postgres://", "postgres:///", "postgres://h", "postgres://u@h", "postgresql://:p@h/d"])
    def test_parts_may_be_missing(self, url: str) -> None:
        assert set(known(url)) <= {"host", "user", "password", "dbname"}


class TestParameters:
    @pytest.mark.parametrize(
        ("query", "mode"),
        [
            ("sslmode=require", "require"),
            ("sslmode=verify-full", "verify-full"),
            ("sslmode=no-verify", "require"),
            ("uselibpqcompat=true&sslmode=prefer", "prefer"),
            ("ssl=true", "require"),
            ("ssl=1", "require"),
            ("ssl=false", "disable"),
            ("ssl=verify-ca", "verify-ca"),
            ("ssl=no-verify", "require"),
            ('ssl={"rejectUnauthorized":false}', "require"),
            ("ssl=%7B%22rejectUnauthorized%22%3Afalse%7D", "require"),
            ("ssl=true&sslmode=disable", "disable"),
        ],
    )
    def test_tls(self, query: str, mode: str) -> None:
        assert known(f"postgres://u:p@h/d?{query}")["sslmode"] == mode

    def test_what_libpq_knows_is_kept(self) -> None:
        url = "postgres://u:p@h/d?options=-c%20timezone%3DAsia/Kolkata&application_name=shop&connect_timeout=3&keepalives_idle=9"
        assert (
            known(url).items()
            >= {
                "options": "-c timezone=Asia/Kolkata",
                "application_name": "shop",
                "connect_timeout": "3",
                "keepalives_idle": "9",
            }.items()
        )

    def test_what_only_others_know_is_left_out_and_told(self) -> None:
        url = "postgres://u:p@h/d?pgbouncer=true&schema=public&connection_limit=1&pool_timeout=5&max=3&sslaccept=strict&x"
        address = Address.parse(url)
        assert set(known(url)) == {"user", "password", "host", "dbname"}
        [remark] = address.remarks
        assert remark.endswith("connection_limit, max, pgbouncer, pool_timeout, schema, sslaccept, x")


class TestPasswords:
    @given(user=TEXT, password=TEXT, database=TEXT)
    def test_any_that_is_percent_encoded(self, user: str, password: str, database: str) -> None:
        url = f"postgres://{quote(user, safe='')}:{quote(password, safe='')}@h/{quote(database, safe='')}"
        assert known(url) == {"user": user, "password": password, "host": "h", "dbname": database}

    @pytest.mark.parametrize("password", ["p@ss", "p:ss", "100%", "50%-off", "a b", "it's", "back\\slash", "[x]", "p@:@"])
    def test_those_that_node_reads_as_they_are(self, password: str) -> None:
        assert known(f"postgres://u:{password}@h/d")["password"] == password

    @pytest.mark.parametrize(("culprit", "encoded"), [("/", "%2F"), ("?", "%3F"), ("#", "%23")])
    def test_those_that_end_the_address_are_recognised(self, culprit: str, encoded: str) -> None:
        with pytest.raises(AddressError, match="not percent-encoded") as caught:
            Address.parse(f"postgres://u:hun{culprit}ter2@h:5432/d?sslmode=require")
        assert encoded in str(caught.value)
        assert "ter2" not in str(caught.value)

    @given(text=st.text(max_size=60))
    def test_no_text_shows_a_password_or_ends_in_another_error(self, text: str) -> None:
        assert "hunter2" not in shown(f"postgres://u:hunter2@{text}")

    @given(text=st.text(max_size=60))
    def test_no_text_at_all_ends_in_another_error(self, text: str) -> None:
        assert "\n" not in shown(text)


class TestErrors:
    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("", "is empty"),
            ("  \n", "is empty"),
            ("''", "is empty"),
            ("mysql://u:hunter2@h/d", "mysql:// is not PostgreSQL"),
            ("https://example.com", "https:// is not PostgreSQL"),
            ("u:hunter2@h/d", "does not begin with postgresql://"),
            ("host=h password=hunter2", "does not begin with postgresql://"),
            ("${DATABASE_URL}", "not filled in"),
            ("postgres://u:hunter2@h:PORT/d", "port"),
            ("postgres://u:hunter2@h:70000/d", "port"),
            ("postgres://u:hunter2@h:0/d", "port"),
            ("postgres://u:hunter2@h/d?port=x", "port"),
            ("postgres://u:hunter2@::1/d", "port"),
            ("postgres://u:hunter2@[::1/d", "brackets"),
            ("postgres://u:hunter2@h/d?sslmode=maybe", "sslmode"),
            ("postgres://u:hunter2@h/d\npostgres://u:hunter2@h/e", "one line"),
            ("postgres://u:hunter2%00@h/d", "NUL"),
        ],
    )
    def test_one_line_says_what_is_wrong(self, url: str, says: str) -> None:
        with pytest.raises(AddressError) as caught:
            Address.parse(url)
        assert says in str(caught.value)
        assert "hunter2" not in str(caught.value)
        assert "\n" not in str(caught.value)
