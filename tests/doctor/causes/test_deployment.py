"""Causes that deployment files show: nginx, a plan, a command at the start."""

from pathlib import Path

import pytest

from sessile.doctor.findings import Confirmed, Noted, Undecided, Unseen
from tests.doctor.causes.frameworks import seen
from tests.doctor.facts_builder import judge


class TestNginx:
    SITE = "server {{ listen 443 ssl; location {path} {{ proxy_pass http://app; {line} }} }}\n"

    @pytest.mark.parametrize(
        ("cause", "line_", "path"),
        [
            ("arrive-proxy-strips-cookie", 'proxy_set_header Cookie "";', "/"),
            ("set-proxy-strips-set-cookie", "proxy_hide_header Set-Cookie;", "/"),
            ("send-path-mismatch", "proxy_cookie_path / /admin/;", "/"),
            ("agree-shared-cache-answers", "proxy_cache z; proxy_cache_valid any 1m;", "/api/"),
        ],
    )
    def test_what_it_does_is_proven_by_its_line(self, tmp_path: Path, cause: str, line_: str, path: str) -> None:
        finding = judge(cause, seen(tmp_path, {"nginx.conf": self.SITE.format(path=path, line=line_)}))
        assert isinstance(finding, Confirmed)
        assert finding.evidence[0].source == "deployment"

    @pytest.mark.parametrize(
        ("cause", "line_", "path"),
        [
            ("arrive-proxy-strips-cookie", "proxy_set_header Cookie $http_cookie;", "/"),
            ("arrive-proxy-strips-cookie", 'proxy_set_header Cookie "";', "/static/"),
            ("set-proxy-strips-set-cookie", "proxy_hide_header Set-Cookie;", "~* \\.css$"),
            ("set-proxy-strips-set-cookie", "proxy_hide_header X-Powered-By;", "/"),
            ("send-path-mismatch", "proxy_cookie_path / /api/;", "/api/"),
            ("send-path-mismatch", "proxy_cookie_path /internal/ /;", "/"),
            ("agree-shared-cache-answers", 'proxy_cache z; proxy_cache_valid any 1m; proxy_cache_key "$uri$http_cookie";', "/"),
            (
                "agree-shared-cache-answers",
                "proxy_cache z; proxy_cache_valid any 1m; proxy_cache_bypass $http_authorization $cookie_sid;",
                "/",
            ),
            ("agree-shared-cache-answers", "proxy_cache z;", "/"),
        ],
    )
    def test_what_is_nearly_the_same_is_none(self, tmp_path: Path, cause: str, line_: str, path: str) -> None:
        assert not isinstance(judge(cause, seen(tmp_path, {"nginx.conf": self.SITE.format(path=path, line=line_)})), Confirmed)

    def test_two_services_behind_it_with_a_secret_each(self, tmp_path: Path) -> None:
        balancer = "upstream app { server one:80; server two:80; }\nserver { location / { proxy_pass http://app; } }\n"
        service = "  {}: {{ports: ['80'], environment: {{SESSION_SECRET: {}}}}}\n"
        cause, apart = (
            "verify-secret-differs-between-instances",
            "services:\n" + service.format("one", "a" * 40) + service.format("two", "b" * 40),
        )
        assert isinstance(judge(cause, seen(tmp_path, {"nginx.conf": balancer, "compose.yaml": apart})), Confirmed)
        sticky = balancer.replace("server one", "ip_hash; server one")
        assert not isinstance(judge(cause, seen(tmp_path, {"nginx.conf": sticky, "compose.yaml": apart})), Confirmed)
        same = apart.replace("b" * 40, "a" * 40)
        assert not isinstance(judge(cause, seen(tmp_path, {"nginx.conf": balancer, "compose.yaml": same})), Confirmed)


class TestPlan:
    @pytest.mark.parametrize(("plan", "kind"), [("free", Noted), ("starter", Unseen)])
    def test_a_free_plan_sleeps(self, tmp_path: Path, plan: str, kind: type) -> None:
        blueprint = f"services:\n- {{type: web, name: shop, plan: {plan}}}\n"
        assert isinstance(judge("boot-service-slept", seen(tmp_path, {"render.yaml": blueprint})), kind)


class TestStartCommands:
    def test_one_that_empties_every_table(self, tmp_path: Path) -> None:
        cause = "find-rows-removed"
        flush = {"Procfile": "web: python manage.py flush --noinput && gunicorn shop.wsgi\n"}
        push = {"Procfile": "web: npx prisma db push --accept-data-loss && node server.js\n"}
        assert isinstance(judge(cause, seen(tmp_path, flush)), Confirmed)
        assert isinstance(judge(cause, seen(tmp_path, push)), Undecided)
        assert isinstance(judge(cause, seen(tmp_path, {"Procfile": "web: python manage.py migrate\n"})), Unseen)
