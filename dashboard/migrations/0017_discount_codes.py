"""Split figures by all discount codes of an order as one value.

The buckets of each store are computed anew slice by slice (`dashboard.metrics.recomputing`), which also takes over the
codes; this only asks for it.
"""

from django.db import migrations, models

from dealport.kit.amount_columns import drop_views

ASK = """
INSERT INTO dashboard_verificationrun
    (store_id, next_day, wrong_buckets, difference, details, not_before, error, recomputes)
SELECT id, '1900-01-01', 0, 0, '[]', now(), '', true FROM customers_store ORDER BY id
ON CONFLICT (store_id) DO UPDATE SET next_day = excluded.next_day, recomputes = true, started_at = NULL
"""


def make_room(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        drop_views(cursor, "dashboard_storedailysalesbydimension")


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0016_customer_types"), ("orders", "0038_discount_codes")]

    operations = [
        migrations.RunPython(make_room, migrations.RunPython.noop),
        migrations.AlterField(
            "metricdelta",
            "coupon_code",
            models.CharField(blank=True, db_default="", default="", max_length=255),
        ),
        migrations.AlterField("storedailysalesbydimension", "key", models.CharField(blank=True, max_length=255)),
        migrations.RunSQL(ASK, migrations.RunSQL.noop),
    ]
