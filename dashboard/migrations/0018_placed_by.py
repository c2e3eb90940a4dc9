"""Split figures by who placed orders: a member of staff, or the source they came from.

What still runs the code of before goes on writing rows without it. The buckets of each store are computed anew slice by
slice (`dashboard.metrics.recomputing`), which also fills in who placed the orders; this only asks for it.
"""

from django.db import migrations, models

ASK = """
INSERT INTO dashboard_verificationrun
    (store_id, next_day, wrong_buckets, difference, details, not_before, error, recomputes)
SELECT id, '1900-01-01', 0, 0, '[]', now(), '', true FROM customers_store ORDER BY id
ON CONFLICT (store_id) DO UPDATE SET next_day = excluded.next_day, recomputes = true, started_at = NULL
"""


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0017_discount_codes"), ("orders", "0039_placed_by")]

    operations = [
        migrations.AddField(
            "metricdelta",
            "placed_by",
            models.CharField(blank=True, db_default="", default="", max_length=254),
        ),
        migrations.RunSQL(ASK, migrations.RunSQL.noop),
    ]
