"""Causes of Django's own sessions: what tells each, what is nearly it, and what only looks like it."""

from pathlib import Path

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Unknown
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.causes.frameworks import django, flask, seen, table
from tests.doctor.facts_builder import BOOT, LOGIN, database, facts, judge, line, log

WITHOUT_TABLE = database(table=None, relations=(), rows=Unknown("no table"), experiment=Unknown("no table"))


class TestDjango:
    TABLE = "boot-django-table-missing"
    MISSING = line(Kind.ERROR, "42P01", 'relation "django_session" does not exist', "django_session")

    def test_the_table_that_the_log_misses_is_djangos_and_not_ours(self) -> None:
        known = facts(None, log(BOOT, self.MISSING))
        assert isinstance(judge(self.TABLE, known), Confirmed)
        assert not isinstance(judge("boot-table-missing", known), Confirmed)

    def test_settings_and_database_tell_it(self, tmp_path: Path) -> None:
        assert isinstance(judge(self.TABLE, seen(tmp_path, django(), database=WITHOUT_TABLE)), Confirmed)
        assert isinstance(judge(self.TABLE, seen(tmp_path, django(), database=WITHOUT_TABLE, tables=(table(),))), RuledOut)
        cookies = django('SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"')
        assert not isinstance(judge(self.TABLE, seen(tmp_path, cookies, database=WITHOUT_TABLE)), Confirmed)

    def test_its_own_migrations_tell_it(self) -> None:
        assert isinstance(judge(self.TABLE, seen(Path(), {}, tables=(table(gone=True),))), Confirmed)

    def test_a_django_service_needs_no_table_called_session(self, tmp_path: Path) -> None:
        healthy = seen(tmp_path, django(), database=WITHOUT_TABLE, tables=(table(),))
        assert not diagnose(healthy).causes
        assert isinstance(judge("boot-table-missing", healthy), RuledOut)

    def test_django_with_sessile_needs_one(self, tmp_path: Path) -> None:
        ours = django('SESSION_ENGINE = "sessile.integrations.django"')
        assert isinstance(judge("boot-table-missing", seen(tmp_path, ours, database=WITHOUT_TABLE)), Confirmed)
        assert not isinstance(judge(self.TABLE, seen(tmp_path, ours, database=WITHOUT_TABLE)), Confirmed)

    def test_rows_that_the_given_key_did_not_sign(self) -> None:
        cause = "verify-secret-rotated-without-keyring"
        assert isinstance(judge(cause, seen(Path(), {}, tables=(table(signed=0),))), Confirmed)
        assert isinstance(judge(cause, seen(Path(), {}, tables=(table(),))), RuledOut)
        assert not isinstance(judge(cause, seen(Path(), {}, tables=(table(signed=0, tried=()),))), Confirmed)
        assert not isinstance(judge(cause, seen(Path(), {}, tables=(table(signed=0, unreadable=5),))), Confirmed)

    @pytest.mark.parametrize(
        ("settings", "kind"),
        [
            ("", RuledOut),
            ('AUTHENTICATION_BACKENDS = ["shop.backends.New"]', Confirmed),
            ('AUTHENTICATION_BACKENDS = ["a.B", "django.contrib.auth.backends.ModelBackend"]', RuledOut),
            ('AUTHENTICATION_BACKENDS = [os.environ["BACKEND"]]', Unseen),
        ],
    )
    def test_a_backend_that_is_no_longer_listed(self, tmp_path: Path, settings: str, kind: type) -> None:
        assert isinstance(judge("read-backend-removed", seen(tmp_path, django(settings), tables=(table(),))), kind)

    @pytest.mark.parametrize(
        ("then", "kind"),
        [("user.save()", Confirmed), ("update_session_auth_hash(request, user)", RuledOut), ("login(request, user)", RuledOut)],
    )
    def test_a_password_that_is_changed(self, tmp_path: Path, then: str, kind: type) -> None:
        views = f"def change(request):\n    user = request.user\n    user.set_password(request.POST['p'])\n    {then}\n"
        assert isinstance(judge("read-password-changed", seen(tmp_path, django(views=views))), kind)

    @pytest.mark.parametrize(
        ("then", "kind"),
        [
            ("user.set_password(password)\n            user.save()", Confirmed),
            ("user.password = make_password(password)\n            user.save(update_fields=['password'])", Confirmed),
            ("if user.password.startswith('md5'):\n                user.set_password(password)", RuledOut),
            (
                "if is_password_usable(user.password):\n                return user\n            user.set_password(password)",
                RuledOut,
            ),
            ("user.set_password(make_random_password())", RuledOut),
        ],
    )
    def test_a_password_that_each_login_hashes_anew(self, tmp_path: Path, then: str, kind: type) -> None:
        backend = f"""
class Backend(ModelBackend):
    def authenticate(self, request, username=None, password=None):
        user = super().authenticate(request, username, password=password)
        if user is not None:
            {then}
        return user
"""
        assert isinstance(judge("read-password-changed", seen(tmp_path, django(views=backend))), kind)

    def test_a_password_that_is_reset_is_another_than_the_one_checked(self, tmp_path: Path) -> None:
        views = "def reset(request, user, old, new):\n    if user.check_password(old):\n        user.set_password(new)\n"
        assert isinstance(judge("read-password-changed", seen(tmp_path, django(views=views))), RuledOut)

    def test_the_password_of_somebody_else(self, tmp_path: Path) -> None:
        views = "def reset(request):\n    user = User.objects.get(pk=1)\n    user.set_password('x')\n"
        assert isinstance(judge("read-password-changed", seen(tmp_path, django(views=views))), RuledOut)

    def test_a_refused_csrf_check(self, tmp_path: Path) -> None:
        said = line(Kind.WARNING, "CSRF_TOKEN", "WARNING django.security.csrf: Forbidden (CSRF cookie not set.): /login")
        finding = judge("arrive-csrf-refused", seen(tmp_path, django(), log(BOOT, said)))
        assert isinstance(finding, Confirmed)
        assert any("SECURE_PROXY_SSL_HEADER" in one.says for one in finding.evidence)
        assert isinstance(judge("arrive-csrf-refused", facts(None, log(BOOT, LOGIN))), RuledOut)

    @pytest.mark.parametrize(
        ("code", "said", "kind"),
        [
            ("CSRF_TOKEN", "Forbidden (CSRF cookie not set.): /", Noted),
            ("CSRF_REFUSED", "Forbidden (Origin checking failed)", Confirmed),
        ],
    )
    def test_robots_lack_the_token_while_logins_succeed(self, code: str, said: str, kind: type) -> None:
        refused = line(Kind.WARNING, code, said)
        assert isinstance(judge("arrive-csrf-refused", facts(None, log(BOOT, refused, LOGIN))), kind)

    def test_a_login_that_ends_in_an_error(self, tmp_path: Path) -> None:
        cause, failed = "save-not-saved-on-server-error", line(Kind.SERVER_ERROR, "500", "POST /login 500", "/login")
        assert isinstance(judge(cause, seen(tmp_path, django(), log(BOOT, failed))), Confirmed)
        assert isinstance(judge(cause, seen(tmp_path / "flask", flask(), log(BOOT, failed))), Undecided)
        assert isinstance(judge(cause, seen(tmp_path, django(), log(BOOT, failed, LOGIN))), RuledOut)
        assert isinstance(judge(cause, seen(tmp_path, django(), log(BOOT, failed, self.MISSING))), RuledOut)
