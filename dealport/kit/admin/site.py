"""The admin site: Django's own, without the list of apps, which no page shows."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest

from dealport.kit import loading


class Site(AdminSite):
    """Django's site; its pages have the shell's navigation in place of the list of apps."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[object]:
        """Return an app's models for the app's own page, nothing for all others.

        Django works out the whole list for every page: some ninety addresses and as many questions for rights.
        """
        return super().get_app_list(request, app_label) if app_label else []


class SiteConfig(AdminConfig):
    """The entry of INSTALLED_APPS that makes `Site` Django's default admin site."""

    default_site = "dealport.kit.admin.site.Site"

    def ready(self) -> None:
        """Load every app's admin: with it nearly all of the product is loaded."""
        super().ready()
        loading.end()
