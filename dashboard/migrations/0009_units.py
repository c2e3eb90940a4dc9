"""Count units sold and returned, in the ledger and in all rollups.

Rows that wait in the ledger say nothing of units, so a bucket gets what the orders add up to now: bucket and waiting
rows together are right, and stay so when those are folded. The columns come with a default in the database, so that
what still runs the code of before can go on writing. Each step may run again after an interruption.
"""

from datetime import date

from django.db import migrations, models, transaction

from dealport.kit.day_range import DayRange
from dealport.kit.local_days import CLOCK, clock, local_day_sql

FOLD_LOCK = 0x6465616C
EVER = DayRange(date(1900, 1, 1), date(2199, 12, 31))
OF_PARTS = ("sales", "orders")
OF_STORES = (
    *OF_PARTS, "tax", "completed", "refunded", "expired", "with_coupon", "pending", "canceled", "customers",
    "new_customers",
)
LINES = "orders_orderitem i JOIN orders_order o ON o.id = i.order_id WHERE o.store_id = %(store)s"
GONE = "o.completed_at IS NOT NULL AND o.refunded_at IS NOT NULL"
FILL = f"""{CLOCK}, moved AS (
    SELECT 'placed' AS basis, o.order_day AS day, o.country, i.product_id,
        CASE WHEN o.completed_at IS NOT NULL THEN i.quantity ELSE 0 END AS sold,
        CASE WHEN {GONE} THEN i.quantity ELSE i.refunded_quantity END AS returned
    FROM {LINES}
    UNION ALL
    SELECT 'booked', {local_day_sql("o.completed_at")}, o.country, i.product_id, i.quantity, 0
    FROM {LINES} AND o.completed_at IS NOT NULL
    UNION ALL
    SELECT 'booked', {local_day_sql("r.settled_at")}, o.country, i.product_id, 0, s.quantity
    FROM orders_refund r JOIN orders_order o ON o.id = r.order_id JOIN orders_refundshare s ON s.refund_id = r.id
    JOIN orders_orderitem i ON i.id = s.item_id
    WHERE r.store_id = %(store)s AND r.settled_at IS NOT NULL AND s.quantity > 0
    UNION ALL
    SELECT 'booked', {local_day_sql("o.refunded_at")}, o.country, i.product_id, 0, i.quantity - i.refunded_quantity
    FROM {LINES} AND {GONE}
)
INSERT INTO {{table}} AS bucket (store_id, basis, {{keys}}, units_sold, units_returned, {{others}})
SELECT %(store)s, basis, {{values}}, sum(sold), sum(returned), {{zeros}} FROM moved
GROUP BY basis, {{values}} HAVING sum(sold) <> 0 OR sum(returned) <> 0 ORDER BY basis, {{values}}
ON CONFLICT (store_id, basis, {{keys}}) DO UPDATE
SET units_sold = excluded.units_sold, units_returned = excluded.units_returned
"""
MONTH = "date_trunc('month', day::timestamp)::date"
ROLLUPS = (
    ("storedailysales", "day", "day", OF_STORES),
    ("storemonthlysales", "month", MONTH, OF_STORES),
    ("storedailysalesbycountry", "day, country", "day, country", OF_PARTS),
    ("storedailysalesbyproduct", "day, product_id", "day, product_id", OF_PARTS),
    ("storemonthlysalesbyproduct", "month, product_id", f"{MONTH}, product_id", OF_PARTS),
)


def fill(apps, schema_editor):
    """Fill the buckets of each store, each while nobody folds."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, timezone FROM customers_store ORDER BY id")
        for store, zone in cursor.fetchall():
            with transaction.atomic(using=connection.alias):
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FOLD_LOCK])
                for model, keys, values, others in ROLLUPS:
                    sql = FILL.format(
                        table=f"dashboard_{model}", keys=keys, values=values,
                        others=", ".join(others), zeros=", ".join("0" * len(others)),
                    )  # fmt: skip
                    cursor.execute(sql, {"store": store, **clock(zone, EVER)})


def columns(model, field, sql):
    """Yield the operations that add both counts to a table, 0 by default in the database as well."""
    for name in ("units_sold", "units_returned"):
        yield migrations.RunSQL(
            f"ALTER TABLE dashboard_{model} ADD COLUMN IF NOT EXISTS {name} {sql} NOT NULL DEFAULT 0",
            f"ALTER TABLE dashboard_{model} DROP COLUMN {name}",
            state_operations=[migrations.AddField(model, name, field(default=0))],
        )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("dashboard", "0008_words"), ("orders", "0012_orders_and_money_apart")]

    operations = [
        *columns("metricdelta", models.IntegerField, "integer"),
        *(
            operation
            for model, *_ in ROLLUPS
            for operation in columns(model, models.BigIntegerField, "bigint")
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
