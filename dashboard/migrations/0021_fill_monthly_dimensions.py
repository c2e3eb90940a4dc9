"""Fill the months of dimensions with their days, store by store, each while nobody folds.

What still runs the code of before folds into the days alone: the buckets of each store are computed anew slice by slice
(`dashboard.metrics.recomputing`), which this only asks for. Each step may run again after an interruption.
"""

from django.db import migrations, transaction

FOLD_LOCK = 0x6465616C
MEASURES = (
    "sales", "tax", "orders", "completed", "refunded", "expired", "with_coupon", "units_sold", "units_returned", "net",
    "discounts", "returns", "cost", "units_without_cost", "tax_included", "tips",
)  # fmt: skip
FILL = f"""
INSERT INTO dashboard_storemonthlysalesbydimension (store_id, basis, dimension, month, key, {", ".join(MEASURES)})
SELECT store_id, basis, dimension, date_trunc('month', day::timestamp)::date, key,
    {", ".join(f"sum({name})" for name in MEASURES)}
FROM (
    SELECT store_id, basis, dimension, day, key, {", ".join(MEASURES)}
    FROM dashboard_storedailysalesbydimension WHERE store_id = %(store)s
    UNION ALL
    SELECT store_id, basis, 'country', day, country, {", ".join(MEASURES)}
    FROM dashboard_storedailysalesbycountry WHERE store_id = %(store)s
) AS daily
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (store_id, basis, dimension, month, key) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in MEASURES)}
"""
ASK = """
INSERT INTO dashboard_verificationrun
    (store_id, next_day, wrong_buckets, difference, details, not_before, error, recomputes)
SELECT id, '1900-01-01', 0, 0, '[]', now(), '', true FROM customers_store ORDER BY id
ON CONFLICT (store_id) DO UPDATE SET next_day = excluded.next_day, recomputes = true, started_at = NULL
"""


def fill(apps, schema_editor):
    """Fill the months of each store."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM customers_store ORDER BY id")
        for (store,) in cursor.fetchall():
            with transaction.atomic(using=connection.alias):
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FOLD_LOCK])
                cursor.execute(FILL, {"store": store})


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("dashboard", "0020_monthly_dimensions")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(ASK, migrations.RunSQL.noop),
    ]
