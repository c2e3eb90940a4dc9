"""Fill the years of products with their months, store by store, each while nobody folds.

What still runs the code of before folds into days and months alone: the buckets of each store are computed anew slice by
slice (`dashboard.metrics.recomputing`), which this only asks for. Each step may run again after an interruption.
"""

from django.db import migrations, transaction

FOLD_LOCK = 0x6465616C
MEASURES = (
    "sales", "tax", "orders", "units_sold", "units_returned", "net", "discounts", "returns", "cost", "units_without_cost",
)  # fmt: skip
FILL = f"""
INSERT INTO dashboard_storeyearlysalesbyproduct (store_id, basis, year, product_id, {", ".join(MEASURES)})
SELECT store_id, basis, date_trunc('year', month::timestamp)::date, product_id,
    {", ".join(f"sum({name})" for name in MEASURES)}
FROM dashboard_storemonthlysalesbyproduct WHERE store_id = %(store)s
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (store_id, basis, year, product_id) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in MEASURES)}
"""
ASK = """
INSERT INTO dashboard_verificationrun
    (store_id, next_day, wrong_buckets, difference, details, not_before, error, recomputes)
SELECT id, '1900-01-01', 0, 0, '[]', now(), '', true FROM customers_store ORDER BY id
ON CONFLICT (store_id) DO UPDATE SET next_day = excluded.next_day, recomputes = true, started_at = NULL
"""


def fill(apps, schema_editor):
    """Fill the years of each store."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM customers_store ORDER BY id")
        for (store,) in cursor.fetchall():
            with transaction.atomic(using=connection.alias):
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FOLD_LOCK])
                cursor.execute(FILL, {"store": store})


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("dashboard", "0022_yearly_products")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(ASK, migrations.RunSQL.noop),
    ]
