"""Search orders by any part of their number or payment, products by any part of their name; sort orders by total."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

PRODUCTS_BY_SKU = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_product_by_sku_part ON orders_product
USING gin (sku public.gin_trgm_ops)
"""
PRODUCTS_BY_NAME = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_product_by_words ON orders_product
USING gin (public.dealport_fold(name) public.gin_trgm_ops)
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0013_search"), ("orders", "0013_category_tree")]

    operations = [
        AddIndexConcurrently(
            "order", GinIndex(fields=["number"], name="orders_order_by_number_part", opclasses=["gin_trgm_ops"])
        ),
        AddIndexConcurrently(
            "order", models.Index(fields=["store", "-total_amount", "-id"], name="orders_order_by_store_total")
        ),
        AddIndexConcurrently("order", models.Index(fields=["-total_amount", "-id"], name="orders_order_by_total")),
        AddIndexConcurrently(
            "transaction",
            GinIndex(
                fields=["gateway_transaction_id"], name="orders_transaction_by_id_part", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.RunSQL(PRODUCTS_BY_NAME, "DROP INDEX orders_product_by_words"),
        migrations.RunSQL(PRODUCTS_BY_SKU, "DROP INDEX orders_product_by_sku_part"),
        RemoveIndexConcurrently("order", "orders_order_by_number"),
    ]
