"""Store the day an order was placed on, by its store's calendar.

Nothing here holds a lock for long: the column comes without values, they are filled in batches of their own
transactions by Python's zone rules, and NOT NULL takes over from a CHECK that was validated beside running writes.
Each step may run again after an interruption.
"""

from datetime import date

from django.db import migrations

import orders.models.orders
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import clocks, local_day_sql

BATCH = 10_000
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
FILL = """
WITH z AS MATERIALIZED (
    SELECT s.id, v.changes, v.offsets
    FROM customers_store s JOIN (VALUES {zones}) AS v (zone, changes, offsets) ON v.zone = s.timezone
)
UPDATE orders_order o SET order_day = {day}
FROM z WHERE z.id = o.store_id AND o.order_day IS NULL AND o.id > %(after)s AND o.id <= %(until)s
"""


def fill(apps, schema_editor):
    """Give every order its day, `BATCH` primary keys a transaction."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT s.timezone FROM customers_store s")
        zones = [zone for (zone,) in cursor.fetchall()]
        cursor.execute("SELECT coalesce(min(id), 1) - 1, coalesce(max(id), 0) FROM orders_order WHERE order_day IS NULL")
        after, last = cursor.fetchone()
        values, parameters = clocks(zones, DayRange(FIRST_DAY, LAST_DAY))
        sql = FILL.format(day=local_day_sql("o.placed_at", "z.changes", "z.offsets"), zones=values)
        while after < last:
            cursor.execute(sql, {**parameters, "after": after, "until": after + BATCH})
            after += BATCH


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("customers", "0001_initial"),
        ("orders", "0006_list_indexes"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE orders_order ADD COLUMN IF NOT EXISTS order_day date",
            "ALTER TABLE orders_order DROP COLUMN order_day",
            state_operations=[
                migrations.AddField(
                    model_name="order",
                    name="order_day",
                    field=orders.models.orders.OrderDayField(editable=False, default=None),
                    preserve_default=False,
                ),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(
            [
                "ALTER TABLE orders_order DROP CONSTRAINT IF EXISTS orders_order_has_day",
                "ALTER TABLE orders_order ADD CONSTRAINT orders_order_has_day CHECK (order_day IS NOT NULL) NOT VALID",
                "ALTER TABLE orders_order VALIDATE CONSTRAINT orders_order_has_day",
                "ALTER TABLE orders_order ALTER COLUMN order_day SET NOT NULL",
                "ALTER TABLE orders_order DROP CONSTRAINT orders_order_has_day",
            ],
            migrations.RunSQL.noop,
        ),
    ]
