"""Emptying a demo's database, permanent history included."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction

APPS = {"customers", "orders", "dashboard", "reports", "sessions", "admin"}


@transaction.atomic
def clear() -> None:
    """Delete every row of the product, accounts and sessions too, in one transaction; then what is cached.

    The triggers that keep history as it was written stand aside for it, which only the owner of the tables can do.
    Raises RuntimeError outside demo mode.
    """
    if not settings.DEALPORT_DEMO:
        raise RuntimeError("Only a demo is ever cleared.")
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in APPS]
    names = [connection.ops.quote_name(model._meta.db_table) for model in models if model._meta.managed]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # checks that wait would keep a table from being altered
        for name in names:
            cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        cursor.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")
        for name in names:
            cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    transaction.on_commit(cache.clear)
