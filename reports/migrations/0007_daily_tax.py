"""Tax in daily metrics, of the days that have a row, as the rollups have it now."""

from decimal import Decimal

from django.db import migrations

import dealport.kit.fields

OF_STORES = """
UPDATE daily_metrics AS line SET tax = known.tax FROM (
    SELECT store_id, day, sum(tax) AS tax FROM (
        SELECT store_id, day, tax FROM dashboard_storedailysales WHERE basis = 'placed'
        UNION ALL
        SELECT store_id, order_day, tax FROM dashboard_metricdelta WHERE product_id IS NULL
    ) AS movements GROUP BY store_id, day
) AS known WHERE line.store_id = known.store_id AND line.day = known.day
"""
OF_ALL_STORES = """
UPDATE daily_metrics AS line SET tax = parts.tax FROM (
    SELECT day, currency, sum(tax) AS tax FROM daily_metrics WHERE store_id IS NOT NULL GROUP BY day, currency
) AS parts WHERE line.store_id IS NULL AND line.day = parts.day AND line.currency = parts.currency
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0006_figures_of_the_registry"), ("dashboard", "0007_tax")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE daily_metrics ADD COLUMN tax numeric(24, 2) NOT NULL DEFAULT 0",
            "ALTER TABLE daily_metrics DROP COLUMN tax",
            state_operations=[
                migrations.AddField(
                    "dailymetrics",
                    "tax",
                    dealport.kit.fields.SumField(default=Decimal("0.00")),
                    preserve_default=False,
                )
            ],
        ),
        migrations.RunSQL([OF_STORES, OF_ALL_STORES], migrations.RunSQL.noop),
    ]
