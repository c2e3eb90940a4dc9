"""Count tax: captured less refunded, in the ledger and in the rollups by store.

Rows that wait in the ledger say nothing of tax, so a bucket gets what its orders, payments and refunds add up to now:
bucket and waiting rows together are right, and stay so when those are folded. The columns come with a default in the
database, so that what still runs the code of before can go on writing. Each step may run again after an interruption.
"""

from datetime import date
from decimal import Decimal

from django.db import migrations, models, transaction

import dealport.kit.fields
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import CLOCK, clock, local_day_sql

FOLD_LOCK = 0x6465616C
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
COUNTS = (
    "orders", "completed", "refunded", "expired", "with_coupon", "pending", "canceled", "customers", "new_customers"
)
FILL = f"""{CLOCK}, moved AS (
    SELECT 'placed' AS basis, o.order_day AS day,
        CASE WHEN o.captured_amount > 0 THEN o.tax_amount ELSE 0 END - o.refunded_tax AS tax
    FROM orders_order o WHERE o.store_id = %(store)s
    UNION ALL
    SELECT 'booked', {local_day_sql("t.created_at")}, o.tax_amount
    FROM orders_transaction t JOIN orders_order o ON o.id = t.order_id
    WHERE t.store_id = %(store)s AND t.kind = 'payment' AND t.status = 'approved'
    UNION ALL
    SELECT 'booked', {local_day_sql("r.settled_at")}, -r.tax_amount
    FROM orders_refund r WHERE r.store_id = %(store)s AND r.settled_at IS NOT NULL
)
INSERT INTO {{table}} AS bucket (store_id, basis, {{day}}, tax, sales, {", ".join(COUNTS)})
SELECT %(store)s, basis, {{bucket}}, sum(tax), 0, {", ".join("0" * len(COUNTS))} FROM moved
GROUP BY 1, 2, 3 HAVING sum(tax) <> 0 ORDER BY 1, 2, 3
ON CONFLICT (store_id, basis, {{day}}) DO UPDATE SET tax = excluded.tax
"""
ROLLUPS = (
    {"table": "dashboard_storedailysales", "day": "day", "bucket": "day"},
    {"table": "dashboard_storemonthlysales", "day": "month", "bucket": "date_trunc('month', day::timestamp)::date"},
)


def fill(apps, schema_editor):
    """Fill the buckets of each store, each while nobody folds."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, timezone FROM customers_store ORDER BY id")
        for store, zone in cursor.fetchall():
            with transaction.atomic(using=connection.alias):
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FOLD_LOCK])
                for rollup in ROLLUPS:
                    cursor.execute(FILL.format(**rollup), {"store": store, **clock(zone, DayRange(FIRST_DAY, LAST_DAY))})


def column(table, model, field, digits):
    """Return the operation that adds an amount to a table, 0 by default in the database as well."""
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS tax numeric({digits}, 2) NOT NULL DEFAULT 0",
        f"ALTER TABLE {table} DROP COLUMN tax",
        state_operations=[migrations.AddField(model, "tax", field(default=Decimal("0.00")))],
    )


def is_a_number(model, name):
    """Return the operation that refuses NaN."""
    constraint = models.CheckConstraint(condition=~models.Q(tax=models.Value("NaN")), name=name)
    table = f"dashboard_{model}"
    return migrations.RunSQL(
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}, ADD CONSTRAINT {name} CHECK (NOT (tax = 'NaN'))",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
        state_operations=[migrations.AddConstraint(model, constraint)],
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("dashboard", "0006_numbers_and_runs"),
        ("orders", "0008_refunded_tax"),
        ("customers", "0001_initial"),
    ]

    operations = [
        column("dashboard_metricdelta", "metricdelta", dealport.kit.fields.MoneyField, 14),
        column("dashboard_storedailysales", "storedailysales", dealport.kit.fields.SumField, 24),
        column("dashboard_storemonthlysales", "storemonthlysales", dealport.kit.fields.SumField, 24),
        is_a_number("metricdelta", "dashboard_delta_tax_is_a_number"),
        is_a_number("storedailysales", "dashboard_daily_tax_is_a_number"),
        is_a_number("storemonthlysales", "dashboard_monthly_tax_is_a_number"),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
