"""Orders say themselves that their personal data was erased; until now their source's record did, if they had one.

Of orders of guests without a record nothing says so but what is left of them, as in migration 0048. May run again.
"""

from django.db import migrations, models

MARK = """
UPDATE orders_order o SET erased_at = now()
WHERE o.erased_at IS NULL AND (
    o.id IN (SELECT order_id FROM orders_sourcerecord WHERE details ? 'erased')
    OR o.customer_id IN (SELECT id FROM customers_customer WHERE erased_at IS NOT NULL)
    OR (
        o.customer_id IS NULL AND o.notes = '' AND o.internal_notes = '' AND o.ip_address IS NULL
        AND o.shipping_address - 'country' = '{}' AND o.billing_address - 'country' = '{}'
        AND o.store_id IN (
            SELECT store_id FROM customers_customer WHERE erased_at IS NOT NULL
            UNION SELECT k.store_id FROM orders_privacyrequest p JOIN orders_connection k ON k.id = p.connection_id
            WHERE p.kind <> 'customers/data_request' AND p.done_at IS NOT NULL
        )
        AND NOT EXISTS (SELECT FROM orders_sourcerecord r WHERE r.order_id = o.id)
    )
)
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0049_withdrawn_refusals")]
    operations = [
        migrations.AddField("order", "erased_at", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
    ]
