"""Split figures by type of customer: new, returning or guest.

What still runs the code of before goes on writing rows without it. The buckets of each store are computed anew slice by
slice (`dashboard.metrics.recomputing`), which also marks the first orders; this only asks for it.
"""

from django.db import migrations, models

ASK = """
INSERT INTO dashboard_verificationrun
    (store_id, next_day, wrong_buckets, difference, details, not_before, error, recomputes)
SELECT id, '1900-01-01', 0, 0, '[]', now(), '', true FROM customers_store ORDER BY id
ON CONFLICT (store_id) DO UPDATE SET next_day = excluded.next_day, recomputes = true, started_at = NULL
"""


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0015_three_decimals"), ("orders", "0037_first_orders")]

    operations = [
        migrations.AddField(
            "metricdelta",
            "customer_type",
            models.CharField(blank=True, db_default="", default="", max_length=9),
        ),
        migrations.RunSQL(ASK, migrations.RunSQL.noop),
    ]
