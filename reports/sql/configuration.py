"""What has to be true of a process that offers the console, and of a database that is about to be migrated."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import DEFAULT_DB_ALIAS

from reports.sql.role import Login, drop_views

SCHEMES = ("postgresql", "postgres")


@register()
def check_sql_console(**kwargs: object) -> list[CheckMessage]:
    """E001: a console needs a login; E002: never that of the application, which may do everything."""
    if not settings.DEALPORT_SQL_CONSOLE:
        return []
    url = settings.SQL_DATABASE_URL
    hint = "postgresql://user:password@host:port/name of a role made by prepare_sql_console"
    if not url or urlsplit(url).scheme not in SCHEMES or not Login.of(url).user:
        return [Error("DEALPORT_SQL_CONSOLE is on, but SQL_DATABASE_URL names no login.", hint=hint, id="reports.E001")]
    if Login.of(url).user == settings.DATABASES["default"]["USER"]:
        return [Error("SQL_DATABASE_URL has the user of DATABASE_URL.", hint=hint, id="reports.E002")]
    return []


def clear_the_way(*, plan: object = (), using: str = DEFAULT_DB_ALIAS, verbosity: int = 0, **kwargs: object) -> None:
    """Drop the views before migrations that may change the columns they read; prepare_sql_console makes them again."""
    if plan and using == DEFAULT_DB_ALIAS and drop_views() and verbosity:
        print("  The views of the SQL console are dropped; prepare_sql_console makes them again.")
