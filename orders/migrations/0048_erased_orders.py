"""Mark the orders whose personal data was erased before: what their source states of it later does not come back.

Of orders without a customer nothing says so but what is left of them: in a store where somebody was erased, those
without notes that know of their addresses the country alone.
"""

from django.db import migrations

MARK = """
UPDATE orders_sourcerecord r SET details = r.details || '{"erased": true}'
FROM orders_order o LEFT JOIN customers_customer c ON c.id = o.customer_id
WHERE o.id = r.order_id AND NOT r.details ? 'erased' AND (
    c.erased_at IS NOT NULL
    OR (
        o.customer_id IS NULL AND o.notes = ''
        AND o.shipping_address - 'country' = '{}' AND o.billing_address - 'country' = '{}'
        AND o.store_id IN (
            SELECT store_id FROM customers_customer WHERE erased_at IS NOT NULL
            UNION SELECT k.store_id FROM orders_privacyrequest p JOIN orders_connection k ON k.id = p.connection_id
            WHERE p.kind <> 'customers/data_request' AND p.done_at IS NOT NULL
        )
    )
)
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0047_kept_amounts")]
    operations = [migrations.RunSQL(MARK, migrations.RunSQL.noop)]
