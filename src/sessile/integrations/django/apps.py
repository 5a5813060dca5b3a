"""The application, for those who want the commands: `INSTALLED_APPS = [..., "sessile.integrations.django"]`."""

from django.apps import AppConfig


class SessileConfig(AppConfig):
    """See the package."""

    name = "sessile.integrations.django"
    label = "sessile"
    verbose_name = "Sessions"
