"""nginx.conf: what each location tells the service, hides from the visitor, and keeps for others."""

from pathlib import Path

import pytest

from sessile.doctor.evidence.deployment import collect
from sessile.doctor.evidence.deployment.nginx_syntax import parse
from sessile.doctor.facts.deployment import Location

SITE = """\
http {
  large_client_header_buffers 4 4k;
  server {
    listen 443 ssl; # "a comment; with marks {"
    server_name example.com www.example.com;
    proxy_set_header Host $host;
    location / { proxy_pass http://app; }
    location /api/ {
      proxy_pass http://app;
      proxy_set_header Cookie "";
      proxy_cache shop; proxy_cache_valid any 1m; proxy_ignore_headers Set-Cookie Cache-Control;
      proxy_hide_header Set-Cookie;
    }
    location ~* \\.(css|js)$ { root /srv; }
    location /x { include proxy_params; proxy_pass http://app; proxy_cookie_path / /x; }
    location /y { include /etc/elsewhere.conf; proxy_pass http://app; }
  }
}
"""


def locations(folder: Path, text: str) -> dict[str, Location]:
    path = folder / "nginx.conf"
    path.write_text(text)
    return {one.path: one for one in collect(path).locations}


def test_only_what_is_passed_on_counts(tmp_path: Path) -> None:
    assert list(locations(tmp_path, SITE)) == ["/", "/api/", "/x", "/y"]


def test_headers_are_inherited_only_where_a_level_sets_none(tmp_path: Path) -> None:
    found = locations(tmp_path, SITE)
    assert [(one.name, one.value) for one in found["/"].sets] == [("host", "$host")]
    assert [(one.name, one.value) for one in found["/api/"].sets] == [("cookie", "")]


def test_the_site_is_known_with_its_names_and_tls(tmp_path: Path) -> None:
    root = locations(tmp_path, SITE)["/"]
    assert (root.hosts, root.tls) == (("example.com", "www.example.com"), True)
    assert root.pointer.endswith("nginx.conf:7")
    assert root.header_limit
    assert root.header_limit.number == 4096


def test_a_cache_and_what_it_does_not_heed(tmp_path: Path) -> None:
    cache = locations(tmp_path, SITE)["/api/"].cache
    assert cache
    assert (cache.valid, cache.ignores, cache.spares) == (("any",), ("set-cookie", "cache-control"), ())


def test_a_file_that_debian_ships_is_known_and_another_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    found = locations(tmp_path, SITE)
    proto = found["/x"].sent("x-forwarded-proto")
    assert proto
    assert (proto.value, found["/x"].complete) == ("$scheme", True)
    assert not found["/y"].complete


def test_an_included_file_beside_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "common.conf").write_text("proxy_set_header X-Forwarded-Proto $scheme;\n")
    (root,) = locations(tmp_path, "server { include common.conf; location / { proxy_pass http://a; } }").values()
    assert root.sent("x-forwarded-proto")
    assert root.complete


@pytest.mark.parametrize(
    "text", ["", "}", "{{{{{", "server {", 'location "', "server { location / { proxy_pass", "a b c; ; ;", "\\"]
)
def test_whatever_is_no_configuration_gives_what_can_be_made_of_it(tmp_path: Path, text: str) -> None:
    assert len(locations(tmp_path, text)) <= 1


def test_quotes_comments_and_lines() -> None:
    found = parse('a \'b c\' "d \\" e" ${f}g; # no {\n\nh { i; }\n')
    assert [(one.name, one.arguments, one.line) for one in found] == [("a", ("b c", 'd \\" e', "${f}g"), 1), ("h", (), 3)]


def test_a_file_that_includes_itself_ends(tmp_path: Path) -> None:
    assert locations(tmp_path, "include nginx.conf;\nserver { include nginx.conf; location / { proxy_pass http://a; } }")
