"""Fold the text of the customers there are, and build the indexes of searched and sorted lists, without a lock."""


from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.migrations.state import StateApps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BATCH = 5_000
# the trigger does it
FILL = "UPDATE customers_customer SET name = name WHERE id > %s AND id <= %s AND search_text = ''"


def fold(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Fold the text of every customer, BATCH keys a transaction; may run again after an interruption."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 1) - 1, coalesce(max(id), 0) FROM customers_customer")
        after, last = cursor.fetchone()
        while after < last:
            cursor.execute(FILL, [after, after + BATCH])
            after += BATCH


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0013_search")]

    operations = [
        migrations.RunPython(fold, migrations.RunPython.noop),
        AddIndexConcurrently(
            "customer", GinIndex(fields=["search_text"], name="customers_by_words", opclasses=["gin_trgm_ops"])
        ),
        AddIndexConcurrently("customer", GinIndex(fields=["tags"], name="customers_by_tag")),
        AddIndexConcurrently(
            "customer",
            models.Index(
                models.F("store"), models.F("total_spent").desc(), models.F("id").desc(), name="customers_by_store_spend"
            ),
        ),
        AddIndexConcurrently(
            "customer",
            models.Index(
                models.F("store"), models.F("total_orders").desc(), models.F("id").desc(), name="customers_by_store_orders"
            ),
        ),
        AddIndexConcurrently(
            "customer",
            models.Index(
                models.F("store"), models.F("last_order_at").desc(nulls_last=True), models.F("id").desc(), name="customers_by_store_last"
            ),
        ),
        AddIndexConcurrently(
            "customer",
            models.Index(
                models.F("total_spent").desc(), models.F("id").desc(), name="customers_by_all_spend"
            ),
        ),
        AddIndexConcurrently(
            "customer",
            models.Index(
                models.F("total_orders").desc(), models.F("id").desc(), name="customers_by_all_orders"
            ),
        ),
        AddIndexConcurrently(
            "customer",
            models.Index(
                models.F("last_order_at").desc(nulls_last=True), models.F("id").desc(), name="customers_by_all_last"
            ),
        ),
        RemoveIndexConcurrently("customer", "customers_by_name"),
        RemoveIndexConcurrently("customer", "customers_by_email"),
    ]
